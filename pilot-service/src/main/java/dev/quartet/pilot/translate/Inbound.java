package dev.quartet.pilot.translate;

import com.google.protobuf.util.Durations;
import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.ConnectionPoolSettings;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.Protocol;
import dev.quartet.config.networking.Sidecar;
import dev.quartet.config.networking.TrafficPolicy;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.PeerMode;
import dev.quartet.pilot.snapshot.Service;
import dev.quartet.pilot.snapshot.Workload;
import dev.quartet.policy.authorization.AddressBlock;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Decorator;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// A sidecar's way in: what reaches its application, over mTLS or, where that is permitted, in plaintext.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/listener_builder.go`; a port that the mesh doesn't know is
/// passed through, under STRICT only from a peer with a certificate of the mesh.
final class Inbound {
    private static final int CAPTURE_PORT = 15006;

    /// So that a passed-through connection is not captured again.
    private static final String PASSTHROUGH_SOURCE = "127.0.0.6";

    private static final String ALL_ADDRESSES = "0.0.0.0";

    /// All clusters, listeners, routes and filters of one workload.
    ///
    /// @param problems why a port does not take what a Sidecar asks for
    record Result(
            List<XdsResource> clusters,
            List<XdsResource> listeners,
            List<XdsResource> routes,
            List<UnitKey.Extension> extensions,
            List<Problem> problems) {
        static final Result NOTHING =
                new Result(List.of(), List.of(), List.of(), List.of(), List.of());
    }

    private final Facts facts;
    private final Facts seen;
    private final InboundScope scope;
    private final Workload workload;
    private final Observation connections;
    private final List<XdsResource> clusters = new ArrayList<>();
    private final List<XdsResource> listeners = new ArrayList<>();
    private final List<XdsResource> routes = new ArrayList<>();
    private final List<UnitKey.Extension> extensions = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();

    private Inbound(Facts facts, Facts seen, InboundScope scope, Workload workload) {
        this.facts = facts;
        this.seen = seen;
        this.scope = scope;
        this.workload = workload;
        this.connections = Observation.connections(facts);
    }

    /// A proxy that is no workload of the registry serves nothing.
    ///
    /// @param seen what the proxy sees of the mesh
    static Result of(Facts facts, Facts seen, InboundScope scope) {
        return facts.workload(scope.instance())
                .map(workload -> new Inbound(facts, seen, scope, workload).translate())
                .orElseGet(() ->
                        scope.interception() == Proxy.Interception.NONE
                                ? Result.NOTHING
                                : unknown(facts, scope));
    }

    /// Captured traffic needs its listener even before the registry knows the workload. Whom an AuthorizationPolicy may select nobody reaches until then.
    private static Result unknown(Facts facts, InboundScope scope) {
        var connections = Observation.connections(facts);
        var namespace = scope.instance().substring(scope.instance().lastIndexOf('.') + 1);
        var to = facts.hasAccessPolicies(namespace) ? Names.BLACK_HOLE : Names.INBOUND_PASSTHROUGH;
        var listener =
                virtualInbound(connections)
                        .addFilterChains(
                                FilterChain.newBuilder()
                                        .setName("passthrough")
                                        .setFilterChainMatch(FilterChainMatch.getDefaultInstance())
                                        .addFilters(Outbound.tcpProxy(to, connections)));
        var clusters = new HashSet<>(connections.clusters());
        clusters.add(to);
        return new Result(
                List.of(passthroughCluster(facts)),
                List.of(XdsResource.of(XdsType.LDS, "virtualInbound", listener.build(), clusters)),
                List.of(),
                List.of(),
                List.of());
    }

    /// @param number of the port, at the workload
    /// @param endpoint where the application listens
    /// @param bind address of a listener of its own; empty: the one that takes what is captured
    /// @param pool what the application takes at once, where somebody says it
    /// @param tls for callers outside of the mesh
    record Served(
            int number,
            Service service,
            Service.Port port,
            String endpoint,
            Optional<String> bind,
            Optional<ConnectionPoolSettings> pool,
            Optional<IngressTls> tls) {
        /// Of the route table and the cluster.
        String name() {
            return Names.inbound(port.number(), port.name(), service.host());
        }
    }

    /// TLS that a Sidecar asks for.
    ///
    /// @param path of the settings
    record IngressTls(Gateway.ServerTlsSettings settings, ResourceKey sidecar, FieldPath path) {}

    /// What a workload's proxy serves, by the port of the workload.
    static Map<Integer, Served> served(Facts facts, InboundScope scope) {
        return facts.workload(scope.instance())
                .map(workload -> new Inbound(facts, facts, scope, workload).allServed())
                .orElse(Map.of());
    }

