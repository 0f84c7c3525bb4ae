package dev.quartet.pilot.translate;

import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.ClientTlsSettings;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.HttpRoute;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.networking.Subset;
import dev.quartet.config.networking.TrafficPolicy;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.networking.WorkloadEntry;
import dev.quartet.config.networking.WorkloadGroup;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.snapshot.PeerDecision;
import dev.quartet.pilot.snapshot.PeerMode;
import dev.quartet.pilot.snapshot.Scope;
import dev.quartet.pilot.snapshot.Seen;
import dev.quartet.pilot.snapshot.Service;
import dev.quartet.pilot.snapshot.TokenRule;
import dev.quartet.pilot.snapshot.View;
import dev.quartet.pilot.snapshot.Workload;
import dev.quartet.policy.RuleMatcher;
import dev.quartet.policy.authorization.AccessPolicy;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What users wrote that pieces of one proxy's config come from. Nothing of that is in the config itself: the piece is made once more
/// by the very code that made it, which says what it takes from where, and is compared with what the proxy has.
public final class Provenance {
    private static final int SUBSET = 2;
    private static final int HOST = 3;
    private static final int PARTS = 4;

    private final Units units;
    private final MeshSnapshot facts;
    private final Proxy proxy;
    private final View view;
    private final Scope scope;
    private final SortedMap<String, String> labels;

    Provenance(Units units, Proxy proxy) {
        this.units = units;
        this.facts = units.snapshot();
        this.proxy = proxy;
        this.view = Views.of(facts, proxy);
        this.scope = units.get(new UnitKey.ScopeOf(view));
        this.labels = RoutingLabels.of(facts, proxy);
    }

    private Seen seen(int egress) {
        return new Seen(
                facts,
                view,
                new Seen.Lookup() {
                    @Override
                    public Optional<String> namespaceOf(String host) {
                        return new UnitKey.NamespaceOf(host).of(scope);
                    }

                    @Override
                    public Optional<ResourceKey> routesOf(String host) {
                        return new UnitKey.RoutesIn(egress, host).of(scope);
                    }
                });
    }

    /// The Sidecar that says what the proxy sees.
    public Optional<Origin> sidecar() {
        return view.sidecar().map(Origin::of);
    }

    /// Who says what becomes of requests and connections that the mesh does not know.
    public Optional<Origin> outside() {
        return scope.outside().isPresent()
                ? view.sidecar().map(key -> Origin.of(key, "outboundTrafficPolicy"))
                : meshConfig("outboundTrafficPolicy");
    }

    private Optional<Origin> meshConfig(String field) {
        return facts.config().resources().keySet().stream()
                .filter(key -> key.kind() == Kind.MESH_CONFIG)
                .findFirst()
                .map(key -> Origin.of(key, field));
    }

    /// Who asks for a listener: an entry of a Sidecar, or servers of Gateways. Empty where it follows from services.
    ///
    /// @param name of the listener
    /// @param port of the listener
    public List<Origin> listener(String name, int port) {
        if (proxy.role() == Proxy.Role.GATEWAY) {
            return Gateways.servers(facts, Translation.gateway(proxy)).all().entrySet().stream()
                    .filter(it -> it.getKey().name().equals(name))
                    .flatMap(it -> it.getValue().servers().stream())
                    .map(GatewayServers.Server::origin)
                    .toList();
        }
        var found = new ArrayList<Origin>();
        view.sidecar()
                .ifPresent(sidecar -> {
                    for (int egress = 0; egress < scope.egress().size(); egress++) {
                        var listener = scope.egress().get(egress);
                        if (!listener.takesAll() && asksFor(listener, name, port)) {
                            found.add(Origin.of(sidecar, "egress").index(egress));
                        }
                    }
                });
        return found;
    }

    private static boolean asksFor(Scope.Egress listener, String name, int port) {
        var asked = listener.listener().orElseThrow().port();
        var number = asked == null || asked.number() == null ? 0 : asked.number();
        return number == port
                && RouteTables.bind(listener).map(name::startsWith).orElse(number != 0);
    }

    /// Where the routes of a virtual host come from.
    ///
    /// @param routes by the number of the route in the virtual host; empty where the mesh itself says so
    /// @param skipped matches that make no route for this proxy, and why
    /// @param toHttps who sends all requests in plaintext to HTTPS
    public record HostOrigins(
            List<RouteOrigin> routes, List<Skipped> skipped, List<Origin> toHttps) {
        static final HostOrigins NONE = new HostOrigins(List.of(), List.of(), List.of());

        public Optional<RouteOrigin> route(int number) {
            return number < routes.size() ? Optional.of(routes.get(number)) : Optional.empty();
        }
    }

