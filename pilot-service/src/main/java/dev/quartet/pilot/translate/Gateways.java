package dev.quartet.pilot.translate;

import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.networking.Visibility;
import dev.quartet.pilot.node.HttpOptions;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Workload;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A gateway proxy: a listener for each address and port of the servers of Gateways that select it, with a filter chain for what is plaintext, or for each name by TLS;
/// the tables of HTTP routes; and where connections go that are not read.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/gateway.go`.
final class Gateways {
    /// @param bind address of the listeners: all, or the workload's own where traffic is not captured
    record Scope(String instance, String namespace, String bind, HttpOptions http) {}

    /// @param problems why something that users asked for is not in force
    record Result(
            List<XdsResource> clusters,
            List<XdsResource> listeners,
            List<XdsResource> routes,
            List<UnitKey.Extension> extensions,
            List<Problem> problems) {}

    /// Whom a gateway's routes are for.
    record Place(String namespace, Workload workload) {
        Site site(GatewayServers.Server server, int port) {
            return new Site(
                    server.gateway().key().namespacedName(), namespace, port, workload.labels());
        }

        /// The VirtualServices that are bound to a server's Gateway, and that the proxy's namespace sees.
        List<Resource<VirtualService>> routesOf(Facts facts, GatewayServers.Server server) {
            return facts.routesOf(server.gateway().key()).stream()
                    .filter(routes -> isSeen(facts, routes, namespace))
                    .toList();
        }
    }

    /// @param namespace of the gateway's workload
    static boolean isSeen(Facts facts, Resource<VirtualService> routes, String namespace) {
        return Visibility.of(
                        routes.spec().exportTo(),
                        routes.namespace(),
                        facts.mesh().virtualServiceExportTo())
                .from(namespace);
    }

    /// One filter chain and what it comes from.
    ///
    /// @param connections where its bytes go; null where it reads HTTP, or the names that mTLS between sidecars asks for
    record Chain(
            FilterChain chain,
            GatewayServers.Server server,
            ConnectionRoutes.@Nullable Chain connections,
            Set<String> clusters) {}

    private final Facts facts;
    private final Scope scope;
    private final Place place;
    private final GatewayTables tables;
    private final Observation requests;
    private final Observation connections;
    private final Set<Problem> problems = new LinkedHashSet<>();

    private Gateways(Facts facts, Scope scope, Workload workload) {
        this.facts = facts;
        this.scope = scope;
        this.place = new Place(scope.namespace(), workload);
        this.tables = new GatewayTables(facts, place);
        this.requests =
                Observation.outbound(
                        facts, Spans.speaker(facts, workload.name(), workload.namespace()));
        this.connections = Observation.connections(facts);
    }

    /// @param facts what the proxy sees of the mesh
    /// @param all also what it does not see
    static Result of(Facts facts, Facts all, Scope scope) {
        return facts.workload(scope.instance())
                .map(workload -> new Gateways(facts, scope, workload).translate(workload, all))
                .orElse(new Result(List.of(), List.of(), List.of(), List.of(), List.of()));
    }

    private Result translate(Workload workload, Facts all) {
        var listeners = new ArrayList<XdsResource>();
        var routes = new LinkedHashMap<String, XdsResource>();
        var ports = new TreeSet<Integer>();
        var servers = servers(facts, scope);
        problems.addAll(servers.problems());
        servers.all()
                .forEach((address, listening) -> {
                    var made = new LinkedHashMap<String, XdsResource>();
                    GatewayTables.of(address, listening)
                            .forEach(plan -> made.put(plan.name(), tables.table(plan, problems)));
                    var chains = chains(address, listening, made);
                    if (!chains.isEmpty()) {
                        listeners.add(listener(address, listening, chains));
                    }
                    if (!made.isEmpty()) {
                        ports.add(address.port());
                    }
                    routes.putAll(made);
                });
        var extensions = new ArrayList<UnitKey.Extension>();
        var clusters = new ArrayList<XdsResource>();
        ports.forEach(port -> {
            var asked = PolicyFilters.of(all, facts, workload, port, true);
            extensions.addAll(asked.extensions());
            clusters.addAll(asked.clusters());
            problems.addAll(asked.problems());
        });
        return new Result(
                clusters,
                listeners,
                List.copyOf(routes.values()),
                extensions,
                List.copyOf(problems));
    }

    static GatewayServers servers(Facts facts, Scope scope) {
        return facts.workload(scope.instance())
                .map(workload -> GatewayServers.of(facts, workload, scope.bind()))
                .orElse(GatewayServers.NONE);
    }

