package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.listed;
import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.HostTable;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.VirtualService;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Hosts of a VirtualService that no server of its Gateway takes.
final class GatewayHosts implements Analyzer {
    private static final String ALL = "*";

    /// What a Gateway takes.
    ///
    /// @param byNamespace of its VirtualServices; [#ALL] for those of every namespace
    private record Taken(Map<String, HostTable<String>> byNamespace, List<String> written) {
        boolean takes(String host, String namespace) {
            return takes(host, byNamespace.get(ALL)) || takes(host, byNamespace.get(namespace));
        }

        private static boolean takes(String host, @Nullable HostTable<String> hosts) {
            return hosts != null && (hosts.covering(host) != null || hosts.coveredBy(host) != null);
        }
    }

    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.HOST_NOT_ON_GATEWAY);
    }

    @Override
    public void look(Scene scene, Report problems) {
        Map<ResourceKey, Taken> byGateway = new HashMap<>();
        for (var routes : scene.all(VirtualService.class)) {
            for (var gateway : scene.gatewaysOf(routes).values()) {
                var taken = byGateway.computeIfAbsent(gateway.key(), key -> taken(gateway));
                var hosts = routes.spec().hosts();
                for (int i = 0; i < hosts.size(); i++) {
                    var host = Hosts.resolve(hosts.get(i), routes.namespace());
                    if (!taken.takes(host, routes.namespace())) {
                        problems.add(
                                Reason.HOST_NOT_ON_GATEWAY,
                                routes,
                                FieldPath.SPEC.field("hosts").index(i),
                                gateway.place()
                                        + " does not take the host "
                                        + quoted(host)
                                        + " for the namespace "
                                        + routes.namespace(),
                                taken.written().isEmpty()
                                        ? "add the host to one of its servers"
                                        : "add the host to one of its servers, which take "
                                                + listed(taken.written()));
                    }
                }
            }
        }
    }

    private static Taken taken(Of<Gateway> gateway) {
        Map<String, HostTable<String>> byNamespace = new HashMap<>();
        var written =
                gateway.spec().servers().stream()
                        .flatMap(server -> server.hosts().stream())
                        .distinct()
                        .toList();
        for (var pattern : written) {
            int slash = pattern.indexOf('/');
            var namespace = slash < 0 ? ALL : pattern.substring(0, slash);
            byNamespace
                    .computeIfAbsent(
                            namespace.equals(".") ? gateway.namespace() : namespace,
                            n -> new HostTable<>())
                    .putIfAbsent(pattern.substring(slash + 1), pattern);
        }
        return new Taken(byNamespace, written);
    }
}
