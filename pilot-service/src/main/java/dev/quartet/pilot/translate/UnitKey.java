package dev.quartet.pilot.translate;

import com.google.protobuf.Message;
import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.patch.Patches;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Scope;
import dev.quartet.pilot.snapshot.Seen;
import dev.quartet.pilot.snapshot.View;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Stream;

/// Names one piece of config and knows how to make it from facts and other pieces. Nothing here can see a proxy: all
/// that a piece depends on is in its key or asked of the facts.
sealed interface UnitKey<T> {
    T compute(Facts facts, Units.Reader units);

    /// The earlier value when it has the same content: then nothing that is made of it changes either.
    default T prefer(T earlier, T fresh) {
        return earlier.equals(fresh) ? earlier : fresh;
    }

    /// A piece that is a set keeps the earlier objects of whatever in it is unchanged.
    sealed interface OfSet extends UnitKey<ResourceSet> {
        @Override
        default ResourceSet prefer(ResourceSet earlier, ResourceSet fresh) {
            return fresh.or(earlier);
        }
    }

    /// What a proxy may see.
    record ScopeOf(View view) implements UnitKey<Scope> {
        public ScopeOf {
            view = view.bare(); // rules and home say nothing about what there is
        }

        @Override
        public Scope compute(Facts facts, Units.Reader units) {
            return Scope.of(facts, view);
        }
    }

    record NamespaceOf(String host) implements Units.Part<Scope, Optional<String>> {
        @Override
        public Optional<String> of(Scope scope) {
            return Optional.ofNullable(scope.services().get(host));
        }
    }

    record RoutesIn(int egress, String host) implements Units.Part<Scope, Optional<ResourceKey>> {
        @Override
        public Optional<ResourceKey> of(Scope scope) {
            return egress < scope.egress().size()
                    ? Optional.ofNullable(scope.egress().get(egress).routes().get(host))
                    : Optional.empty();
        }
    }

    /// @param egress number of the listener whose routes are meant
    private static Seen seen(Facts facts, Units.Reader units, View view, int egress) {
        var scope = new ScopeOf(view);
        return new Seen(
                facts,
                view,
                new Seen.Lookup() {
                    @Override
                    public Optional<String> namespaceOf(String host) {
                        return units.get(scope, new NamespaceOf(host));
                    }

                    @Override
                    public Optional<ResourceKey> routesOf(String host) {
                        return units.get(scope, new RoutesIn(egress, host));
                    }
                });
    }