    /// @param route `spec.http[1]`
    /// @param match `spec.http[1].match[0]`; the same as the route where there is none
    /// @param destinations by cluster: `spec.http[1].route[0]`
    /// @param missing destinations that do not exist
    /// @param written the route's fields that a user has set, and where; others have defaults
    /// @param handedOver the route of another VirtualService that hands over to this one
    public record RouteOrigin(
            Origin route,
            Origin match,
            Map<String, Origin> destinations,
            List<Missing> missing,
            Map<String, Origin> written,
            Optional<Origin> handedOver) {
        /// The VirtualService that has the host.
        public ResourceKey routedBy() {
            return handedOver.orElse(route).resource();
        }

        /// Where one of the route's fields is set.
        public Origin field(String name) {
            var at = written.get(name);
            return at == null ? route.field(name) : at;
        }
    }

    /// @param what in words: `no service nobody.shop.svc.cluster.local`
    public record Missing(Origin origin, int weight, String what) {}

    /// @param before number of the route that it would stand before
    /// @param handedOver whether it stands in a delegate
    public record Skipped(Origin match, String why, int before, boolean handedOver) {}

    /// @param table name of the route table
    public HostOrigins virtualHost(String table, VirtualHost host) {
        return proxy.role() == Proxy.Role.GATEWAY ? ofGateway(table, host) : ofSidecar(host);
    }

    private HostOrigins ofSidecar(VirtualHost host) {
        var colon = host.getName().lastIndexOf(':');
        if (colon < 0) {
            return HostOrigins.NONE;
        }
        var name = host.getName().substring(0, colon);
        var port = Integer.parseInt(host.getName().substring(colon + 1));
        var site = new Site(Site.MESH, view.namespace(), port, labels);
        for (int egress = 0; egress < scope.egress().size(); egress++) {
            var seen = seen(egress);
            var result = VirtualHosts.routes(seen, name, port, view.namespace(), labels);
            if (result.isPresent() && result.get().routes().equals(host.getRoutesList())) {
                var made = result.get();
                return new HostOrigins(
                        made.sources().stream().map(it -> origin(seen, it, site)).toList(),
                        made.skipped().stream().map(it -> skipped(it, site)).toList(),
                        List.of());
            }
        }
        return HostOrigins.NONE;
    }

    private HostOrigins ofGateway(String table, VirtualHost host) {
        var workload = facts.workload(proxy.instance());
        if (workload.isEmpty()) {
            return HostOrigins.NONE;
        }
        var gateway = Translation.gateway(proxy);
        var seen = seen(0);
        var place = new Gateways.Place(gateway.namespace(), workload.get());
        return Gateways.servers(seen, gateway).all().entrySet().stream()
                .flatMap(it -> GatewayTables.of(it.getKey(), it.getValue()).stream())
                .filter(plan -> plan.name().equals(table))
                .findFirst()
                .map(plan -> ofTable(plan, seen, place, host))
                .orElse(HostOrigins.NONE);
    }

    private HostOrigins ofTable(
            GatewayTables.Plan plan, Seen seen, Gateways.Place place, VirtualHost host) {
        var port = plan.address().port();
        // a site differs by its gateway only, and that is decided already
        var site = place.site(plan.servers().getFirst(), port);
        return new GatewayTables(seen, place)
                .hosts(plan, new HashSet<>()).entrySet().stream()
                        .filter(it ->
                                VirtualHosts.name(it.getKey(), port).equals(host.getName())
                                        && it.getValue().routes().equals(host.getRoutesList()))
                        .findFirst()
                        .map(Map.Entry::getValue)
                        .map(found ->
                                new HostOrigins(
                                        found.sources().stream()
                                                .map(it -> origin(seen, it, site))
                                                .toList(),
                                        found.skipped().stream()
                                                .map(it -> skipped(it, site))
                                                .toList(),
                                        List.copyOf(found.toHttps())))
                        .orElse(HostOrigins.NONE);
    }

