package dev.quartet.pilot.patch;

import dev.quartet.config.networking.EnvoyFilter;
import dev.quartet.config.networking.EnvoyFilter.ApplyTo;
import dev.quartet.config.networking.EnvoyFilter.RouteAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// Patches of one route table, its virtual hosts and their routes.
final class RoutePatches {
    private final List<Patch> patches;
    private final Set<PatchId> by;

    /// @param patches for the side that the table is on
    /// @param by gets the patches that did something
    RoutePatches(List<Patch> patches, Set<PatchId> by) {
        this.patches = patches;
        this.by = by;
    }

    RouteConfiguration apply(RouteConfiguration table) {
        var name = TableName.of(table.getName());
        var meant = patches.stream().filter(patch -> isMeant(patch, name)).toList();
        var changed = table;
        for (var patch : meant) {
            if (patch.applyTo() == ApplyTo.ROUTE_CONFIGURATION
                    && patch.operation() == EnvoyFilter.Operation.MERGE) {
                by.add(patch.id());
                changed =
                        Merge.of(changed, patch.value(RouteConfiguration.class)).toBuilder()
                                .setName(table.getName())
                                .build();
            }
        }
        var hosts =
                new OfHosts().edit(changed.getVirtualHostsList(), of(ApplyTo.VIRTUAL_HOST, meant));
        var routes = of(ApplyTo.HTTP_ROUTE, meant);
        var builder = changed.toBuilder().clearVirtualHosts();
        hosts.forEach(host -> builder.addVirtualHosts(host(host, routes)));
        return builder.build();
    }

    private static List<Patch> of(ApplyTo applyTo, List<Patch> patches) {
        return patches.stream().filter(patch -> patch.applyTo() == applyTo).toList();
    }

    private VirtualHost host(VirtualHost host, List<Patch> patches) {
        var meant = patches.stream().filter(patch -> isMeant(patch, host)).toList();
        return meant.isEmpty()
                ? host
                : host.toBuilder()
                        .clearRoutes()
                        .addAllRoutes(new OfRoutes().edit(host.getRoutesList(), meant))
                        .build();
    }

    private static boolean isMeant(Patch patch, TableName name) {
        return patch.table().map(name::isMeant).orElse(true);
    }

    private static boolean isMeant(Patch patch, VirtualHost host) {
        return patch.host()
                .map(wanted ->
                        (wanted.name() == null || wanted.name().equals(host.getName()))
                                && (wanted.domainName() == null
                                        || host.getDomainsList().contains(wanted.domainName())))
                .orElse(true);
    }

    private final class OfHosts extends Items<VirtualHost> {
        OfHosts() {
            super(VirtualHost.class, by);
        }

        @Override
        boolean namesOne(Patch patch) {
            return patch.host().isPresent();
        }

        @Override
        boolean isMeant(Patch patch, VirtualHost host) {
            return RoutePatches.isMeant(patch, host);
        }
    }

    private final class OfRoutes extends Items<Route> {
        OfRoutes() {
            super(Route.class, by);
        }

        private static Optional<EnvoyFilter.RouteMatch> wanted(Patch patch) {
            return patch.host().map(EnvoyFilter.VirtualHostMatch::route);
        }

        @Override
        boolean namesOne(Patch patch) {
            return wanted(patch).isPresent();
        }

        @Override
        boolean isMeant(Patch patch, Route route) {
            return wanted(patch)
                    .map(match ->
                            (match.name() == null || match.name().equals(route.getName()))
                                    && does(match, route))
                    .orElse(true);
        }

        private static boolean does(EnvoyFilter.RouteMatch match, Route route) {
            return switch (Objects.requireNonNullElse(match.action(), RouteAction.ANY)) {
                case ANY -> true;
                case ROUTE -> route.hasRoute();
                case REDIRECT -> route.hasRedirect();
                case DIRECT_RESPONSE -> route.hasDirectResponse();
            };
        }
    }
}
