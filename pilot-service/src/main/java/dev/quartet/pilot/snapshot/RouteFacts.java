package dev.quartet.pilot.snapshot;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.Destination;
import dev.quartet.config.networking.GatewayNames;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.HttpMatchRequest;
import dev.quartet.config.networking.HttpRouteDestination;
import dev.quartet.config.networking.L4MatchAttributes;
import dev.quartet.config.networking.RouteDestination;
import dev.quartet.config.networking.TlsMatchAttributes;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.networking.Visibility;
import dev.quartet.stream.ConfigSnapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The VirtualServices: those inside the mesh, those of gateways, and those without hosts, which others hand over to.
final class RouteFacts {
    private static final String MESH_GATEWAY = "mesh";

    private RouteFacts() {}

    static void add(
            ConfigSnapshot config, MeshSettings mesh, Memo memo, Map<FactKey, Object> facts) {
        var entries = new ArrayList<RouteIndex.Entry>();
        var connections = new HashSet<ResourceKey>();
        var labels = new TreeSet<String>();
        var bound = new HashMap<ResourceKey, List<Resource<VirtualService>>>();
        var delegates = delegates(config, mesh, memo);
        delegates.forEach((key, delegate) -> {
            facts.put(new FactKey.DelegateAt(key), delegate);
            labelsOf(delegate.routes().spec()).forEach(wanted -> labels.addAll(wanted.keySet()));
        });
        for (var routes : config.of(VirtualService.class)) {
            if (routes.spec().isDelegate()) {
                continue;
            }
            for (var gateway : gatewaysOf(routes)) {
                if (gateway.equals(MESH_GATEWAY)) {
                    entries.add(withDelegates(memo.of(routes, it -> entry(it, mesh)), delegates));
                    if (!routes.spec().tcp().isEmpty() || !routes.spec().tls().isEmpty()) {
                        connections.add(routes.key());
                    }
                    facts.put(new FactKey.RoutesAt(routes.key()), routes);
                    labelsOf(routes.spec()).forEach(wanted -> labels.addAll(wanted.keySet()));
                } else {
                    bound.computeIfAbsent(
                                    GatewayNames.key(gateway, routes.namespace()),
                                    ignored -> new ArrayList<>())
                            .add(routes);
                }
            }
        }
        bound.forEach((gateway, list) ->
                facts.put(new FactKey.RoutesOfGateway(gateway), List.copyOf(list)));
        facts.put(new FactKey.Routes(), new RouteIndex(entries, connections));
        facts.put(new FactKey.RoutingLabels(), Collections.unmodifiableSortedSet(labels));
    }

    private static RouteIndex.Entry entry(Resource<VirtualService> routes, MeshSettings mesh) {
        var spec = routes.spec();
        return new RouteIndex.Entry(
                routes.key(),
                spec.hosts().stream().map(host -> Hosts.resolve(host, routes.namespace())).toList(),
                Visibility.of(spec.exportTo(), routes.namespace(), mesh.virtualServiceExportTo()),
                destinations(routes),
                spec.http().stream()
                        .flatMap(http -> Stream.ofNullable(http.delegate()))
                        .map(delegate -> delegate.key(routes.namespace()))
                        .collect(Collectors.toUnmodifiableSet()));
    }

    private static Map<ResourceKey, DelegateRoutes> delegates(
            ConfigSnapshot config, MeshSettings mesh, Memo memo) {
        var delegates = new HashMap<ResourceKey, DelegateRoutes>();
        for (var routes : config.of(VirtualService.class)) {
            if (routes.spec().isDelegate()) {
                delegates.put(routes.key(), memo.of(routes, it -> delegate(it, mesh)));
            }
        }
        return delegates;
    }

    private static DelegateRoutes delegate(Resource<VirtualService> routes, MeshSettings mesh) {
        return new DelegateRoutes(
                routes,
                Visibility.of(
                        routes.spec().exportTo(),
                        routes.namespace(),
                        mesh.virtualServiceExportTo()),
                destinations(routes));
    }

    /// Sends to what its delegates send to, too.
    private static RouteIndex.Entry withDelegates(
            RouteIndex.Entry entry, Map<ResourceKey, DelegateRoutes> delegates) {
        if (entry.delegates().isEmpty()) {
            return entry;
        }
        var destinations = new TreeSet<>(entry.destinations());
        entry.delegates().stream()
                .flatMap(key -> Stream.ofNullable(delegates.get(key)))
                .filter(delegate -> delegate.visibility().from(entry.key().namespace()))
                .forEach(delegate -> destinations.addAll(delegate.destinations()));
        return new RouteIndex.Entry(
                entry.key(),
                entry.hosts(),
                entry.visibility(),
                Collections.unmodifiableSortedSet(destinations),
                entry.delegates());
    }

    private static SortedSet<String> destinations(Resource<VirtualService> routes) {
        var spec = routes.spec();
        var hosts = new TreeSet<String>();
        Stream.of(
                        spec.http().stream()
                                .flatMap(http -> http.route().stream())
                                .map(HttpRouteDestination::destination),
                        spec.tls().stream()
                                .flatMap(tls -> tls.route().stream())
                                .map(RouteDestination::destination),
                        spec.tcp().stream()
                                .flatMap(tcp -> tcp.route().stream())
                                .map(RouteDestination::destination),
                        spec.http().stream()
                                .flatMap(http ->
                                        http.mirror() == null
                                                ? Stream.<Destination>empty()
                                                : Stream.of(http.mirror())),
                        spec.http().stream()
                                .flatMap(http -> http.mirrors().stream())
                                .map(mirror -> mirror.destination()))
                .flatMap(destinations -> destinations)
                .forEach(destination ->
                        hosts.add(Hosts.resolve(destination.host(), routes.namespace())));
        return Collections.unmodifiableSortedSet(hosts);
    }

    private static Stream<Map<String, String>> labelsOf(VirtualService routes) {
        return Stream.of(
                        routes.http().stream()
                                .flatMap(http -> http.match().stream())
                                .map(HttpMatchRequest::sourceLabels),
                        routes.tls().stream()
                                .flatMap(tls -> tls.match().stream())
                                .map(TlsMatchAttributes::sourceLabels),
                        routes.tcp().stream()
                                .flatMap(tcp -> tcp.match().stream())
                                .map(L4MatchAttributes::sourceLabels))
                .flatMap(labels -> labels);
    }

    /// Where a VirtualService applies; what a single match names narrows that down and is no further place.
    private static Collection<String> gatewaysOf(Resource<VirtualService> routes) {
        var gateways = new TreeSet<String>();
        var own = routes.spec().gateways();
        gateways.addAll(own.isEmpty() ? List.of(MESH_GATEWAY) : own);
        return gateways;
    }
}
