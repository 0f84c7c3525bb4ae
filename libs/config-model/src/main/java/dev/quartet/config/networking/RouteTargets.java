package dev.quartet.config.networking;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// When the destinations of a route and their weights are right.
final class RouteTargets {
    private RouteTargets() {}

    static void weights(List<@Nullable Integer> weights, FieldPath path, Problems problems) {
        long sum = 0;
        for (int i = 0; i < weights.size(); i++) {
            var weight = weights.get(i);
            Values.percent(problems, path.index(i).field("weight"), weight);
            sum += weight == null ? 0 : weight;
        }
        if (weights.size() > 1 && sum != 100) {
            problems.invalid(path, "the weights sum to " + sum, "make them sum to 100");
        }
    }

    static void destination(Destination destination, FieldPath path, Problems problems) {
        var host = destination.host();
        if (host.equals("*") || !Values.isHost(host) && !Values.isIpAddress(host)) {
            problems.invalid(
                    path.field("host"), quoted(host) + " is no host", "write a service's name");
        }
        if (destination.subset() != null) {
            Values.dnsLabel(problems, path.field("subset"), destination.subset());
        }
        if (destination.port() != null) {
            Values.port(problems, path.field("port").field("number"), destination.port().number());
        }
    }
}