    private Result translate() {
        var served = allServed();
        served.forEach((port, what) -> {
            var mode = facts.peerMode(workload, port);
            clusters.add(
                    Clusters.inbound(
                            what.service(),
                            what.port(),
                            what.endpoint(),
                            what.pool(),
                            facts.mesh().connectTimeout(),
                            facts.clusterDefaults().inboundStatName()));
            if (VirtualHosts.isHttp(what.port())) {
                routes.add(route(what));
                add(PolicyFilters.of(facts, seen, workload, what.number(), false));
            } else {
                problems.addAll(
                        AccessFilters.ofConnections(facts, workload, what.number()).problems());
            }
            what.bind().ifPresent(address -> listeners.add(bound(address, port, what, mode)));
            if (mode != PeerMode.DISABLE) {
                what.tls().ifPresent(tls -> problems.add(notInForce(tls, port, mode)));
            }
        });
        if (scope.interception() == Proxy.Interception.REDIRECT) {
            clusters.add(passthroughCluster(facts));
            listeners.add(captured(served));
        }
        return new Result(
                List.copyOf(clusters),
                List.copyOf(listeners),
                List.copyOf(routes),
                List.copyOf(extensions),
                problems.stream().distinct().toList());
    }

    private void add(PolicyFilters.Asked asked) {
        extensions.addAll(asked.extensions());
        clusters.addAll(asked.clusters());
        problems.addAll(asked.problems());
    }

    private static Problem notInForce(IngressTls tls, int port, PeerMode mode) {
        return new Problem(
                Reason.INGRESS_TLS_NOT_IN_FORCE,
                tls.sidecar(),
                null,
                tls.path(),
                "port %d has the mesh's mTLS (%s), so callers outside of the mesh are refused"
                        .formatted(port, mode),
                "write a PeerAuthentication with mtls.mode: DISABLE for the workload, or take tls out");
    }

    private Map<Integer, Served> allServed() {
        var ingress = ingress();
        return ingress.isEmpty() ? served() : served(ingress);
    }

    /// One service per port of the workload: the first by host.
    private Map<Integer, Served> served() {
        var bind =
                scope.interception() == Proxy.Interception.NONE
                        ? Optional.of(scope.address())
                        : Optional.<String>empty();
        var served = new LinkedHashMap<Integer, Served>();
        for (var service : facts.servicesOf(workload.instance())) {
            for (var port : service.ports()) {
                if (port.protocol() != Protocol.UDP) {
                    var number = workload.portFor(service, port);
                    served.putIfAbsent(
                            number,
                            new Served(
                                    number,
                                    service,
                                    port,
                                    scope.appEndpoint(port.number(), number),
                                    bind,
                                    pool(service, port),
                                    Optional.empty()));
                }
            }
        }
        return served;
    }

    /// What the workload's Sidecar says in the place of its services.
    private List<Sidecar.IngressListener> ingress() {
        return sidecar().map(Sidecar::ingress).orElse(List.of());
    }

    private Optional<Sidecar> sidecar() {
        return scope.sidecar()
                .flatMap(key ->
                        facts.sidecars(key.namespace()).stream()
                                .filter(found -> found.key().equals(key))
                                .findFirst())
                .map(Resource::spec);
    }

    /// What the Sidecar says for all ports; else a DestinationRule for the service, as who is in its namespace sees it. Of one
    /// nothing else holds on this side.
    private Optional<ConnectionPoolSettings> pool(Service service, Service.Port port) {
        return sidecar()
                .map(Sidecar::inboundConnectionPool)
                .or(() ->
                        TrafficPolicies.part(
                                TrafficPolicies.layers(
                                        DestinationRules.of(
                                                facts, service.host(), service.namespace()),
                                        "",
                                        port.number()),
                                TrafficPolicy::connectionPool));
    }

    private Map<Integer, Served> served(List<Sidecar.IngressListener> ingress) {
        var served = new LinkedHashMap<Integer, Served>();
        for (int i = 0; i < ingress.size(); i++) {
            var listener = ingress.get(i);
            var tls = tls(listener, i);
            var number = listener.port().number();
            if (number == null) {
                continue; // the rules refuse it
            }
            var mode = facts.peerMode(workload, number);
            var port =
                    new Service.Port(
                            number,
                            Objects.requireNonNullElse(listener.port().name(), ""),
                            protocol(listener.port(), tls.isPresent() && mode == PeerMode.DISABLE),
                            false,
                            number);
            var service = service(port);
            served.putIfAbsent(
                    number,
                    new Served(
                            number,
                            service,
                            port,
                            endpoint(listener, number),
                            bind(listener),
                            Optional.ofNullable(listener.connectionPool())
                                    .or(() -> pool(service, port)),
                            tls));
        }
        return served;
    }