    /// The clusters of one host.
    record HostClusters(String host, View view, Discovery.Client client, Where where)
            implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            var seen = seen(facts, units, view, 0);
            if (where != Where.ANYWHERE && !placed(seen)) {
                return units.get(new HostClusters(host, view, client, Where.ANYWHERE));
            }
            return ResourceSet.of(Clusters.outbound(seen, host, view.namespace(), client, where));
        }

        /// Whether the clusters themselves have endpoints, which differ from place to place.
        private boolean placed(Facts seen) {
            return seen.service(host)
                    .filter(service -> Discovery.byName(service))
                    .filter(service -> Localities.matter(seen, service, view.namespace()))
                    .isPresent();
        }
    }

    /// All clusters of the client side.
    record OutboundClusters(View view, Discovery.Client client, Where where) implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            var clusters = new ArrayList<XdsResource>(Outbound.clusters(facts, client));
            for (var host : units.get(new ScopeOf(view)).services().keySet()) {
                var own = Views.about(facts, view, host).abroad();
                clusters.addAll(units.get(new HostClusters(host, own, client, where)).all());
            }
            return ResourceSet.of(clusters);
        }
    }

    /// Mixer's addresses.
    record MixerClusters() implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            var mesh = facts.mesh();
            var clusters = new ArrayList<XdsResource>();
            if (mesh.checksEnabled()) {
                mesh.checkServer()
                        .ifPresent(at ->
                                clusters.add(
                                        Clusters.mixer(
                                                Names.MIXER_CHECK, at, mesh.trustDomain(), false)));
            }
            mesh.reportServer()
                    .ifPresent(at ->
                            clusters.add(
                                    Clusters.mixer(
                                            Names.MIXER_REPORT,
                                            at,
                                            mesh.trustDomain(),
                                            mesh.oneReportServer())));
            return ResourceSet.of(clusters);
        }
    }

    /// Where access logs and spans go.
    record CollectorClusters() implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            return ResourceSet.of(Collectors.clusters(facts));
        }
    }

    record MixerExtensions() implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            return facts.mesh().checksEnabled()
                    ? Extension.all(MixerFilters.extensions(facts.mesh()), units)
                    : ResourceSet.EMPTY;
        }
    }

    /// The endpoints of all clusters of one host that ask Pilot for them.
    record HostEndpoints(String host, View view, Discovery.Client client, Where where)
            implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            var seen = seen(facts, units, view, 0);
            if (where != Where.ANYWHERE && !placed(seen)) {
                return units.get(new HostEndpoints(host, view, client, Where.ANYWHERE));
            }
            return ResourceSet.of(Endpoints.of(seen, host, view.namespace(), client, where));
        }

        private boolean placed(Facts seen) {
            return seen.service(host)
                    .filter(service -> Localities.matter(seen, service, view.namespace()))
                    .isPresent();
        }
    }

    /// The endpoints of all clusters of the client side.
    record AllEndpoints(View view, Discovery.Client client, Where where) implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            var endpoints = new ArrayList<XdsResource>();
            for (var host : units.get(new ScopeOf(view)).services().keySet()) {
                var own = Views.about(facts, view, host).abroad();
                endpoints.addAll(units.get(new HostEndpoints(host, own, client, where)).all());
            }
            return ResourceSet.of(endpoints);
        }
    }

    /// One virtual host of a route table.
    ///
    /// @param egress number of the listener that it is for
    record Host(
            String host,
            int port,
            boolean bare,
            View view,
            int egress,
            SortedMap<String, String> labels)
            implements UnitKey<Optional<VirtualHosts.Unit>> {
        @Override
        public Optional<VirtualHosts.Unit> compute(Facts facts, Units.Reader units) {
            var seen = seen(facts, units, view, egress);
            var shared = view.abroad();
            return view.equals(shared) || seen.hasHome(host)
                    ? VirtualHosts.outbound(seen, host, port, view.namespace(), labels, bare)
                    : units.get(new Host(host, port, bare, shared, egress, labels));
        }
    }

    /// Which route tables the client side has, and who is in each.
    record RouteTablesOf(View view, Proxy.Interception interception)
            implements UnitKey<RouteTables> {
        public RouteTablesOf {
            view = view.bare();
        }

        @Override
        public RouteTables compute(Facts facts, Units.Reader units) {
            var scope = units.get(new ScopeOf(view));
            return switch (interception) {
                case NONE -> RouteTables.bound(facts, scope);
                case REDIRECT -> RouteTables.captured(facts, scope);
            };
        }
    }

    record MembersOf(String table) implements Units.Part<RouteTables, List<RouteTables.Member>> {
        @Override
        public List<RouteTables.Member> of(RouteTables tables) {
            return tables.members().getOrDefault(table, List.of());
        }
    }

    /// What happens to requests for hosts that a proxy does not see.
    record OutsideOf() implements Units.Part<Scope, Optional<Scope.Outside>> {
        @Override
        public Optional<Scope.Outside> of(Scope scope) {
            return scope.outside();
        }
    }

    /// One route table of the client side, by its name.
    record RouteTableOf(
            String name,
            View view,
            SortedMap<String, String> labels,
            Proxy.Interception interception)
            implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            var table = new RouteTable(name);
            var tables = new RouteTablesOf(view, interception);
            for (var member : units.get(tables, new MembersOf(name))) {
                var own = view(facts, units, member);
                units.get(
                                new Host(
                                        member.host(),
                                        member.port(),
                                        member.bare(),
                                        own,
                                        member.egress(),
                                        labels))
                        .ifPresent(table::add);
            }
            var outside = units.get(new ScopeOf(view), new OutsideOf());
            return table.finish(Outside.cluster(facts, outside));
        }

        /// Routes lead to other hosts, with rules of their own.
        private View view(Facts facts, Units.Reader units, RouteTables.Member member) {
            var routes = new RoutesIn(member.egress(), member.host());
            return view.rules().isEmpty() || units.get(new ScopeOf(view), routes).isPresent()
                    ? view
                    : Views.about(facts, view, member.host());
        }
    }

    /// The route tables of the client side.
    record OutboundRoutes(
            View view, SortedMap<String, String> labels, Proxy.Interception interception)
            implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            var tables = new ArrayList<XdsResource>();
            var problems = new LinkedHashSet<Problem>();
            for (var name : units.get(new RouteTablesOf(view, interception)).members().keySet()) {
                var table = units.get(new RouteTableOf(name, view, labels, interception));
                tables.addAll(table.all());
                problems.addAll(table.problems());
            }
            return ResourceSet.of(tables, problems);
        }
    }

    /// The listeners of the client side, but for the HTTP proxy.
    record OutboundListenersOf(View view, SortedMap<String, String> labels, ClientSide side)
            implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            var scope = units.get(new ScopeOf(view));
            return OutboundListeners.of(
                    egress -> seen(facts, units, view, egress),
                    scope,
                    view.namespace(),
                    labels,
                    side);
        }
    }

    /// @param dynamic whether services with dynamic names are among what it takes
    record ProxyListener(String address, int port, ClientSide side, boolean dynamic)
            implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            return ResourceSet.of(
                    List.of(Outbound.proxyListener(facts, address, port, side, dynamic)));
        }
    }

    /// Whether services with dynamic names are in view.
    record HasDynamicNames(View view) implements UnitKey<Boolean> {
        @Override
        public Boolean compute(Facts facts, Units.Reader units) {
            return !facts.dynamicHosts().isEmpty()
                    && DynamicNames.areIn(facts, units.get(new ScopeOf(view)));
        }
    }

    /// A piece that has clusters, listeners, routes and filters of its own.
    record Served(
            ResourceSet clusters,
            ResourceSet listeners,
            ResourceSet routes,
            ResourceSet extensions,
            ResourceSet endpoints) {
        static final Served NOTHING =
                new Served(
                        ResourceSet.EMPTY,
                        ResourceSet.EMPTY,
                        ResourceSet.EMPTY,
                        ResourceSet.EMPTY,
                        ResourceSet.EMPTY);

        /// Its part of one type.
        ResourceSet of(XdsType type) {
            return switch (type) {
                case CDS -> clusters;
                case LDS -> listeners;
                case RDS -> routes;
                case ECDS -> extensions;
                case EDS -> endpoints;
            };
        }

        List<Problem> problems() {
            return Stream.of(clusters, listeners, routes, extensions, endpoints)
                    .flatMap(set -> set.problems().stream())
                    .toList();
        }

        Served or(Served earlier) {
            return new Served(
                    clusters.or(earlier.clusters),
                    listeners.or(earlier.listeners),
                    routes.or(earlier.routes),
                    extensions.or(earlier.extensions),
                    endpoints.or(earlier.endpoints));
        }
    }

    /// Patches of EnvoyFilters, ready to be made.
    record PatchingOf(PatchSelection selection) implements UnitKey<Patching> {
        @Override
        public Patching compute(Facts facts, Units.Reader units) {
            var patches = new ArrayList<Patches.Chosen>();
            for (var patch : selection.patches()) {
                facts.envoyFilters(patch.filter().namespace()).stream()
                        .filter(filter -> filter.key().equals(patch.filter()))
                        .forEach(filter -> patches.add(new Patches.Chosen(filter, patch.number())));
            }
            return Patching.of(Patches.of(patches), selection.sides());
        }
    }

    /// The part of one type of a piece, as EnvoyFilters change it.
    record PatchedPart(UnitKey<?> piece, XdsType type, PatchSelection selection) implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            var patching = units.get(new PatchingOf(selection));
            return ResourceSet.of(
                    ResourceSet.part(units.get(piece), type).all().stream()
                            .flatMap(resource -> patching.of(resource).message().stream())
                            .toList());
        }
    }

    /// What EnvoyFilters bring in beside what there is.
    record BroughtIn(XdsType type, PatchSelection selection) implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            var patching = units.get(new PatchingOf(selection));
            return ResourceSet.of(patching.added(type), patching.patches().problems());
        }
    }

    /// The config of a filter. Proxies whose filters ask for the same have the very same.
    record Extension(String name, Message config, Set<String> clusters)
            implements UnitKey<XdsResource> {
        @Override
        public XdsResource compute(Facts facts, Units.Reader units) {
            return XdsResource.of(
                    XdsType.ECDS,
                    name,
                    TypedExtensionConfig.newBuilder()
                            .setName(name)
                            .setTypedConfig(Envoy.any(config))
                            .build(),
                    clusters);
        }

        static ResourceSet all(List<Extension> extensions, Units.Reader units) {
            return ResourceSet.of(extensions.stream().map(it -> units.get(it)).toList());
        }
    }

    record InboundOf(InboundScope scope) implements UnitKey<Served> {
        @Override
        public Served compute(Facts facts, Units.Reader units) {
            var seen =
                    facts.workload(scope.instance())
                            .<Facts>map(workload ->
                                    seen(
                                            facts,
                                            units,
                                            new View(workload.namespace(), scope.sidecar()),
                                            0))
                            .orElse(facts);
            var result = Inbound.of(facts, seen, scope);
            return new Served(
                    ResourceSet.of(result.clusters()),
                    ResourceSet.of(result.listeners(), result.problems()),
                    ResourceSet.of(result.routes()),
                    Extension.all(result.extensions(), units),
                    ResourceSet.EMPTY);
        }

        @Override
        public Served prefer(Served earlier, Served fresh) {
            return fresh.or(earlier);
        }
    }

    record GatewayOf(Gateways.Scope scope, View view) implements UnitKey<Served> {
        @Override
        public Served compute(Facts facts, Units.Reader units) {
            var result = Gateways.of(seen(facts, units, view, 0), facts, scope);
            return new Served(
                    ResourceSet.of(result.clusters()),
                    ResourceSet.of(result.listeners()),
                    ResourceSet.of(result.routes(), result.problems()),
                    Extension.all(result.extensions(), units),
                    ResourceSet.EMPTY);
        }

        @Override
        public Served prefer(Served earlier, Served fresh) {
            return fresh.or(earlier);
        }
    }

    /// The hosts that mTLS of sidecars may reach through a gateway.
    record PassagesOf(Gateways.Scope scope) implements UnitKey<Set<String>> {
        @Override
        public Set<String> compute(Facts facts, Units.Reader units) {
            return MeshPassage.patterns(facts, scope);
        }
    }

    /// One host that mTLS of sidecars may reach.
    record PassageTo(String host, View view, Where where) implements UnitKey<Served> {
        @Override
        public Served compute(Facts facts, Units.Reader units) {
            var made = MeshPassage.of(seen(facts, units, view, 0), host, view.namespace(), where);
            return served(made.clusters(), made.endpoints());
        }

        static Served served(List<XdsResource> clusters, List<XdsResource> endpoints) {
            return new Served(
                    ResourceSet.of(clusters),
                    ResourceSet.EMPTY,
                    ResourceSet.EMPTY,
                    ResourceSet.EMPTY,
                    ResourceSet.of(endpoints));
        }

        @Override
        public Served prefer(Served earlier, Served fresh) {
            return fresh.or(earlier);
        }
    }

    /// All of them that a gateway sees.
    record Passage(Gateways.Scope scope, View view, Where where) implements UnitKey<Served> {
        @Override
        public Served compute(Facts facts, Units.Reader units) {
            var patterns = units.get(new PassagesOf(scope));
            if (patterns.isEmpty()) {
                return Served.NOTHING;
            }
            var clusters = new ArrayList<XdsResource>();
            var endpoints = new ArrayList<XdsResource>();
            for (var host : units.get(new ScopeOf(view)).services().keySet()) {
                if (MeshPassage.isMeant(patterns, host)) {
                    var own = Views.about(facts, view, host).abroad();
                    var one = units.get(new PassageTo(host, own, where));
                    clusters.addAll(one.clusters().all());
                    endpoints.addAll(one.endpoints().all());
                }
            }
            return PassageTo.served(clusters, endpoints);
        }

        @Override
        public Served prefer(Served earlier, Served fresh) {
            return fresh.or(earlier);
        }
    }
}