    private RouteOrigin origin(Seen seen, RouteSource source, Site site) {
        var destinations = new LinkedHashMap<String, Origin>();
        var missing = new ArrayList<Missing>();
        for (var sent : Routes.sent(seen, source.written(), site)) {
            var origin = source.origin().field("route").index(sent.number());
            if (sent.cluster().isEmpty()) {
                var wanted = source.route().route().get(sent.number()).destination();
                var host = Hosts.resolve(wanted.host(), source.service().namespace());
                missing.add(
                        new Missing(
                                origin.field("destination"),
                                sent.weight(),
                                Destinations.missing(
                                        seen,
                                        host,
                                        wanted,
                                        site.port(),
                                        source.written().hosts())));
            } else {
                destinations.putIfAbsent(sent.cluster(), origin);
            }
        }
        return new RouteOrigin(
                source.origin(),
                source.matchOrigin(),
                destinations,
                missing,
                written(source),
                source.written().handedOver().map(WrittenRoute.Handing::origin));
    }

    private static Map<String, Origin> written(RouteSource source) {
        var fields = new HashMap<String, Origin>();
        for (var field : written(source.route())) {
            fields.put(field, source.written().origin(field));
        }
        return fields;
    }

    private static Set<String> written(HttpRoute route) {
        var written = new HashSet<String>();
        note(written, "directResponse", route.directResponse());
        note(written, "timeout", route.timeout());
        note(written, "retries", route.retries());
        note(written, "fault", route.fault());
        note(written, "rewrite", route.rewrite());
        note(written, "corsPolicy", route.corsPolicy());
        note(written, "headers", route.headers());
        note(written, "mirror", route.mirror());
        note(written, "mirrors", route.mirrors().isEmpty() ? null : route.mirrors());
        return written;
    }

    private static void note(Set<String> written, String field, @Nullable Object value) {
        if (value != null) {
            written.add(field);
        }
    }

    private static Skipped skipped(Routes.Skipped skipped, Site site) {
        var source = skipped.source();
        var match = source.condition();
        var why =
                match == null
                        ? ""
                        : site.unmet(
                                        match.port(),
                                        match.gateways(),
                                        match.sourceLabels(),
                                        match.sourceNamespace(),
                                        source.service().namespace())
                                .orElse("it is for another listener");
        return new Skipped(
                source.matchOrigin(),
                why,
                skipped.before(),
                source.written().handedOver().isPresent());
    }

    /// The VirtualServices that name a host and do not route it for this proxy, and why.
    ///
    /// @param taken the one that does
    public List<Skipped> otherRoutes(String host, Optional<ResourceKey> taken) {
        var others = new ArrayList<Skipped>();
        for (var routes : facts.config().of(VirtualService.class)) {
            var named =
                    routes.spec().hosts().stream()
                            .map(written -> Hosts.resolve(written, routes.namespace()))
                            .anyMatch(written -> Hosts.covers(written, host));
            if (named
                    && !taken.equals(Optional.of(routes.key()))
                    && (isInMesh(routes.key()) || namesIt(routes, host))) {
                others.add(new Skipped(Origin.of(routes.key()), whyNot(routes, taken), 0, false));
            }
        }
        return others;
    }

    private boolean isInMesh(ResourceKey routes) {
        return facts.routes().entries().stream().anyMatch(it -> it.key().equals(routes));
    }

    /// A wildcard on a gateway is no word about a service.
    private static boolean namesIt(Resource<VirtualService> routes, String host) {
        return routes.spec().hosts().stream()
                .map(written -> Hosts.resolve(written, routes.namespace()))
                .anyMatch(host::equals);
    }

    private String whyNot(Resource<VirtualService> routes, Optional<ResourceKey> taken) {
        if (proxy.role() == Proxy.Role.GATEWAY) {
            return whyNotAtGateway(routes, taken);
        }
        var entry =
                facts.routes().entries().stream()
                        .filter(it -> it.key().equals(routes.key()))
                        .findFirst();
        if (entry.isEmpty()) {
            return "it is bound to gateways only: %s"
                    .formatted(String.join(", ", routes.spec().gateways()));
        }
        if (!entry.get().visibility().from(view.namespace())) {
            return "its exportTo does not show it to namespace %s".formatted(view.namespace());
        }
        return taken.isPresent()
                ? "%s has the host: a narrower host counts more, then exportTo that names this namespace, then the order of names"
                        .formatted(taken.get())
                : "the Sidecar does not import it, or it has no routes for this protocol";
    }

