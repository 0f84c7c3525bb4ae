package dev.quartet.pilot.translate;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.Protocol;
import dev.quartet.config.networking.Sidecar;
import dev.quartet.pilot.node.HttpOptions;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Scope;
import dev.quartet.pilot.snapshot.Seen;
import dev.quartet.pilot.snapshot.Service;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
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
import java.util.SortedMap;
import java.util.function.IntFunction;

/// The listeners of a sidecar's client side. Where traffic is captured: one that takes all and hands over to one for each HTTP port and
/// for each address and port of another protocol. Where it is not: those that the Sidecar asks for.
///
/// HTTP on a port belongs to all services that have it. Of two that want the same connections the first by host has them.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/listener.go`.
final class OutboundListeners {
    private static final String ANY = "0.0.0.0";
    private static final String LOOPBACK = "127.0.0.1";

    /// What `http_inspector` sees in a connection that is HTTP.
    private static final List<String> HTTP_PROTOCOLS = List.of("http/1.0", "http/1.1", "h2c");

    private record Key(String address, int port) {
        String name() {
            return port == 0 ? address : address + "_" + port;
        }
    }

    private static final class Plan {
        private final boolean bound;
        private Optional<String> table = Optional.empty();
        private final Map<FilterChainMatch, ConnectionRoutes.Chain> chains = new LinkedHashMap<>();

        Plan(boolean bound) {
            this.bound = bound;
        }
    }

    private final IntFunction<Seen> seenBy;
    private final Facts facts;
    private final Scope scope;
    private final String namespace;
    private final SortedMap<String, String> labels;
    private final Proxy.Interception interception;
    private final HttpOptions http;
    private final Observation requests;
    private final Observation connections;
    private final Map<Key, Plan> plans = new LinkedHashMap<>();
    private final Set<Problem> problems = new LinkedHashSet<>();

    private OutboundListeners(
            IntFunction<Seen> seenBy,
            Scope scope,
            String namespace,
            SortedMap<String, String> labels,
            ClientSide side) {
        this.seenBy = seenBy;
        this.facts = seenBy.apply(0);
        this.requests = Observation.outbound(facts, side.speaker());
        this.connections = Observation.connections(facts);
        this.scope = scope;
        this.namespace = namespace;
        this.labels = labels;
        this.interception = side.interception();
        this.http = side.http();
    }

    /// @param seenBy the mesh as a listener of the scope sees it, by its number
    static ResourceSet of(
            IntFunction<Seen> seenBy,
            Scope scope,
            String namespace,
            SortedMap<String, String> labels,
            ClientSide side) {
        var listeners = new OutboundListeners(seenBy, scope, namespace, labels, side);
        return ResourceSet.of(listeners.listeners(), listeners.problems);
    }

    /// What is done with connections that are no HTTP, by the name of the listener.
    static Map<String, List<ConnectionRoutes.Chain>> connections(
            IntFunction<Seen> seenBy,
            Scope scope,
            String namespace,
            SortedMap<String, String> labels,
            ClientSide side) {
        var listeners = new OutboundListeners(seenBy, scope, namespace, labels, side);
        listeners.plan();
        var chains = new LinkedHashMap<String, List<ConnectionRoutes.Chain>>();
        listeners.plans.forEach(
                (key, plan) -> chains.put(key.name(), List.copyOf(plan.chains.values())));
        return chains;
    }

    private void plan() {
        for (int egress = 0; egress < scope.egress().size(); egress++) {
            if (!scope.egress().get(egress).takesAll()) {
                explicit(egress);
            }
        }
        for (int egress = 0; egress < scope.egress().size(); egress++) {
            if (scope.egress().get(egress).takesAll()) {
                ofServices(egress);
            }
        }
    }

    private List<XdsResource> listeners() {
        plan();
        var listeners = new ArrayList<XdsResource>();
        if (interception == Proxy.Interception.REDIRECT) {
            listeners.add(capture());
        }
        plans.forEach((key, plan) -> {
            if (plan.table.isPresent() || !plan.chains.isEmpty()) {
                listeners.add(listener(key, plan));
            }
        });
        return listeners;
    }

    private boolean bound(Scope.Egress listener) {
        var mode =
                listener.listener()
                        .map(Sidecar.EgressListener::captureMode)
                        .orElse(Sidecar.CaptureMode.DEFAULT);
        return switch (mode) {
            case NONE -> true;
            case IPTABLES -> false;
            case DEFAULT -> interception == Proxy.Interception.NONE;
        };
    }