    /// The filter chains by the name of the listener, for whoever asks where they come from.
    static Map<String, List<Chain>> chains(Facts facts, Scope scope) {
        var chains = new LinkedHashMap<String, List<Chain>>();
        facts.workload(scope.instance())
                .ifPresent(workload -> {
                    var gateways = new Gateways(facts, scope, workload);
                    servers(facts, scope)
                            .all()
                            .forEach((address, listening) ->
                                    chains.put(
                                            address.name(),
                                            gateways.chains(address, listening, Map.of())));
                });
        return chains;
    }

    private XdsResource listener(
            GatewayServers.Address address,
            GatewayServers.Listening listening,
            List<Chain> chains) {
        var clusters = new HashSet<String>();
        var listener =
                Listener.newBuilder()
                        .setName(address.name())
                        .setAddress(Envoy.address(address.bind(), address.port()))
                        .setTrafficDirection(TrafficDirection.OUTBOUND);
        if (listening.kind() == GatewayServers.Kind.TLS) {
            listener.addListenerFilters(ListenerFilters.tlsInspector());
        }
        for (var chain : chains) {
            listener.addFilterChains(chain.chain());
            clusters.addAll(chain.clusters());
        }
        return XdsResource.of(XdsType.LDS, address.name(), listener.build(), clusters);
    }

    private List<Chain> chains(
            GatewayServers.Address address,
            GatewayServers.Listening listening,
            Map<String, XdsResource> made) {
        var chains = new ArrayList<Chain>();
        switch (listening.kind()) {
            case HTTP -> {
                var table = Names.gatewayRoute(address);
                var chain =
                        FilterChain.newBuilder()
                                .addFilters(
                                        requests(
                                                address.port(),
                                                String.valueOf(address.port()),
                                                table,
                                                made));
                chains.add(
                        new Chain(
                                chain.build(),
                                listening.servers().getFirst(),
                                null,
                                requests.clusters()));
            }
            case CONNECTIONS -> {
                var server = listening.servers().getFirst();
                for (var found : routes(address, server).tcp(bound(server), List.of())) {
                    chains.add(connections(found, server, Optional.empty()));
                }
            }
            case TLS ->
                    listening
                            .servers()
                            .forEach(server ->
                                    chains.addAll(byTls(address, listening, server, made)));
        }
        return apart(address, chains);
    }

    private List<Chain> byTls(
            GatewayServers.Address address,
            GatewayServers.Listening listening,
            GatewayServers.Server server,
            Map<String, XdsResource> made) {
        if (server.endsTls()) {
            // without what it needs nobody is served, and not by another server's certificate
            // either
            return socket(server)
                    .map(socket -> ending(address, server, socket, made))
                    .orElse(List.of());
        }
        if (server.mode() == Gateway.Mode.AUTO_PASSTHROUGH) {
            return List.of(
                    new Chain(
                            guarded(MeshPassage.chain(server, connections), server),
                            server,
                            null,
                            connections.clusters()));
        }
        return routes(address, server)
                .bySni(place.routesOf(facts, server), server, name -> listening.isFor(server, name))
                .stream()
                .map(found -> connections(found, server, Optional.empty()))
                .toList();
    }

    private List<Chain> ending(
            GatewayServers.Address address,
            GatewayServers.Server server,
            TransportSocket socket,
            Map<String, XdsResource> made) {
        if (server.readsHttp()) {
            var table = Names.gatewayRoute(server);
            var chain =
                    FilterChain.newBuilder()
                            .setName(table)
                            .setFilterChainMatch(named(server))
                            .addAllFilters(strangers(server))
                            .addFilters(
                                    requests(
                                            address.port(),
                                            address.port() + "_" + server.server().port().name(),
                                            table,
                                            made))
                            .setTransportSocket(socket);
            return List.of(new Chain(chain.build(), server, null, requests.clusters()));
        }
        return routes(address, server).tcp(bound(server), server.names()).stream()
                .map(found -> connections(found, server, Optional.of(socket)))
                .toList();
    }

    /// Their hosts say only that they may be bound: a connection says none that could be compared.
    private List<Resource<VirtualService>> bound(GatewayServers.Server server) {
        return place.routesOf(facts, server).stream()
                .filter(routes -> !server.served(routes).isEmpty())
                .toList();
    }

    private ConnectionRoutes routes(GatewayServers.Address address, GatewayServers.Server server) {
        return new ConnectionRoutes(facts, place.site(server, address.port()), connections);
    }

    private Chain connections(
            ConnectionRoutes.Chain found,
            GatewayServers.Server server,
            Optional<TransportSocket> socket) {
        problems.addAll(found.problems());
        var chain =
                FilterChain.newBuilder()
                        .setFilterChainMatch(
                                server.kind() == GatewayServers.Kind.TLS
                                        ? found.match().toBuilder()
                                                .setTransportProtocol("tls")
                                                .build()
                                        : found.match());
        if (socket.isPresent()) {
            chain.addAllFilters(strangers(server)).setTransportSocket(socket.get());
        }
        chain.addAllFilters(
                ProtocolFilters.of(
                        server.protocol(), "gateway_" + server.server().port().number()));
        chain.addAllFilters(found.filters());
        var clusters = new HashSet<>(connections.clusters());
        clusters.addAll(found.clusters());
        return new Chain(guarded(chain.build(), server), server, found, clusters);
    }