    private Optional<IngressTls> tls(Sidecar.IngressListener listener, int index) {
        return Optional.ofNullable(listener.tls())
                .map(settings ->
                        new IngressTls(
                                settings,
                                scope.sidecar().orElseThrow(),
                                FieldPath.SPEC.field("ingress").index(index).field("tls")));
    }

    /// @param ends whether TLS ends at the proxy, so that it reads what is in it
    private static Protocol protocol(Sidecar.SidecarPort port, boolean ends) {
        var protocol =
                Protocol.ofPort(Objects.requireNonNullElse(port.name(), ""), port.protocol())
                        .orElse(Protocol.TCP);
        return !ends ? protocol : protocol == Protocol.HTTPS ? Protocol.HTTP : Protocol.TCP;
    }

    /// The one of the workload's services that has the port, so that rules about it hold; else one that is named by the workload.
    private Service service(Service.Port port) {
        return facts.servicesOf(workload.instance()).stream()
                .filter(service ->
                        service.ports().stream()
                                .anyMatch(it -> workload.portFor(service, it) == port.number()))
                .findFirst()
                .orElseGet(() ->
                        new Service(
                                workload.name() + "." + workload.namespace(),
                                workload.namespace(),
                                workload.name(),
                                List.of(port),
                                List.of(),
                                Service.Resolution.ENDPOINTS,
                                true,
                                Optional.empty(),
                                List.of(),
                                Optional.empty()));
    }

    private String endpoint(Sidecar.IngressListener listener, int port) {
        var written = listener.defaultEndpoint();
        if (written == null || written.isEmpty()) {
            return scope.appEndpoint(port, port);
        }
        if (written.startsWith(":")) {
            return "127.0.0.1" + written;
        }
        return written.startsWith(ALL_ADDRESSES)
                ? scope.address() + written.substring(ALL_ADDRESSES.length())
                : written;
    }

    private Optional<String> bind(Sidecar.IngressListener listener) {
        var mode = Objects.requireNonNullElse(listener.captureMode(), Sidecar.CaptureMode.DEFAULT);
        var bound =
                mode == Sidecar.CaptureMode.NONE || scope.interception() == Proxy.Interception.NONE;
        return bound
                ? Optional.of(Objects.requireNonNullElse(listener.bind(), scope.address()))
                : Optional.empty();
    }

    private XdsResource route(Served what) {
        var name = what.name();
        var route =
                Route.newBuilder()
                        .setName("default")
                        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                        .setDecorator(
                                Decorator.newBuilder()
                                        .setOperation(
                                                what.service().host()
                                                        + ":"
                                                        + what.port().number()
                                                        + "/*"))
                        .setRoute(
                                RouteAction.newBuilder()
                                        .setCluster(name)
                                        .setTimeout(Durations.ZERO));
        route.putAllTypedPerFilterConfig(
                MixerFilters.checkFor(facts, workload, what.service(), what.port()));
        var table =
                RouteConfiguration.newBuilder()
                        .setName(name)
                        .setValidateClusters(Envoy.no())
                        .addVirtualHosts(
                                VirtualHost.newBuilder()
                                        .setName("inbound|http|" + what.port().number())
                                        .addDomains("*")
                                        .addRoutes(route));
        return XdsResource.of(XdsType.RDS, name, table.build(), Set.of(name));
    }

    private XdsResource bound(String address, int port, Served what, PeerMode mode) {
        var name = address + "_" + port;
        var listener =
                Listener.newBuilder()
                        .setName(name)
                        .setAddress(Envoy.address(address, port))
                        .setTrafficDirection(TrafficDirection.INBOUND)
                        .addListenerFilters(ListenerFilters.tlsInspector())
                        .setListenerFiltersTimeout(Durations.fromSeconds(1))
                        .setContinueOnListenerFiltersTimeout(true)
                        .addAllFilterChains(
                                chains(what, mode, FilterChainMatch.getDefaultInstance()));
        return XdsResource.of(XdsType.LDS, name, listener.build(), references(what));
    }

