package dev.quartet.pilot.translate;

import com.google.protobuf.util.Durations;
import dev.quartet.config.Problem;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One route table of a sidecar's client side. Collects virtual hosts; a domain belongs to the first that claims it: Envoy
/// refuses a table with doubles.
final class RouteTable {
    private final String name;
    private final RouteConfiguration.Builder routes;
    private final Set<String> clusters = new HashSet<>();
    private final Set<String> domains = new HashSet<>();
    private final Set<Problem> problems = new LinkedHashSet<>();

    RouteTable(String name) {
        this.name = name;
        this.routes = RouteConfiguration.newBuilder().setName(name).setValidateClusters(Envoy.no());
    }

    void add(VirtualHosts.Unit unit) {
        problems.addAll(unit.problems());
        var free = unit.host().getDomainsList().stream().filter(domains::add).toList();
        if (free.isEmpty()) {
            return;
        }
        routes.addVirtualHosts(
                free.size() == unit.host().getDomainsCount()
                        ? unit.host()
                        : unit.host().toBuilder().clearDomains().addAllDomains(free).build());
        clusters.addAll(unit.clusters());
    }

    /// The table as a set of one, with the problems of its hosts.
    ///
    /// @param outside the cluster of requests for other hosts; empty: they are refused
    ResourceSet finish(Optional<String> outside) {
        outside.ifPresent(clusters::add);
        routes.addVirtualHosts(outside.map(RouteTable::allowAny).orElseGet(RouteTable::blockAll));
        return ResourceSet.of(
                List.of(XdsResource.of(XdsType.RDS, name, routes.build(), clusters)), problems);
    }

    private static VirtualHost allowAny(String cluster) {
        return VirtualHost.newBuilder()
                .setName("allow_any")
                .addDomains("*")
                .addRoutes(
                        Route.newBuilder()
                                .setName("allow_any")
                                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                                .setRoute(
                                        RouteAction.newBuilder()
                                                .setCluster(cluster)
                                                .setTimeout(Durations.ZERO)))
                .build();
    }

    private static VirtualHost blockAll() {
        return VirtualHost.newBuilder()
                .setName("block_all")
                .addDomains("*")
                .addRoutes(
                        Route.newBuilder()
                                .setName("block_all")
                                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                                .setDirectResponse(
                                        DirectResponseAction.newBuilder()
                                                .setStatus(502)
                                                .setBody(
                                                        DataSource.newBuilder()
                                                                .setInlineString(
                                                                        "quartet: no service has this host, and the mesh allows no other (outboundTrafficPolicy REGISTRY_ONLY)\n"))))
                .build();
    }
}
