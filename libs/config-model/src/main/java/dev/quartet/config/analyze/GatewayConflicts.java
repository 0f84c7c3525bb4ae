package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.Gateway;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Two Gateways for the same workloads that take the same host on the same port.
final class GatewayConflicts implements Analyzer {
    private record Claim(
            Map<String, String> selector, int port, @Nullable String bind, String host) {}

    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.CONFLICTING_GATEWAYS);
    }

    @Override
    public void look(Scene scene, Report problems) {
        var owners = new HashMap<Claim, Of<Gateway>>();
        for (var gateway : scene.all(Gateway.class)) {
            var servers = gateway.spec().servers();
            for (int i = 0; i < servers.size(); i++) {
                var hosts = servers.get(i).hosts();
                for (int j = 0; j < hosts.size(); j++) {
                    var claim =
                            new Claim(
                                    gateway.spec().selector(),
                                    servers.get(i).port().number(),
                                    servers.get(i).bind(),
                                    host(hosts.get(j), gateway.namespace()));
                    var owner = owners.putIfAbsent(claim, gateway);
                    if (owner != null
                            && owner != gateway
                            && !isOfIngresses(owner, gateway, servers.get(i))) {
                        problems.add(
                                Reason.CONFLICTING_GATEWAYS,
                                gateway,
                                FieldPath.SPEC.field("servers").index(i).field("hosts").index(j),
                                owner.place()
                                        + " takes the host "
                                        + quoted(hosts.get(j))
                                        + " on port "
                                        + claim.port()
                                        + " of the same workloads",
                                "put them into one Gateway, or name other hosts");
                    }
                }
            }
        }
    }

    /// Each Ingress takes every host on port 80, and their VirtualServices say whose each is.
    private static boolean isOfIngresses(
            Of<Gateway> owner, Of<Gateway> gateway, Gateway.Server server) {
        return server.tls() == null
                && owner.key().name().endsWith(Gateway.OF_INGRESS)
                && gateway.key().name().endsWith(Gateway.OF_INGRESS);
    }

    /// `*/a.example` and `a.example` are the same; `./a.example` is for the Gateway's own namespace.
    private static String host(String written, String namespace) {
        var lower = written.toLowerCase(Locale.ROOT);
        if (lower.startsWith("*/")) {
            return lower.substring(2);
        }
        return lower.startsWith("./") ? namespace + lower.substring(1) : lower;
    }
}