    /// A listener for which the Sidecar names the port.
    private void explicit(int egress) {
        var listener = scope.egress().get(egress);
        var port = listener.listener().map(Sidecar.EgressListener::port).orElseThrow();
        var number = port.number() == null ? 0 : port.number();
        var bound = bound(listener);
        var key = new Key(RouteTables.bind(listener).orElse(bound ? LOOPBACK : ANY), number);
        var plan = plans.computeIfAbsent(key, _ -> new Plan(bound || isSocketFile(key)));
        if (RouteTables.isHttp(port)) {
            plan.table = Optional.of(RouteTables.name(listener, number));
            return;
        }
        var isTls =
                Optional.ofNullable(port.protocol())
                        .flatMap(Protocol::parse)
                        .filter(ConnectionRoutes::isTls)
                        .isPresent();
        facts.services(listener)
                .forEach(service ->
                        VirtualHosts.port(service, number)
                                .filter(it ->
                                        !VirtualHosts.isHttp(it) && it.protocol() != Protocol.UDP)
                                .filter(it -> ConnectionRoutes.isTls(it.protocol()) == isTls)
                                .ifPresent(it ->
                                        addConnections(
                                                egress,
                                                new ConnectionPort(
                                                        service, it, number, List.of(), true),
                                                key,
                                                plan)));
    }

    /// The listeners that follow from the services.
    private void ofServices(int egress) {
        var listener = scope.egress().get(egress);
        var bound = bound(listener);
        var bind = RouteTables.bind(listener);
        if (bound && bind.isEmpty()) {
            return; // the HTTP proxy takes them
        }
        var taken = RouteTables.explicitPorts(scope);
        for (var service : facts.services(listener)) {
            for (var port : service.ports()) {
                if (port.protocol() == Protocol.UDP
                        || (bind.isEmpty() && taken.contains(port.number()))) {
                    continue;
                }
                if (VirtualHosts.isHttp(port)) {
                    plan(bind.orElse(ANY), port.number(), bound).table =
                            Optional.of(RouteTables.name(listener, port.number()));
                } else {
                    connections(egress, service, port, bind, bound);
                }
            }
        }
    }

    private Plan plan(String address, int port, boolean bound) {
        return plans.computeIfAbsent(new Key(address, port), _ -> new Plan(bound));
    }

    /// By the service's own addresses where it has them, else by the port alone.
    private void connections(
            int egress, Service service, Service.Port port, Optional<String> bind, boolean bound) {
        var ranges = service.ranges();
        var own = service.hostAddresses();
        if (bind.isEmpty() && service.resolution() == Service.Resolution.HEADLESS) {
            own = facts.workloads(service).stream().map(it -> it.address()).distinct().toList();
        }
        if (bind.isEmpty()) {
            for (var address : own) {
                addConnections(
                        egress,
                        new ConnectionPort(service, port, port.number(), List.of(), false),
                        new Key(address, port.number()),
                        plan(address, port.number(), bound));
                if (port.detected()) {
                    plan(address, port.number(), bound).table =
                            Optional.of(RouteTables.name(service, port));
                }
            }
        }
        if (own.isEmpty() || !ranges.isEmpty() || bind.isPresent()) {
            var address = bind.orElse(ANY);
            addConnections(
                    egress,
                    new ConnectionPort(service, port, port.number(), ranges, true),
                    new Key(address, port.number()),
                    plan(address, port.number(), bound));
            if (port.detected()) {
                plan(address, port.number(), bound).table =
                        Optional.of(RouteTables.name(scope.egress().get(egress), port.number()));
            }
        }
    }

    private record ConnectionPort(
            Service service,
            Service.Port port,
            int listenerPort,
            List<String> destinations,
            boolean shared) {}

    private void addConnections(int egress, ConnectionPort what, Key key, Plan plan) {
        var seen = seenBy.apply(egress);
        var site = new Site(Site.MESH, namespace, what.listenerPort(), labels);
        var routes = seen.connectionRoutes(what.service().host());
        for (var chain :
                new ConnectionRoutes(seen, site, connections)
                        .of(
                                what.service(),
                                what.port(),
                                routes,
                                what.destinations(),
                                what.shared())) {
            var first = plan.chains.putIfAbsent(chain.match(), chain);
            if (first == null) {
                problems.addAll(chain.problems());
            } else if (!first.filter().equals(chain.filter())) {
                problems.add(
                        new Problem(
                                Reason.CONFLICTING_LISTENERS,
                                chain.origin(),
                                null,
                                FieldPath.SPEC,
                                "port %d: its connections cannot be told from those of %s, which has them"
                                        .formatted(what.listenerPort(), first.owner()),
                                "give the service addresses, or another port"));
            }
        }
    }