    private String whyNotAtGateway(Resource<VirtualService> routes, Optional<ResourceKey> taken) {
        var gateway = Translation.gateway(proxy);
        var servers =
                Gateways.servers(facts, gateway).all().values().stream()
                        .flatMap(listening -> listening.servers().stream())
                        .filter(server ->
                                facts.routesOf(server.gateway().key()).stream()
                                        .anyMatch(it -> it.key().equals(routes.key())))
                        .toList();
        if (servers.isEmpty()) {
            return "it is not bound to a Gateway of this proxy";
        }
        if (!Gateways.isSeen(facts, routes, gateway.namespace())) {
            return "its exportTo does not show it to namespace %s, where the gateway is"
                    .formatted(gateway.namespace());
        }
        if (servers.stream().allMatch(server -> server.served(routes).isEmpty())) {
            return "no server of %s takes its hosts from namespace %s"
                    .formatted(
                            servers.stream()
                                    .map(server -> server.gateway().key().toString())
                                    .distinct()
                                    .collect(Collectors.joining(", ")),
                            routes.namespace());
        }
        return "it has no routes for this server, or its host is taken there by %s"
                .formatted(taken.map(ResourceKey::toString).orElse("nobody"));
    }

    /// Where a cluster comes from.
    ///
    /// @param service empty where no service is meant
    /// @param definition the ServiceEntry; empty where a registry says it
    /// @param rule the DestinationRule that its callers follow
    /// @param parts by field of a traffic policy (`tls`, `connectionPool`, …): where the one that counts stands
    public record ClusterOrigins(
            Optional<Service> service,
            Optional<Origin> definition,
            Optional<Origin> rule,
            Optional<Origin> subset,
            Map<String, String> subsetLabels,
            Map<String, Origin> parts) {
        static final ClusterOrigins NONE =
                new ClusterOrigins(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Map.of(),
                        Map.of());
    }

    /// @param name `outbound|9080|v1|reviews.shop.svc.cluster.local`
    public ClusterOrigins cluster(String name) {
        var written =
                name.startsWith(MeshPassage.PREFIX)
                        ? name.substring(MeshPassage.PREFIX.length()).replace("_.", "|")
                        : name;
        var parts = written.split("\\|", -1);
        if (!parts[0].equals("outbound") || parts.length != PARTS) {
            return ClusterOrigins.NONE;
        }
        var seen = seen(0);
        var host = parts[HOST];
        var service = seen.service(host);
        var rule = DestinationRules.of(seen, host, view.namespace());
        var rules = seen.rules(host);
        var subset =
                rule.flatMap(found ->
                        found.spec().subsets().stream()
                                .filter(it -> it.name().equals(parts[SUBSET]))
                                .findFirst());
        var origins = new LinkedHashMap<String, Origin>();
        rule.ifPresent(found -> {
            var layers =
                    TrafficPolicies.layers(found.spec(), parts[SUBSET], Integer.parseInt(parts[1]));
            PolicyPart.ALL.forEach((field, part) ->
                    layers.reversed().stream()
                            .map(part::ofPolicy)
                            .flatMap(Stream::ofNullable)
                            .findFirst()
                            .flatMap(value -> written(rules, field, part, value))
                            .ifPresent(origin -> origins.put(field, origin)));
        });
        return new ClusterOrigins(
                service,
                service.flatMap(Service::origin).map(Origin::of),
                rule.map(found -> Origin.of(found.key())),
                subset.flatMap(it -> written(rules, it)),
                subset.map(Subset::labels).<Map<String, String>>map(it -> it).orElse(Map.of()),
                origins);
    }

    /// A part of a traffic policy.
    private record PolicyPart(
            Function<TrafficPolicy, @Nullable Object> policy,
            Function<dev.quartet.config.networking.PortTrafficPolicy, @Nullable Object> port) {
        static final Map<String, PolicyPart> ALL = all();

        private static Map<String, PolicyPart> all() {
            var all = new LinkedHashMap<String, PolicyPart>();
            all.put(
                    "loadBalancer",
                    new PolicyPart(TrafficPolicy::loadBalancer, port -> port.loadBalancer()));
            all.put(
                    "connectionPool",
                    new PolicyPart(TrafficPolicy::connectionPool, port -> port.connectionPool()));
            all.put(
                    "outlierDetection",
                    new PolicyPart(
                            TrafficPolicy::outlierDetection, port -> port.outlierDetection()));
            all.put("tls", new PolicyPart(TrafficPolicy::tls, port -> port.tls()));
            all.put("tunnel", new PolicyPart(TrafficPolicy::tunnel, port -> null));
            all.put("proxyProtocol", new PolicyPart(TrafficPolicy::proxyProtocol, port -> null));
            all.put("retryBudget", new PolicyPart(TrafficPolicy::retryBudget, port -> null));
            return all;
        }

        @Nullable Object ofPolicy(TrafficPolicy from) {
            return policy.apply(from);
        }
    }

