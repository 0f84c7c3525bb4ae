package dev.quartet.pilot.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.admin.ServiceName;
import dev.quartet.config.Kind;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.write.CanonicalJson;
import dev.quartet.pilot.snapshot.Findings;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.snapshot.Service;
import dev.quartet.pilot.snapshot.Workload;
import dev.quartet.pilot.status.ConfigLedger;
import dev.quartet.pilot.translate.ProxyConfig;
import dev.quartet.pilot.translate.XdsResource;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.xds.AdsServer.Holdings;
import dev.quartet.pilot.xds.ConnectionStatus;
import dev.quartet.pilot.xds.ConnectionStatus.Mark;
import io.swagger.v3.oas.annotations.Hidden;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.contributor.Status;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// `/debug/*` as Istio 1.4's Pilot has it, so that scripts which ask it go on. What is new is in `/admin/v1` only.
///
/// What could be long is bounded: who asks for more than is shown names a proxy by `proxyID`, its node's id or its instance.
@RestController
@Tag(name = "debug")
final class DebugController {
    /// Proxies of which all resources are told where none is named.
    private static final int MOST_WHOLE_PROXIES = 10;

    private static final int MOST_PROXIES = 1_000;
    private static final int MOST_ENTRIES = 5_000;
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT =
            new TypeReference<>() {};

    private static final String ENVOY_ADMIN = "type.googleapis.com/envoy.admin.v3.";

    private static final List<IndexEntry> INDEX =
            List.of(
                    new IndexEntry("/debug/adsz", "what each proxy is given; ?push=1 looks again"),
                    new IndexEntry("/debug/cdsz", "the clusters of each proxy"),
                    new IndexEntry(
                            "/debug/config_distribution?resource=VirtualService/shop/reviews",
                            "which proxies have ACKed the version of a resource that is in force"),
                    new IndexEntry(
                            "/debug/config_dump?proxyID=",
                            "what a proxy should hold, in the form of Envoy's own dump"),
                    new IndexEntry("/debug/configz", "the config in force"),
                    new IndexEntry("/debug/edsz", "the endpoints of each proxy"),
                    new IndexEntry("/debug/endpointShardz", "the endpoints by service"),
                    new IndexEntry("/debug/endpointz", "the endpoints by service and port"),
                    new IndexEntry("/debug/push_status", "what looks odd in the mesh"),
                    new IndexEntry("/debug/registryz", "the services"),
                    new IndexEntry("/debug/syncz", "what was sent to each proxy and ACKed"));

    /// @param path with what it needs
    record IndexEntry(String path, String what) {}

    private final PilotView pilot;
    private final ConfigLedger ledger;
    private final ServiceName service;
    private final HealthEndpoint health;

    DebugController(
            PilotView pilot, ConfigLedger ledger, ServiceName service, HealthEndpoint health) {
        this.pilot = pilot;
        this.ledger = ledger;
        this.service = service;
        this.health = health;
    }

    @Operation(summary = "What there is under /debug")
    @GetMapping("/debug")
    List<IndexEntry> index() {
        return INDEX;
    }

    @Operation(summary = "The version of this Pilot")
    @GetMapping(path = "/version", produces = MediaType.TEXT_PLAIN_VALUE)
    String version() {
        return service.version() + "\n";
    }

    /// Not in the API's description: 503 is one of its two answers.
    @Hidden
    @GetMapping(path = "/ready", produces = MediaType.TEXT_PLAIN_VALUE)
    ResponseEntity<String> ready() {
        var readiness = health.healthForPath("readiness");
        return readiness != null && readiness.getStatus().equals(Status.UP)
                ? ResponseEntity.ok("ready\n")
                : ResponseEntity.status(503)
                        .body("not ready; /healthz/ready on the metrics port says why\n");
    }

