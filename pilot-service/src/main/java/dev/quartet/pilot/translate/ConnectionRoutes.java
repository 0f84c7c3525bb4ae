package dev.quartet.pilot.translate;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.Destination;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.Protocol;
import dev.quartet.config.networking.RouteDestination;
import dev.quartet.config.networking.TlsMatchAttributes;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Service;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Where connections go that are not read as HTTP: the `tcp` and `tls` routes of a VirtualService or, without one, the service itself.
/// A destination that does not exist is a black hole, and so is one that the route's tunnel does not lead to.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/tls.go`.
final class ConnectionRoutes {
    /// One kind of connection and what is done with it.
    ///
    /// @param match which; empty: all that no other one takes
    /// @param clusters that it goes to
    /// @param owner who says so, for people
    /// @param origin the user's resource; null where a registry says it
    /// @param path of the route in it
    /// @param readers what reads along before
    /// @param problems what of the route could not be made as it is written
    record Chain(
            FilterChainMatch match,
            Filter filter,
            Set<String> clusters,
            String owner,
            @Nullable ResourceKey origin,
            FieldPath path,
            List<Filter> readers,
            List<Problem> problems) {
        Chain readBy(List<Filter> others) {
            return new Chain(
                    match, filter, clusters, owner, origin, path, List.copyOf(others), problems);
        }

        List<Filter> filters() {
            return Stream.concat(readers.stream(), Stream.of(filter)).toList();
        }
    }

    private static final FieldPath TCP = FieldPath.SPEC.field("tcp");
    private static final FieldPath TLS = FieldPath.SPEC.field("tls");

    private final Facts facts;
    private final Site site;
    private final Observation observation;

    ConnectionRoutes(Facts facts, Site site, Observation observation) {
        this.facts = facts;
        this.site = site;
        this.observation = observation;
    }

    /// @param destinations addresses of the service that the listener cannot tell from others by itself: CIDRs, or none
    /// @param shared whether other services use the listener's address too
    List<Chain> of(
            Service service,
            Service.Port port,
            Optional<Resource<VirtualService>> routes,
            List<String> destinations,
            boolean shared) {
        if (isTls(port.protocol())) {
            return tls(service, port, routes, destinations, shared);
        }
        var readers = ProtocolFilters.of(port, Names.outbound(port.number(), "", service.host()));
        return tcp(service, port, routes, destinations).stream()
                .map(chain -> chain.readBy(readers))
                .toList();
    }

    static boolean isTls(Protocol protocol) {
        return protocol == Protocol.TLS || protocol == Protocol.HTTPS;
    }

    private List<Chain> tls(
            Service service,
            Service.Port port,
            Optional<Resource<VirtualService>> routes,
            List<String> destinations,
            boolean shared) {
        var chains = new ArrayList<Chain>();
        routes.ifPresent(found ->
                addTls(found, destinations, match -> Optional.of(match.sniHosts()), chains));
        if (chains.isEmpty()) {
            // on an address of its own the service is known without a name
            var names =
                    shared || DynamicNames.has(service)
                            ? List.of(service.host())
                            : List.<String>of();
            chains.add(straight(match(names, destinations, null), service, port));
        }
        return chains;
    }

    private List<Chain> tcp(
            Service service,
            Service.Port port,
            Optional<Resource<VirtualService>> routes,
            List<String> destinations) {
        var chains = new ArrayList<Chain>();
        if (routes.isEmpty() || !addTcp(routes.get(), List.of(), destinations, chains)) {
            chains.add(straight(match(List.of(), destinations, null), service, port));
        }
        return chains;
    }

    /// @param names that the connections ask for; none: whatever they ask for
    /// @param destinations of routes that say none
    /// @return whether one of them takes every connection, so that nothing after it can match
    private boolean addTcp(
            Resource<VirtualService> from,
            List<String> names,
            List<String> destinations,
            List<Chain> chains) {
        for (int number = 0; number < from.spec().tcp().size(); number++) {
            var route = from.spec().tcp().get(number);
            var path = TCP.index(number);
            if (route.match().isEmpty()) {
                chains.add(chain(match(names, destinations, null), route.route(), from, path));
                return true;
            }
            for (var match : route.match()) {
                if (!site.meets(
                        match.port(),
                        match.gateways(),
                        match.sourceLabels(),
                        match.sourceNamespace(),
                        from.namespace())) {
                    continue;
                }
                chains.add(
                        chain(
                                match(
                                        names,
                                        or(match.destinationSubnets(), destinations),
                                        match.sourceSubnet()),
                                route.route(),
                                from,
                                path));
                if (match.destinationSubnets().isEmpty() && match.sourceSubnet() == null) {
                    return true;
                }
            }
        }
        return false;
    }