    private static boolean isSocketFile(Key key) {
        return key.address().startsWith(Envoy.SOCKET_FILE);
    }

    private String outside() {
        return Outside.cluster(facts, scope.outside()).orElse(Names.BLACK_HOLE);
    }

    /// For what no service is known of.
    private Filter toOutside() {
        return Outbound.tcpProxy(outside(), Outside.policy(facts, scope, namespace), connections);
    }

    private XdsResource capture() {
        var capture =
                Listener.newBuilder()
                        .setName("virtualOutbound")
                        .setAddress(Envoy.address(ANY, Outbound.CAPTURE_PORT))
                        .setTrafficDirection(TrafficDirection.OUTBOUND)
                        .setUseOriginalDst(Envoy.yes())
                        .addFilterChains(Outbound.guard(Outbound.CAPTURE_PORT, connections))
                        .addFilterChains(
                                FilterChain.newBuilder()
                                        .setName("passthrough")
                                        .addFilters(toOutside()));
        var clusters = new HashSet<>(connections.clusters());
        clusters.add(outside());
        return XdsResource.of(XdsType.LDS, "virtualOutbound", capture.build(), clusters);
    }

    private XdsResource listener(Key key, Plan plan) {
        var listener =
                Listener.newBuilder()
                        .setName(key.name())
                        .setAddress(Envoy.address(key.address(), key.port()))
                        .setTrafficDirection(TrafficDirection.OUTBOUND);
        if (!plan.bound) {
            listener.setBindToPort(Envoy.no());
        }
        var clusters = new HashSet<String>();
        var all = plan.chains.get(FilterChainMatch.getDefaultInstance());
        if (plan.chains.keySet().stream().anyMatch(match -> match.getServerNamesCount() > 0)) {
            listener.addListenerFilters(ListenerFilters.tlsInspector());
        }
        var inspected = plan.table.isPresent() && !plan.chains.isEmpty();
        if (inspected) {
            listener.addListenerFilters(ListenerFilters.httpInspector());
        }
        if (listener.getListenerFiltersCount() > 0) {
            // a client that waits for the server's first word says nothing that can be inspected
            listener.setListenerFiltersTimeout(
                            Envoy.duration(facts.mesh().protocolDetectionTimeout()))
                    .setContinueOnListenerFiltersTimeout(true);
        }
        var chains = new LinkedHashMap<FilterChainMatch, FilterChain>();
        plan.table.ifPresent(table -> {
            var http = http(key, table, inspected);
            chains.put(http.getFilterChainMatch(), http);
            clusters.addAll(requests.clusters());
        });
        plan.chains.forEach((match, chain) -> {
            chains.put(
                    match,
                    FilterChain.newBuilder()
                            .setFilterChainMatch(match)
                            .addAllFilters(chain.filters())
                            .build());
            clusters.addAll(chain.clusters());
            clusters.addAll(connections.clusters());
        });
        Ranges.spread(
                chains, (chain, match) -> chain.toBuilder().setFilterChainMatch(match).build());
        listener.addAllFilterChains(chains.values());
        if (all == null && !plan.chains.isEmpty() && !plan.bound && key.address().equals(ANY)) {
            // captured, for an address or a name that no service has
            listener.setDefaultFilterChain(
                    FilterChain.newBuilder().setName("passthrough").addFilters(toOutside()));
            clusters.add(outside());
        }
        return XdsResource.of(XdsType.LDS, key.name(), listener.build(), clusters);
    }

    /// @param inspected whether connections that are no HTTP come to the same listener
    private FilterChain http(Key key, String table, boolean inspected) {
        var chain =
                FilterChain.newBuilder()
                        .addFilters(
                                HttpConnections.outbound(
                                        "outbound_" + key.name(),
                                        table,
                                        requests,
                                        http,
                                        lookups()));
        if (inspected) {
            chain.setFilterChainMatch(
                    FilterChainMatch.newBuilder().addAllApplicationProtocols(HTTP_PROTOCOLS));
        }
        return chain.build();
    }

    private List<HttpFilter> lookups() {
        return DynamicNames.areIn(facts, scope)
                ? DynamicNames.filters()
                : interception == Proxy.Interception.NONE
                        ? DynamicNames.filtersOfForwardProxy()
                        : List.of();
    }
}