    /// One proxy in Istio's words. A version is `revision/nonce` of a response; sent and acked are the same when nothing hangs.
    record SyncView(
            String proxy,
            String proxy_version,
            String istio_version,
            String cluster_sent,
            String cluster_acked,
            String listener_sent,
            String listener_acked,
            String route_sent,
            String route_acked,
            String endpoint_sent,
            String endpoint_acked,
            int endpoint_percent) {
        static SyncView of(ConnectionStatus status) {
            var types = status.types();
            var endpoints = type(types, XdsType.EDS);
            return new SyncView(
                    status.proxy().id(),
                    status.proxy().envoyVersion(),
                    "",
                    sent(types, XdsType.CDS),
                    acked(types, XdsType.CDS),
                    sent(types, XdsType.LDS),
                    acked(types, XdsType.LDS),
                    sent(types, XdsType.RDS),
                    acked(types, XdsType.RDS),
                    sent(types, XdsType.EDS),
                    acked(types, XdsType.EDS),
                    endpoints.count() == 0
                            ? 0
                            : Math.max(0, endpoints.count() - endpoints.unacked())
                                    * 100
                                    / endpoints.count());
        }

        private static ConnectionStatus.TypeStatus type(
                SortedMap<XdsType, ConnectionStatus.TypeStatus> types, XdsType type) {
            var found = types.get(type);
            return found == null
                    ? new ConnectionStatus.TypeStatus(0, 0, Mark.NONE, Mark.NONE, null)
                    : found;
        }

        private static String sent(
                SortedMap<XdsType, ConnectionStatus.TypeStatus> types, XdsType type) {
            return text(type(types, type).sent());
        }

        private static String acked(
                SortedMap<XdsType, ConnectionStatus.TypeStatus> types, XdsType type) {
            return text(type(types, type).acked());
        }

        private static String text(Mark mark) {
            return mark.equals(Mark.NONE) ? "" : mark.revision() + "/" + mark.nonce();
        }
    }

    @Operation(
            summary = "What was sent to each proxy and ACKed, as istioctl proxy-status reads it",
            description = "At most 1000 proxies")
    @GetMapping("/debug/syncz")
    List<SyncView> syncz() {
        return sorted(pilot.proxies().stream()).limit(MOST_PROXIES).map(SyncView::of).toList();
    }

    /// The version of the resource where the proxy has ACKed the type with it, else empty.
    record DistributionView(
            String proxy, String cluster_acked, String listener_acked, String route_acked) {}

    @Operation(
            summary = "Which proxies have ACKed the version of a resource that is in force",
            description = "At most 1000 proxies")
    @GetMapping("/debug/config_distribution")
    List<DistributionView> distribution(
            @Parameter(description = "VirtualService/shop/reviews") @RequestParam String resource,
            @RequestParam(name = "proxy_namespace", required = false) @Nullable String namespace) {
        var key = ResourceNames.key("resource", resource);
        var found =
                snapshot()
                        .<Resource<?>>flatMap(it ->
                                Optional.<Resource<?>>ofNullable(it.config().resources().get(key))
                                        .stream())
                        .findFirst()
                        .orElseThrow(() ->
                                ProblemException.notFound(
                                        "there is no %s in force; GET /debug/configz lists what there is"
                                                .formatted(key)));
        return sorted(pilot.proxies().stream())
                .filter(it -> namespace == null || it.proxy().namespace().equals(namespace))
                .limit(MOST_PROXIES)
                .map(it ->
                        new DistributionView(
                                it.proxy().id(),
                                acked(it, XdsType.CDS, found),
                                acked(it, XdsType.LDS, found),
                                acked(it, XdsType.RDS, found)))
                .toList();
    }

    /// A response that was ACKed later than the resource changed has it, or the resource changes nothing of the type.
    private String acked(ConnectionStatus proxy, XdsType type, Resource<?> resource) {
        var inForce = proxy.revisionInForce();
        var status = proxy.types().get(type);
        var acked = status == null ? "" : status.acked().revision();
        return ledger.isUnchangedSince(inForce, resource.key())
                        || ledger.isUnchangedSince(acked, resource.key())
                ? resource.version()
                : "";
    }

    /// @param push set: looks whether something is to be sent
    @Operation(
            summary = "What each proxy is given",
            description =
                    "Without proxyID of at most 10 proxies. ?push=1 looks at every proxy again; what it has already is not sent.")
    @GetMapping("/debug/adsz")
    Object adsz(
            @RequestParam(required = false) @Nullable String push,
            @RequestParam(required = false) @Nullable String proxyID) {
        if (push != null && !push.isEmpty()) {
            return Map.of(
                    "pushed",
                    pilot.lookAgain(),
                    "note",
                    "every proxy was looked at again; what one has already is not sent, so usually nothing was");
        }
        return proxies(proxyID).stream()
                .map(it -> {
                    var view = node(it);
                    view.put("listeners", content(it, XdsType.LDS));
                    view.put("RDSRoutes", content(it, XdsType.RDS));
                    view.put("clusters", content(it, XdsType.CDS));
                    return view;
                })
                .toList();
    }