    /// @param destinations of routes that say none
    /// @param names by which a match is known here; empty: it is not
    private void addTls(
            Resource<VirtualService> from,
            List<String> destinations,
            Function<TlsMatchAttributes, Optional<List<String>>> names,
            List<Chain> chains) {
        for (int number = 0; number < from.spec().tls().size(); number++) {
            var route = from.spec().tls().get(number);
            for (var match : route.match()) {
                var known = names.apply(match);
                if (known.isPresent()
                        && site.meets(
                                match.port(),
                                match.gateways(),
                                match.sourceLabels(),
                                match.sourceNamespace(),
                                from.namespace())) {
                    chains.add(
                            chain(
                                    match(
                                            known.get(),
                                            or(match.destinationSubnets(), destinations),
                                            match.sourceSubnet()),
                                    route.route(),
                                    from,
                                    TLS.index(number)));
                }
            }
        }
    }

    /// The `tcp` routes of what is bound to a gateway, up to one that takes all.
    ///
    /// @param names that the connections ask for, where TLS ends at the gateway
    List<Chain> tcp(List<Resource<VirtualService>> bound, List<String> names) {
        var chains = new ArrayList<Chain>();
        for (var found : bound) {
            if (addTcp(found, names, List.of(), chains)) {
                break;
            }
        }
        return chains;
    }

    /// The `tls` routes of what is bound to a gateway: of the names those that the server takes.
    ///
    /// @param isIts whether a name is this server's, and no other's
    List<Chain> bySni(
            List<Resource<VirtualService>> bound,
            GatewayServers.Server server,
            Predicate<String> isIts) {
        var chains = new ArrayList<Chain>();
        for (var found : bound) {
            addTls(
                    found,
                    List.of(),
                    match ->
                            Optional.of(taken(match, server, found.namespace(), isIts))
                                    .filter(names -> !names.isEmpty()),
                    chains);
        }
        return chains;
    }

    private static List<String> taken(
            TlsMatchAttributes match,
            GatewayServers.Server server,
            String namespace,
            Predicate<String> isIts) {
        return match.sniHosts().stream()
                .flatMap(name -> server.taken(name, namespace).stream())
                .filter(isIts)
                .distinct()
                .toList();
    }

    private static List<String> or(List<String> subnets, List<String> otherwise) {
        return subnets.isEmpty() ? otherwise : subnets;
    }

    private static FilterChainMatch match(
            List<String> names, List<String> destinations, @Nullable String source) {
        var match = FilterChainMatch.newBuilder();
        if (!names.isEmpty()) {
            match.setTransportProtocol("tls");
            if (!names.contains("*")) {
                match.addAllServerNames(names);
            }
        }
        destinations.forEach(destination -> match.addPrefixRanges(range(destination)));
        if (source != null) {
            match.addSourcePrefixRanges(range(source));
        }
        return match.build();
    }

    private static CidrRange range(String cidr) {
        var slash = cidr.indexOf('/');
        var address = slash < 0 ? cidr : cidr.substring(0, slash);
        var length =
                slash >= 0
                        ? Integer.parseInt(cidr.substring(slash + 1))
                        : address.indexOf(':') >= 0 ? 128 : 32;
        return CidrRange.newBuilder()
                .setAddressPrefix(address)
                .setPrefixLen(Envoy.number(length))
                .build();
    }

    private Chain straight(FilterChainMatch match, Service service, Service.Port port) {
        var target = new Names.OutboundName(port.number(), "", service.host());
        return new Chain(
                match,
                Outbound.tcpProxy(
                        target.cluster(),
                        ConnectionPolicy.of(facts, target, site.namespace()),
                        observation),
                Set.of(target.cluster()),
                "service " + service.host(),
                service.origin().orElse(null),
                FieldPath.SPEC,
                DynamicNames.has(service) ? List.of(DynamicNames.bySni(port)) : List.of(),
                List.of());
    }

    private Chain chain(
            FilterChainMatch match,
            List<RouteDestination> destinations,
            Resource<VirtualService> origin,
            FieldPath path) {
        var made = new Destined(match, origin, path);
        for (int number = 0; number < destinations.size(); number++) {
            if (destinations.size() == 1 || weight(destinations.get(number)) > 0) {
                made.add(number, destinations.get(number));
            }
        }
        var filter = made.filter();
        return new Chain(
                match,
                filter,
                made.clusters(),
                origin.key().toString(),
                origin.key(),
                path,
                made.lookups(),
                List.copyOf(made.problems));
    }