    /// Rules of one host are merged by taking over what they hold, so a part is found by its identity.
    private static Optional<Origin> written(
            List<Resource<DestinationRule>> rules, String field, PolicyPart part, Object value) {
        for (var rule : rules) {
            var own = Origin.of(rule.key(), "trafficPolicy");
            var found = written(rule.spec().trafficPolicy(), own, field, part, value);
            if (found.isPresent()) {
                return found;
            }
            for (int i = 0; i < rule.spec().subsets().size(); i++) {
                var subset = Origin.of(rule.key(), "subsets").index(i).field("trafficPolicy");
                found =
                        written(
                                rule.spec().subsets().get(i).trafficPolicy(),
                                subset,
                                field,
                                part,
                                value);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    @SuppressWarnings("ReferenceEquality")
    private static Optional<Origin> written(
            @Nullable TrafficPolicy policy,
            Origin at,
            String field,
            PolicyPart part,
            Object value) {
        if (policy == null) {
            return Optional.empty();
        }
        if (part.ofPolicy(policy) == value) {
            return Optional.of(at.field(field));
        }
        for (int i = 0; i < policy.portLevelSettings().size(); i++) {
            if (part.port().apply(policy.portLevelSettings().get(i)) == value) {
                return Optional.of(at.field("portLevelSettings").index(i).field(field));
            }
        }
        return Optional.empty();
    }

    @SuppressWarnings("ReferenceEquality")
    private static Optional<Origin> written(List<Resource<DestinationRule>> rules, Subset subset) {
        for (var rule : rules) {
            for (int i = 0; i < rule.spec().subsets().size(); i++) {
                if (rule.spec().subsets().get(i) == subset) {
                    return Optional.of(Origin.of(rule.key(), "subsets").index(i));
                }
            }
        }
        return Optional.empty();
    }

    /// Who sends a listener's connections where a filter chain sends them.
    ///
    /// @param listener its name
    public Optional<Origin> connections(String listener, FilterChain chain) {
        return madeOf(listener, chain)
                .filter(it -> it.origin() != null)
                .map(it -> new Origin(java.util.Objects.requireNonNull(it.origin()), it.path()));
    }

    /// What of the route that a filter chain is made of could not be made as it is written.
    public List<Problem> connectionProblems(String listener, FilterChain chain) {
        return madeOf(listener, chain).map(ConnectionRoutes.Chain::problems).orElse(List.of());
    }

    /// The cluster that a filter chain chooses by the name in the handshake; empty where it does not.
    public Optional<String> clusterByName(String listener, FilterChain chain, String sni) {
        return atGateway(listener, chain)
                .filter(it -> it.server().mode() == Gateway.Mode.AUTO_PASSTHROUGH)
                .map(_ -> MeshPassage.PREFIX + sni);
    }

    /// The settings of TLS at a gateway that a filter chain is made of.
    public Optional<Origin> endOfTls(String listener, FilterChain chain) {
        return atGateway(listener, chain)
                .map(Gateways.Chain::server)
                .filter(server -> server.kind() == GatewayServers.Kind.TLS)
                .map(server -> server.origin().field("tls"));
    }

    private Optional<Gateways.Chain> atGateway(String listener, FilterChain chain) {
        if (proxy.role() != Proxy.Role.GATEWAY) {
            return Optional.empty();
        }
        return Gateways.chains(seen(0), Translation.gateway(proxy))
                .getOrDefault(listener, List.of())
                .stream()
                .filter(it -> it.chain().getFilterChainMatch().equals(chain.getFilterChainMatch()))
                .findFirst();
    }

    private Optional<ConnectionRoutes.Chain> madeOf(String listener, FilterChain chain) {
        if (proxy.role() == Proxy.Role.GATEWAY) {
            return atGateway(listener, chain).flatMap(it -> Optional.ofNullable(it.connections()));
        }
        if (chain.getFiltersCount() == 0) {
            return Optional.empty();
        }
        var chains =
                OutboundListeners.connections(
                        this::seen, scope, view.namespace(), labels, ClientSide.of(facts, proxy));
        var same =
                chains.getOrDefault(listener, List.of()).stream()
                        .filter(it -> it.filters().equals(chain.getFiltersList()))
                        .toList();
        return same.stream()
                .filter(it -> it.match().equals(chain.getFilterChainMatch()))
                .findFirst()
                .or(() -> same.stream().findFirst());
    }

    /// What a workload is written in: a WorkloadEntry, a WorkloadGroup, an endpoint of a ServiceEntry. Empty where a registry says it.
    public Optional<Origin> workload(Workload workload, Optional<Service> service) {
        var resources = facts.config().resources();
        var entry = new ResourceKey(Kind.WORKLOAD_ENTRY, workload.namespace(), workload.name());
        if (workload.instance().equals(workload.name() + "." + workload.namespace())
                && resources.get(entry) instanceof Resource<?> found
                && found.spec() instanceof WorkloadEntry) {
            return Optional.of(Origin.of(entry));
        }
        var inline =
                service.flatMap(Service::origin).flatMap(key -> endpoint(key, workload.instance()));
        if (inline.isPresent()) {
            return inline;
        }
        var group = new ResourceKey(Kind.WORKLOAD_GROUP, workload.namespace(), workload.name());
        return resources.get(group) instanceof Resource<?> found
                        && found.spec() instanceof WorkloadGroup
                ? Optional.of(Origin.of(group))
                : Optional.empty();
    }

    private Optional<Origin> endpoint(ResourceKey key, String instance) {
        if (facts.config().resources().get(key) instanceof Resource<?> found
                && found.spec() instanceof ServiceEntry entry) {
            for (int i = 0; i < entry.endpoints().size(); i++) {
                if (instance.equals("%s-%d.%s".formatted(key.name(), i + 1, key.namespace()))) {
                    return Optional.of(Origin.of(key, "endpoints").index(i));
                }
            }
        }
        return Optional.empty();
    }

    /// The AuthorizationPolicies that select the proxy's workload.
    public List<AccessPolicy> accessPolicies() {
        return facts.workload(proxy.instance()).map(facts::accessPolicies).orElse(List.of());
    }

    /// The filter of the connection managers that decide by AuthorizationPolicies.
    public static final String ONE_PATH_ONLY = PolicyFilters.ONE_PATH_ONLY;

    /// What a proxy serves on a port of its workload, and who says how.
    ///
    /// @param name of the route table and the cluster
    /// @param ingress the entry of a Sidecar that asks for it
    /// @param peers who says whether callers need a certificate of the mesh; empty: the default
    /// @param checks the rules of Mixer that make Envoy ask before it forwards
    /// @param tls what a Sidecar says about TLS of callers outside of the mesh; in force where peers' mode is DISABLE
    public record Inbound(
            String name,
            Service service,
            Optional<Origin> ingress,
            PeerMode mode,
            Optional<Origin> peers,
            List<Check> checks,
            Optional<Origin> tls) {}

    /// @param always whether every request matches, else it depends on the request
    public record Check(Origin rule, boolean always, Optional<String> match) {}

    public Optional<Inbound> inbound(int port) {
        var workload = facts.workload(proxy.instance());
        var served =
                dev.quartet.pilot.translate.Inbound.served(facts, InboundScope.of(proxy, view))
                        .get(port);
        if (workload.isEmpty() || served == null) {
            return Optional.empty();
        }
        var checks = MixerFilters.checks(facts, workload.get(), served.service(), served.port());
        return Optional.of(
                new Inbound(
                        served.name(),
                        served.service(),
                        ingress(port),
                        facts.peerMode(workload.get(), port),
                        facts.peerDecision(workload.get(), port)
                                .map(it -> new Origin(it.policy(), it.field())),
                        checks.stream()
                                .map(check ->
                                        new Check(
                                                Origin.of(check.rule().key()),
                                                check.match() instanceof RuleMatcher.Match.Always,
                                                Optional.ofNullable(check.rule().match())
                                                        .map(Object::toString)))
                                .toList(),
                        served.tls().map(it -> new Origin(it.sidecar(), it.path()))));
    }

    /// What a workload's port says about tokens: the name of each provider, and what it is made from.
    public Map<String, Origin> tokens(int port) {
        var origins = new LinkedHashMap<String, Origin>();
        facts.workload(proxy.instance())
                .map(workload -> facts.tokenRules(workload, port))
                .ifPresent(rules ->
                        Stream.concat(rules.presented().stream(), rules.ofPolicy().stream())
                                .forEach(rule ->
                                        origins.put(
                                                TokenChecks.name(rule),
                                                new Origin(rule.policy(), rule.path()))));
        return origins;
    }

    private Optional<Origin> ingress(int port) {
        return view.sidecar()
                .flatMap(key ->
                        facts.sidecars(key.namespace()).stream()
                                .filter(found -> found.key().equals(key))
                                .findFirst())
                .flatMap(found -> {
                    var listeners = found.spec().ingress();
                    for (int i = 0; i < listeners.size(); i++) {
                        if (Integer.valueOf(port).equals(listeners.get(i).port().number())) {
                            return Optional.of(Origin.of(found.key(), "ingress").index(i));
                        }
                    }
                    return Optional.empty();
                });
    }

    /// The hosts that the proxy knows, for near misses.
    public List<String> hosts() {
        var hosts = new TreeSet<>(scope.services().keySet());
        scope.egress().forEach(listener -> hosts.addAll(listener.routes().keySet()));
        return List.copyOf(hosts);
    }

    /// The service that a host means to the proxy.
    public Optional<Service> service(String host) {
        return seen(0).service(host);
    }

    /// How each port of each service that the proxy sees is spoken to.
    public List<PeerTls> peers() {
        var seen = seen(0);
        return scope.services().keySet().stream()
                .flatMap(host -> seen.service(host).stream())
                .flatMap(service ->
                        service.ports().stream().map(port -> peer(seen, service, port.number())))
                .toList();
    }

    /// Tokens that workloads behind a service's port believe.
    ///
    /// @param needed whether a request needs one of the policy's tokens, on paths that trigger them
    public record Believed(Origin origin, String issuer, boolean needed) {}

    public List<Believed> tokens(PeerTls peer) {
        var seen = seen(0);
        var service = seen.service(peer.host());
        return service.stream()
                .flatMap(found ->
                        found.ports().stream()
                                .filter(port -> port.number() == peer.port())
                                .flatMap(port ->
                                        seen.workloads(found).stream()
                                                .map(it ->
                                                        facts.tokenRules(
                                                                it, it.portFor(found, port)))))
                .flatMap(rules ->
                        Stream.of(
                                        believed(rules.presented(), false),
                                        believed(rules.peers(), rules.needsPeer()),
                                        believed(rules.origins(), rules.needsOrigin()))
                                .flatMap(it -> it))
                .distinct()
                .toList();
    }

    private static Stream<Believed> believed(List<TokenRule> rules, boolean needed) {
        return rules.stream()
                .map(rule ->
                        new Believed(
                                new Origin(rule.policy(), rule.path()), rule.issuer(), needed));
    }

    private PeerTls peer(Seen seen, Service service, int port) {
        var rule = DestinationRules.of(seen, service.host(), view.namespace());
        var workloads = seen.workloads(service);
        var servicePort = service.port(port).orElseThrow();
        return new PeerTls(
                service.host(),
                port,
                workloads.stream()
                        .filter(Workload::hasSidecar)
                        .flatMap(it ->
                                facts.peerDecision(it, it.portFor(service, servicePort)).stream())
                        .map(PeerDecision::policy)
                        .collect(Collectors.toCollection(TreeSet::new)),
                workloads.stream()
                        .map(it ->
                                service.inMesh()
                                        ? server(it, it.portFor(service, servicePort))
                                        : PeerTls.Server.UNKNOWN)
                        .collect(Collectors.toCollection(TreeSet::new)),
                rule.map(Resource::key),
                TrafficPolicies.layers(rule, "", port).reversed().stream()
                        .flatMap(policy -> Stream.ofNullable(policy.tls()))
                        .findFirst()
                        .map(ClientTlsSettings::mode),
                service.inMesh() && facts.mesh().autoMtls());
    }

    private PeerTls.Server server(Workload workload, int port) {
        if (!workload.hasSidecar()) {
            return PeerTls.Server.DISABLE;
        }
        return switch (facts.peerMode(workload, port)) {
            case STRICT -> PeerTls.Server.STRICT;
            // without any wish for it, TLS of the mesh is taken all the same
            case DISABLE, PERMISSIVE -> PeerTls.Server.PERMISSIVE;
        };
    }
}