    @Operation(
            summary = "The clusters of each proxy",
            description = "Without proxyID of at most 10 proxies")
    @GetMapping("/debug/cdsz")
    List<Map<String, Object>> cdsz(@RequestParam(required = false) @Nullable String proxyID) {
        return proxies(proxyID).stream()
                .map(it -> {
                    var view = node(it);
                    view.put("Clusters", content(it, XdsType.CDS));
                    return view;
                })
                .toList();
    }

    @Operation(
            summary = "The endpoints of each cluster that proxies are given",
            description =
                    "Of the proxy that proxyID names, else of all of up to 10 proxies, each cluster once. ?push=1 does what it does at adsz.")
    @GetMapping("/debug/edsz")
    Object edsz(
            @RequestParam(required = false) @Nullable String push,
            @RequestParam(required = false) @Nullable String proxyID) {
        if (push != null && !push.isEmpty()) {
            return adsz(push, null);
        }
        var byName = new TreeMap<String, XdsResource>();
        for (var proxy : proxies(proxyID)) {
            resources(proxy.goal(), XdsType.EDS)
                    .forEach(resource -> byName.putIfAbsent(resource.name(), resource));
        }
        return byName.values().stream()
                .limit(MOST_ENTRIES)
                .map(resource -> EnvoyJson.of(resource.content()))
                .toList();
    }

    @Operation(summary = "What a proxy should hold, in the form of Envoy's own /config_dump")
    @GetMapping("/debug/config_dump")
    Map<String, Object> configDump(
            @Parameter(description = "A node id or an instance") @RequestParam(required = false)
                    @Nullable String proxyID) {
        if (proxyID == null || proxyID.isBlank()) {
            throw ProblemException.badRequest(
                    "say whose config with ?proxyID=, a node id or an instance; GET /debug/syncz lists them");
        }
        var proxy = proxies(proxyID).getFirst();
        return Map.of(
                "configs",
                List.of(
                        dump(
                                "ClustersConfigDump",
                                "dynamic_active_clusters",
                                "cluster",
                                proxy,
                                XdsType.CDS),
                        listeners(proxy),
                        dump(
                                "RoutesConfigDump",
                                "dynamic_route_configs",
                                "route_config",
                                proxy,
                                XdsType.RDS),
                        dump(
                                "EndpointsConfigDump",
                                "dynamic_endpoint_configs",
                                "endpoint_config",
                                proxy,
                                XdsType.EDS),
                        dump(
                                "EcdsConfigDump",
                                "ecds_filters",
                                "ecds_filter",
                                proxy,
                                XdsType.ECDS)));
    }

    private static Map<String, Object> dump(
            String message, String list, String field, Holdings proxy, XdsType type) {
        return Map.of(
                "@type",
                ENVOY_ADMIN + message,
                list,
                resources(proxy.goal(), type).stream()
                        .map(it ->
                                Map.of(
                                        "version_info",
                                        it.version(),
                                        field,
                                        EnvoyJson.of(it.content())))
                        .toList());
    }

    private static Map<String, Object> listeners(Holdings proxy) {
        return Map.of(
                "@type",
                ENVOY_ADMIN + "ListenersConfigDump",
                "dynamic_listeners",
                resources(proxy.goal(), XdsType.LDS).stream()
                        .map(it ->
                                Map.of(
                                        "name",
                                        it.name(),
                                        "active_state",
                                        Map.of(
                                                "version_info",
                                                it.version(),
                                                "listener",
                                                EnvoyJson.of(it.content()))))
                        .toList());
    }

    @Operation(summary = "The services that Pilot knows", description = "At most 5000")
    @GetMapping("/debug/registryz")
    List<Map<String, Object>> registryz() {
        return services().limit(MOST_ENTRIES).map(DebugController::view).toList();
    }