    /// The destinations of one route. One use.
    private final class Destined {
        private final List<String> names;
        private final Resource<VirtualService> origin;
        private final FieldPath path;
        private final List<Destination> destinations = new ArrayList<>();
        private final List<ClusterWeight> shares = new ArrayList<>();
        private final List<ConnectionPolicy> policies = new ArrayList<>();
        private final List<Problem> problems = new ArrayList<>();

        /// Whose tunnel all have.
        private int first;

        Destined(FilterChainMatch match, Resource<VirtualService> origin, FieldPath path) {
            this.names = match.getServerNamesList();
            this.origin = origin;
            this.path = path;
        }

        void add(int number, RouteDestination destination) {
            destinations.add(destination.destination());
            var target = cluster(destination.destination(), origin.namespace(), names);
            var policy = target.map(it -> ConnectionPolicy.of(facts, it, site.namespace()));
            var fits = policy.isEmpty() || fits(number, policy.get());
            shares.add(
                    ClusterWeight.newBuilder()
                            .setName(
                                    target.filter(_ -> fits)
                                            .map(Names.OutboundName::cluster)
                                            .orElse(Names.BLACK_HOLE))
                            .setWeight(weight(destination))
                            .build());
        }

        /// Without the right tunnel a connection would come to somebody who does not expect it.
        private boolean fits(int number, ConnectionPolicy policy) {
            if (policies.isEmpty()) {
                first = number;
            } else if (!policy.tunnel().equals(policies.getFirst().tunnel())) {
                problem(
                        path.field("route").index(number).field("destination"),
                        "its connections go %s, those of route[%d] %s, and one route has one tunnel; these are closed"
                                .formatted(
                                        policy.tunnelInWords(),
                                        first,
                                        policies.getFirst().tunnelInWords()),
                        "write the same tunnel in the DestinationRules of both, or give each a route of its own");
                return false;
            }
            policies.add(policy);
            return true;
        }

        private void problem(FieldPath at, String fault, String fix) {
            problems.add(
                    new Problem(
                            Reason.CONFLICTING_DESTINATIONS, origin.key(), null, at, fault, fix));
        }

        Set<String> clusters() {
            return shares.isEmpty()
                    ? Set.of(Names.BLACK_HOLE)
                    : shares.stream().map(ClusterWeight::getName).collect(Collectors.toSet());
        }

        Filter filter() {
            if (policies.stream().map(ConnectionPolicy::silence).distinct().count() > 1) {
                problem(
                        path.field("route"),
                        "its destinations have different idle timeouts, and one route has one; the longest holds for all",
                        "write the same connectionPool.tcp.idleTimeout in their DestinationRules, or give each a route of"
                                + " its own");
            }
            var policy =
                    policies.isEmpty()
                            ? ConnectionPolicy.NONE
                            : new ConnectionPolicy(
                                    policies.getFirst().tunnel(),
                                    ConnectionPolicy.longestOf(policies));
            if (shares.size() <= 1) {
                return Outbound.tcpProxy(
                        shares.isEmpty() ? Names.BLACK_HOLE : shares.getFirst().getName(),
                        policy,
                        observation);
            }
            var proxy =
                    TcpProxy.newBuilder()
                            .setStatPrefix(origin.name() + "." + origin.namespace())
                            .setWeightedClusters(
                                    TcpProxy.WeightedCluster.newBuilder().addAllClusters(shares));
            return Outbound.tcpProxy(policy.on(proxy), observation);
        }

        /// What looks the server's name up, where a service among the destinations is to be found by it.
        List<Filter> lookups() {
            return destinations.stream()
                    .flatMap(it -> dynamicPort(it).stream())
                    .map(DynamicNames::bySni)
                    .limit(1)
                    .toList();
        }

        private Optional<Service.Port> dynamicPort(Destination destination) {
            var host = Hosts.resolve(destination.host(), origin.namespace());
            return facts.service(host)
                    .filter(DynamicNames::has)
                    .flatMap(service ->
                            Destinations.cluster(
                                            facts, host, destination, site.namespace(), site.port())
                                    .flatMap(name -> service.port(name.port())));
        }
    }

    private static int weight(RouteDestination destination) {
        return destination.weight() == null ? 0 : destination.weight();
    }

    /// @param names that the connections ask for
    private Optional<Names.OutboundName> cluster(
            Destination destination, String namespace, Collection<String> names) {
        var host = Hosts.resolve(destination.host(), namespace);
        return facts.service(host)
                .filter(found -> DynamicNames.takesConnections(found, names))
                .flatMap(_ ->
                        Destinations.cluster(
                                facts, host, destination, site.namespace(), site.port()));
    }
}
