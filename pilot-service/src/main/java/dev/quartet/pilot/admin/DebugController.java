package dev.quartet.pilot.admin;

import dev.quartet.admin.ServiceName;
import dev.quartet.config.Kind;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.write.CanonicalJson;
import dev.quartet.pilot.snapshot.Findings;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.snapshot.Service;
import dev.quartet.pilot.snapshot.Workload;
import io.swagger.v3.oas.annotations.Hidden;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

/// `/debug/*` as Istio 1.4's Pilot has it, so that scripts which ask it go on: the pages on the mesh; those on proxies are
/// [ProxyDebugController]'s. What is new is in `/admin/v1` only. What could be long is bounded.
@RestController
@Tag(name = "debug")
final class DebugController {
    private static final int MOST_ENTRIES = 5_000;
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT =
            new TypeReference<>() {};

    private static final List<IndexEntry> INDEX =
            List.of(
                    new IndexEntry("/debug/adsz", "what each proxy is given; ?push=1 looks again"),
                    new IndexEntry(
                            "/debug/authenticationz?proxyID=",
                            "how a proxy and the services that it sees speak TLS with each other, and which tokens these believe"),
                    new IndexEntry(
                            "/debug/authorizationz?proxyID=",
                            "the AuthorizationPolicies that decide over a proxy's requests"),
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
    private final ServiceName service;
    private final HealthEndpoint health;

    DebugController(PilotView pilot, ServiceName service, HealthEndpoint health) {
        this.pilot = pilot;
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
}