    private static Map<String, Object> view(Service service) {
        var view = new LinkedHashMap<String, Object>();
        view.put("Attributes", Map.of("Name", service.name(), "Namespace", service.namespace()));
        view.put("hostname", service.host());
        view.put(
                "address",
                service.addresses().isEmpty() ? "0.0.0.0" : service.addresses().getFirst());
        view.put("ports", service.ports().stream().map(DebugController::view).toList());
        view.put("Resolution", service.resolution().name());
        view.put("MeshExternal", !service.inMesh());
        return view;
    }

    private static Map<String, Object> view(Service.Port port) {
        return Map.of(
                "name",
                port.name(),
                "port",
                port.number(),
                "protocol",
                port.detected() ? "UnsupportedProtocol" : port.protocol().name());
    }

    /// @param svc `host:port name`
    record EndpointsView(String svc, List<Map<String, Object>> ep) {}

    @Operation(
            summary = "The endpoints of each service and port",
            description = "At most 5000 of them; brief=1 gives the addresses only, as text")
    @GetMapping("/debug/endpointz")
    ResponseEntity<?> endpointz(@RequestParam(required = false) @Nullable String brief) {
        var all =
                services()
                        .flatMap(service ->
                                service.ports().stream().map(port -> endpoints(service, port)))
                        .limit(MOST_ENTRIES)
                        .toList();
        if (brief == null || brief.isEmpty()) {
            return ResponseEntity.ok(all);
        }
        var text = new StringBuilder();
        for (var one : all) {
            text.append(one.svc());
            one.ep().forEach(it -> text.append(' ').append(address(it)));
            text.append('\n');
        }
        return ResponseEntity.ok().contentType(MediaType.TEXT_PLAIN).body(text.toString());
    }

    private static String address(Map<String, Object> endpoint) {
        return endpoint.get("endpoint") instanceof Map<?, ?> at
                ? at.get("Address") + ":" + at.get("Port")
                : "";
    }

    private EndpointsView endpoints(Service service, Service.Port port) {
        return new EndpointsView(
                service.host() + ":" + port.name(),
                workloads(service).map(workload -> endpoint(service, port, workload)).toList());
    }

    private static Map<String, Object> endpoint(
            Service service, Service.Port port, Workload workload) {
        return Map.of(
                "endpoint",
                Map.of(
                        "Address",
                        workload.address(),
                        "Port",
                        workload.portFor(service, port),
                        "ServicePort",
                        view(port)),
                "labels",
                workload.labels(),
                "serviceaccount",
                workload.serviceAccount());
    }

    /// @param Shards addresses by cluster; Pilot has them all as one
    record ShardsView(
            Map<String, List<Map<String, Object>>> Shards, Map<String, Object> ServiceAccounts) {}

    @Operation(
            summary = "The endpoints by service and namespace",
            description = "At most 5000 services; of all registries together, as one shard")
    @GetMapping("/debug/endpointShardz")
    SortedMap<String, SortedMap<String, ShardsView>> endpointShardz() {
        var all = new TreeMap<String, SortedMap<String, ShardsView>>();
        services()
                .limit(MOST_ENTRIES)
                .forEach(service ->
                        all.computeIfAbsent(service.host(), _ -> new TreeMap<>())
                                .put(service.namespace(), shards(service)));
        return all;
    }

    private ShardsView shards(Service service) {
        var endpoints = new ArrayList<Map<String, Object>>();
        var accounts = new TreeMap<String, Object>();
        workloads(service)
                .forEach(workload -> {
                    accounts.put(workload.namespace() + "/" + workload.serviceAccount(), Map.of());
                    for (var port : service.ports()) {
                        endpoints.add(
                                Map.of(
                                        "Address",
                                        workload.address(),
                                        "EndpointPort",
                                        workload.portFor(service, port),
                                        "ServicePortName",
                                        port.name(),
                                        "Labels",
                                        workload.labels(),
                                        "ServiceAccount",
                                        workload.serviceAccount(),
                                        "LbWeight",
                                        workload.weight()));
                    }
                });
        return new ShardsView(Map.of("", endpoints), accounts);
    }

    @Operation(summary = "The config in force", description = "At most 5000 resources")
    @GetMapping("/debug/configz")
    List<Map<String, Object>> configz() {
        return snapshot()
                .flatMap(it -> it.config().resources().values().stream())
                .limit(MOST_ENTRIES)
                .<Map<String, Object>>map(DebugController::view)
                .toList();
    }