    /// Under the AuthorizationPolicies that select the gateway.
    private FilterChain guarded(FilterChain chain, GatewayServers.Server server) {
        var port = server.server().port().number();
        var access = AccessFilters.ofConnections(facts, place.workload(), port);
        problems.addAll(access.problems());
        return access.guard(chain, "gateway_" + port + "_");
    }

    /// Callers whose certificates another CA than the mesh's has signed.
    private List<Filter> strangers(GatewayServers.Server server) {
        return switch (server.mode()) {
            case MUTUAL, OPTIONAL_MUTUAL ->
                    List.of(
                            Strangers.notNamedAs(
                                    facts.mesh().trustDomain(), server.server().port().number()));
            case SIMPLE, ISTIO_MUTUAL, PASSTHROUGH, AUTO_PASSTHROUGH -> List.of();
        };
    }

    private static Optional<TransportSocket> socket(GatewayServers.Server server) {
        var tls = server.server().tls();
        if (tls == null) {
            return Optional.empty();
        }
        return server.mode() == Gateway.Mode.ISTIO_MUTUAL
                ? Optional.of(ServerTls.ofTheMesh(tls))
                : ServerTls.socket(tls, server.readsHttp());
    }

    /// By TLS, with the server's names; a server for all names takes TLS without one too.
    static FilterChainMatch named(GatewayServers.Server server) {
        var match = FilterChainMatch.newBuilder().setTransportProtocol("tls");
        if (!server.names().contains("*")) {
            match.addAllServerNames(server.names());
        }
        return match.build();
    }

    private Filter requests(
            int port, String statName, String table, Map<String, XdsResource> made) {
        return HttpConnections.gateway(
                "gateway_" + statName,
                table,
                requests,
                scope.http(),
                Optional.ofNullable(made.get(table)).map(this::lookups).orElse(List.of()),
                PolicyFilters.of(port));
    }

    /// Filters that look names up, where routes lead to services that are found so.
    private List<HttpFilter> lookups(XdsResource table) {
        return facts.dynamicHosts().isEmpty()
                        || table.clusters().stream()
                                .map(cluster -> cluster.substring(cluster.lastIndexOf('|') + 1))
                                .map(facts::service)
                                .flatMap(Optional::stream)
                                .noneMatch(DynamicNames::has)
                ? List.of()
                : DynamicNames.filters();
    }

    /// Envoy refuses a listener that has two chains for one kind of connection: the first has it.
    private List<Chain> apart(GatewayServers.Address address, List<Chain> chains) {
        var taken = new LinkedHashMap<FilterChainMatch, Chain>();
        var kept = new ArrayList<Chain>();
        for (var chain : chains) {
            var match = chain.chain().getFilterChainMatch();
            var left = new ArrayList<String>();
            var first = Optional.<Chain>empty();
            for (var name : match.getServerNamesList()) {
                var one = match.toBuilder().clearServerNames().addServerNames(name).build();
                var owner = taken.putIfAbsent(one, chain);
                if (owner == null) {
                    left.add(name);
                } else {
                    first = Optional.of(owner);
                }
            }
            if (match.getServerNamesCount() == 0) {
                first = Optional.ofNullable(taken.putIfAbsent(match, chain));
            }
            first.ifPresent(owner -> conflict(address, owner, chain));
            if (first.isEmpty()) {
                kept.add(chain);
            } else if (!left.isEmpty()) {
                kept.add(
                        new Chain(
                                chain.chain().toBuilder()
                                        .setFilterChainMatch(
                                                match.toBuilder()
                                                        .clearServerNames()
                                                        .addAllServerNames(left))
                                        .build(),
                                chain.server(),
                                chain.connections(),
                                chain.clusters()));
            }
        }
        return kept;
    }

    private void conflict(GatewayServers.Address address, Chain owner, Chain other) {
        var has = owner.connections();
        var wants = other.connections();
        if (has != null && wants != null && !has.filter().equals(wants.filter())) {
            problems.add(
                    new Problem(
                            Reason.CONFLICTING_LISTENERS,
                            wants.origin(),
                            null,
                            wants.path(),
                            "port %d of the gateway: its connections cannot be told from those of %s %s, which has them"
                                    .formatted(address.port(), has.owner(), has.path().text()),
                            "match other sniHosts, or another port"));
        }
    }
}