    private XdsResource captured(Map<Integer, Served> served) {
        var listener = virtualInbound(connections);
        var references = new HashSet<>(connections.clusters());
        references.add(Names.INBOUND_PASSTHROUGH);
        var others = facts.peerModesOfPorts(workload);
        served.forEach((port, what) -> {
            if (what.bind().isPresent()) {
                return;
            }
            others.remove(port);
            listener.addAllFilterChains(
                    chains(what, facts.peerMode(workload, port), destination(port)));
            references.addAll(references(what));
        });
        others.forEach((port, mode) ->
                listener.addFilterChains(
                        passthrough(
                                mode,
                                destination(port),
                                AccessFilters.ofConnections(facts, workload, port),
                                "passthrough-" + port)));
        var access = AccessFilters.ofConnections(facts, workload);
        problems.addAll(access.problems());
        listener.addFilterChains(
                passthrough(
                        facts.peerMode(workload),
                        FilterChainMatch.getDefaultInstance(),
                        access,
                        "passthrough"));
        return XdsResource.of(XdsType.LDS, "virtualInbound", listener.build(), references);
    }

    private static FilterChainMatch destination(int port) {
        return FilterChainMatch.newBuilder().setDestinationPort(Envoy.number(port)).build();
    }

    /// For ports that no service has.
    private FilterChain passthrough(
            PeerMode mode, FilterChainMatch match, AccessFilters access, String name) {
        var to = Names.INBOUND_PASSTHROUGH;
        var chain =
                FilterChain.newBuilder()
                        .setName(name)
                        .addAllFilters(access.network("inbound_" + name + "_"))
                        .addFilters(
                                Outbound.tcpProxy(
                                        access.judged(
                                                TcpProxy.newBuilder()
                                                        .setStatPrefix(to)
                                                        .setCluster(to)),
                                        connections));
        return mode == PeerMode.STRICT
                ? chain.setFilterChainMatch(mesh(match))
                        .setTransportSocket(TlsContexts.server())
                        .build()
                : chain.setFilterChainMatch(match).build();
    }

    private Set<String> references(Served what) {
        if (VirtualHosts.isHttp(what.port())) {
            return requests(what).clusters();
        }
        var references = new HashSet<>(connections.clusters());
        references.add(what.name());
        if (what.port().serverFirst()) {
            references.add(Names.BLACK_HOLE);
        }
        return references;
    }

    private Observation requests(Served what) {
        return Observation.inbound(facts, workload, what.service(), what.port());
    }

    private List<FilterChain> chains(Served what, PeerMode mode, FilterChainMatch match) {
        if (what.port().serverFirst() && !VirtualHosts.isHttp(what.port())) {
            var access = AccessFilters.ofConnections(facts, workload, what.number());
            if (access.protects()) {
                return serverFirst(what, mode, match, ServerFirst.of(access.policies()));
            }
        }
        var chains = new ArrayList<FilterChain>();
        chains.add(chain(what, mesh(match), true).setTransportSocket(TlsContexts.server()).build());
        if (what.tls().isPresent()) {
            if (mode == PeerMode.DISABLE) {
                outside(what, what.tls().get().settings(), match).ifPresent(chains::add);
            }
        } else if (mode != PeerMode.STRICT) {
            // where the application speaks TLS itself, so do strangers
            var plain =
                    VirtualHosts.isHttp(what.port())
                            ? match.toBuilder().setTransportProtocol("raw_buffer").build()
                            : match;
            chains.add(chain(what, plain, false).build());
        }
        return chains;
    }

    /// Nothing of the client can be judged before the server speaks, so it is the choice of the chain, and the handshake, that let it in.
    private List<FilterChain> serverFirst(
            Served what, PeerMode mode, FilterChainMatch match, ServerFirst may) {
        problems.addAll(may.problems());
        var chains = new ArrayList<FilterChain>();
        for (var mesh : mode == PeerMode.STRICT ? List.of(true) : List.of(true, false)) {
            var on = mesh ? mesh(match) : match;
            var kind = mesh ? "-mtls" : "-plain";
            if (!may.refused().isEmpty()) {
                chains.add(closed(what, from(on, may.refused()), kind + "-refused"));
            }
            if (!may.addresses().isEmpty()) {
                chains.add(
                        speaking(what, from(on, may.addresses()), mesh, List.of())
                                .setName(what.port().number() + kind + "-by-address")
                                .build());
            }
            if (may.open() || mesh && !may.names().isEmpty()) {
                chains.add(speaking(what, on, mesh, may.open() ? List.of() : may.names()).build());
            }
        }
        if (may.isClosed()) {
            chains.add(closed(what, match, "-closed"));
        }
        return chains;
    }

    private static FilterChainMatch from(FilterChainMatch match, List<AddressBlock> blocks) {
        return match.toBuilder()
                .addAllSourcePrefixRanges(blocks.stream().map(AccessMatchers::range).toList())
                .build();
    }