    private static Map<String, Object> view(Resource<?> resource) {
        var kind = resource.key().kind();
        var view = new LinkedHashMap<String, Object>();
        view.put("type", kebab(kind));
        view.put("group", kind.group());
        view.put("version", kind.versions().getFirst());
        view.put("name", resource.name());
        view.put("namespace", resource.namespace());
        view.put("resourceVersion", resource.version());
        view.put("labels", resource.labels());
        view.put("annotations", resource.annotations());
        view.put("Spec", JSON.readValue(CanonicalJson.write(resource.spec()), OBJECT));
        return view;
    }

    /// `virtual-service`
    private static String kebab(Kind kind) {
        return kind.label()
                .replaceAll("([a-z])([A-Z])", "$1-$2")
                .toLowerCase(java.util.Locale.ROOT);
    }

    @Operation(
            summary = "What looks odd in the mesh, under the names of Istio's metrics",
            description = "At most 5000 of each")
    @GetMapping("/debug/push_status")
    SortedMap<String, SortedMap<String, Map<String, String>>> pushStatus() {
        var status = new TreeMap<String, SortedMap<String, Map<String, String>>>();
        var findings = snapshot().map(MeshSnapshot::findings).findFirst();
        for (var kind : Findings.Kind.values()) {
            var found = new TreeMap<String, Map<String, String>>();
            findings.ifPresent(all ->
                    all.of(kind).entrySet().stream()
                            .limit(MOST_ENTRIES)
                            .forEach(it ->
                                    found.put(it.getKey(), Map.of("message", it.getValue()))));
            if (!found.isEmpty()) {
                status.put(kind.metric(), found);
            }
        }
        var conflicts = new TreeMap<String, Map<String, String>>();
        pilot.problems().stream()
                .filter(problem -> problem.reason() == Reason.CONFLICTING_LISTENERS)
                .limit(MOST_ENTRIES)
                .forEach(problem ->
                        conflicts.put(
                                String.valueOf(problem.resource()),
                                Map.of("message", problem.fault())));
        if (!conflicts.isEmpty()) {
            status.put("pilot_conflict_outbound_listener_tcp_over_current_tcp", conflicts);
        }
        return status;
    }

    private Stream<MeshSnapshot> snapshot() {
        return pilot.snapshot().stream();
    }

    private Stream<Service> services() {
        return snapshot().flatMap(it -> it.allServices().stream());
    }

    private Stream<Workload> workloads(Service service) {
        return snapshot().flatMap(it -> it.workloads(service).stream());
    }

    private static Stream<ConnectionStatus> sorted(Stream<ConnectionStatus> proxies) {
        return proxies.sorted(Comparator.comparing(it -> it.proxy().id()));
    }

    /// @param proxyID null: the first ones
    private List<Holdings> proxies(@Nullable String proxyID) {
        if (proxyID == null || proxyID.isBlank()) {
            return pilot.connected().stream()
                    .map(proxy -> proxy.instance())
                    .sorted()
                    .distinct()
                    .limit(MOST_WHOLE_PROXIES)
                    .flatMap(instance -> pilot.holdings(instance).stream())
                    .toList();
        }
        var instance =
                pilot.connected().stream()
                        .filter(proxy ->
                                proxy.id().equals(proxyID) || proxy.instance().equals(proxyID))
                        .map(proxy -> proxy.instance())
                        .findFirst();
        return instance.flatMap(pilot::holdings)
                .map(List::of)
                .orElseThrow(() ->
                        ProblemException.notFound(
                                "no proxy \"%s\" is connected to this Pilot; GET /debug/syncz lists those that are"
                                        .formatted(proxyID)));
    }

    private static Map<String, Object> node(Holdings proxy) {
        var view = new LinkedHashMap<String, Object>();
        view.put("node", proxy.status().proxy().id());
        view.put("addr", proxy.status().proxy().address());
        view.put("connect", proxy.status().connectedAt());
        return view;
    }

    private static List<Map<String, Object>> content(Holdings proxy, XdsType type) {
        return resources(proxy.goal(), type).stream()
                .limit(MOST_ENTRIES)
                .map(resource -> EnvoyJson.of(resource.content()))
                .toList();
    }

    private static List<XdsResource> resources(@Nullable ProxyConfig goal, XdsType type) {
        return goal == null
                ? List.of()
                : goal.sets(type).stream().flatMap(set -> set.all().stream()).toList();
    }
}
