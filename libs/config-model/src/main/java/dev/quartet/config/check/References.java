package dev.quartet.config.check;

import static dev.quartet.config.schema.Names.listed;
import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ReadResource;
import dev.quartet.expressions.NearNames;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds the hosts, ports, subsets, gateways, delegates and specs that a resource names and that are not there. One use for some resources in the
/// order of their keys; not thread-safe.
final class References {
    private static final int MAX_SUGGESTIONS = 100;

    private final SetIndex index;
    private final SetProblems problems;

    /// Looking for a near name costs a walk over all hosts.
    private int suggestions;

    private @Nullable List<String> hosts;

    References(SetIndex index, SetProblems problems) {
        this.index = index;
        this.problems = problems;
    }

    void check(ReadResource resource, SetFacts facts) {
        for (var named : facts.named()) {
            switch (named) {
                case SetFacts.Named.Service(var host, var path) -> service(resource, host, path);
                case SetFacts.Named.Target target -> target(resource, target);
                case SetFacts.Named.Other(var key, var path) -> other(resource, key, path);
            }
        }
    }

    private void other(ReadResource resource, ResourceKey key, FieldPath path) {
        if (!index.has(key)) {
            var known = index.names(key.kind());
            var reason =
                    switch (key.kind()) {
                        case GATEWAY -> Reason.GATEWAY_NOT_FOUND;
                        case VIRTUAL_SERVICE -> Reason.DELEGATE_NOT_FOUND;
                        default -> Reason.SPEC_NOT_FOUND;
                    };
            problems.add(
                    reason,
                    resource,
                    path,
                    "there is no "
                            + key.kind().label()
                            + " "
                            + quoted(key.namespacedName())
                            + (reason == Reason.DELEGATE_NOT_FOUND ? " without hosts" : ""),
                    known.isEmpty() ? "add it" : "add it, or use one of " + listed(known));
        }
    }

    private void target(ReadResource resource, SetFacts.Named.Target target) {
        var host = target.host();
        var ports = service(resource, host, target.path().field("host"));
        if (ports == null) {
            return;
        }
        var port = target.port();
        if (port != null && !ports.contains(port)) {
            problems.add(
                    Reason.PORT_NOT_FOUND,
                    resource,
                    target.path().field("port").field("number"),
                    "the service " + quoted(host) + " has no port " + port,
                    "use one of " + listed(ports));
        }
        var subset = target.subset();
        if (subset == null) {
            return;
        }
        var known = index.subsets(host);
        if (!known.contains(subset)) {
            problems.add(
                    Reason.SUBSET_NOT_FOUND,
                    resource,
                    target.path().field("subset"),
                    "subset "
                            + quoted(subset)
                            + " is in no DestinationRule for host "
                            + quoted(host),
                    known.isEmpty()
                            ? "define it there"
                            : "define it there, or use one of " + listed(known));
        }
    }

    /// The ports of the host; null when it is not there, which has been told then.
    private @Nullable Set<Integer> service(ReadResource resource, String host, FieldPath path) {
        var ports = index.ports(host);
        if (ports == null) {
            problems.add(
                    Reason.HOST_NOT_FOUND,
                    resource,
                    path,
                    "there is no service " + quoted(host),
                    near(host)
                            .map(name -> "did you mean " + name + "?")
                            .orElse("add a ServiceEntry for it, or name another service"));
        }
        return ports;
    }

    private Optional<String> near(String host) {
        if (++suggestions > MAX_SUGGESTIONS) {
            return Optional.empty();
        }
        if (hosts == null) {
            hosts = index.hosts();
        }
        return NearNames.of(host, hosts);
    }
}