    private FilterChain closed(Served what, FilterChainMatch match, String name) {
        return FilterChain.newBuilder()
                .setName(what.port().number() + name)
                .setFilterChainMatch(match)
                .addFilters(Outbound.tcpProxy(Names.BLACK_HOLE, connections))
                .build();
    }

    private FilterChain.Builder speaking(
            Served what, FilterChainMatch match, boolean mesh, List<StringMatcher> clients) {
        var chain =
                FilterChain.newBuilder()
                        .setName(what.port().number() + (mesh ? "-mtls" : "-plain"))
                        .setFilterChainMatch(match)
                        .addAllFilters(ProtocolFilters.of(what.port(), what.name()))
                        .addFilters(
                                Outbound.tcpProxy(
                                        what.name(),
                                        ConnectionPolicy.inbound(what.pool()),
                                        connections));
        return mesh ? chain.setTransportSocket(TlsContexts.server(clients)) : chain;
    }

    /// For callers outside of the mesh, whose certificates another CA has signed: with the name of a workload of the mesh nobody comes in.
    private Optional<FilterChain> outside(
            Served what, Gateway.ServerTlsSettings tls, FilterChainMatch match) {
        var port = what.port().number();
        return ServerTls.socket(tls, VirtualHosts.isHttp(what.port()))
                .map(socket -> {
                    var chain = FilterChain.newBuilder();
                    if (tls.mode() != Gateway.Mode.SIMPLE) {
                        chain.addFilters(Strangers.notNamedAs(facts.mesh().trustDomain(), port));
                    }
                    return chain.mergeFrom(
                                    chain(
                                                    what,
                                                    match.toBuilder()
                                                            .setTransportProtocol("tls")
                                                            .build(),
                                                    false)
                                            .build())
                            .setName(port + "-tls")
                            .setTransportSocket(socket)
                            .build();
                });
    }

    private List<HttpFilter> policy(int port) {
        var filters = new ArrayList<>(PolicyFilters.of(port));
        if (facts.mesh().checksEnabled()) {
            filters.addAll(MixerFilters.filters());
        }
        return filters;
    }

    private static FilterChainMatch mesh(FilterChainMatch match) {
        return match.toBuilder()
                .setTransportProtocol("tls")
                .addApplicationProtocols(TlsContexts.MESH_ALPN)
                .build();
    }

    private FilterChain.Builder chain(Served what, FilterChainMatch match, boolean verified) {
        var port = what.port().number();
        var chain =
                FilterChain.newBuilder()
                        .setName(port + (verified ? "-mtls" : "-plain"))
                        .setFilterChainMatch(match);
        if (!VirtualHosts.isHttp(what.port())) {
            var access = AccessFilters.ofConnections(facts, workload, what.number());
            return chain.addAllFilters(access.network("inbound_" + port + "_"))
                    .addAllFilters(ProtocolFilters.of(what.port(), what.name()))
                    .addFilters(
                            Outbound.tcpProxy(
                                    access.judged(
                                            ConnectionPolicy.inbound(what.pool())
                                                    .on(
                                                            TcpProxy.newBuilder()
                                                                    .setStatPrefix(what.name())
                                                                    .setCluster(what.name()))),
                                    connections));
        }
        return chain.addFilters(
                HttpConnections.inbound(
                        "inbound_" + port + (verified ? "_mtls" : "_plain"),
                        what.name(),
                        requests(what),
                        scope.http(),
                        what.service().host(),
                        policy(what.number()),
                        verified));
    }

    /// The `original_dst` filter alone, without `use_original_dst`: else a connection would be handed to an outbound
    /// listener of the same port, and loop.
    private static Listener.Builder virtualInbound(Observation connections) {
        return Listener.newBuilder()
                .setName("virtualInbound")
                .setAddress(Envoy.address("0.0.0.0", CAPTURE_PORT))
                .setTrafficDirection(TrafficDirection.INBOUND)
                .addListenerFilters(ListenerFilters.originalDestination())
                .addListenerFilters(ListenerFilters.tlsInspector())
                .setListenerFiltersTimeout(Durations.fromSeconds(1))
                .setContinueOnListenerFiltersTimeout(true)
                .addFilterChains(Outbound.guard(CAPTURE_PORT, connections))
                .addFilterChains(Outbound.guard(Outbound.CAPTURE_PORT, connections));
    }

    private static XdsResource passthroughCluster(Facts facts) {
        return Clusters.passthrough(
                Names.INBOUND_PASSTHROUGH, PASSTHROUGH_SOURCE, facts.mesh().connectTimeout());
    }
}
