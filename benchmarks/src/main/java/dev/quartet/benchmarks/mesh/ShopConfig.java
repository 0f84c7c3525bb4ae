package dev.quartet.benchmarks.mesh;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.config.write.CanonicalJson;
import dev.quartet.wire.mcp.Metadata;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// A mesh of `services` services over ten namespaces and ten HTTP ports, with ten endpoints each. Every service has a VirtualService (a split
/// of 90 to 10, a timeout, retries, a header) and a DestinationRule (two subsets, a connection pool, outlier detection). In
/// the form in which Galley publishes it.
public record ShopConfig(int services) {
    public static final int NAMESPACES = 10;
    public static final int ENDPOINTS = 10;
    private static final int PORTS = 10;

    /// By kind, then by MCP name.
    public Map<Kind, SortedMap<String, dev.quartet.wire.mcp.Resource>> collections(int mixerPort) {
        var texts = new ArrayList<String>();
        texts.add(meshConfig(mixerPort));
        for (var service = 0; service < services; service++) {
            texts.add(
                    serviceEntry(service) + destinationRule(service) + virtualService(service, 90));
        }
        for (var workload = 0; workload < services * ENDPOINTS; workload++) {
            texts.add(workloadEntry(workload, 1));
        }
        var collections =
                new EnumMap<Kind, SortedMap<String, dev.quartet.wire.mcp.Resource>>(Kind.class);
        for (var kind : Kind.values()) {
            collections.put(kind, new TreeMap<>());
        }
        for (var text : texts) {
            read(text)
                    .forEach((key, resource) ->
                            collections
                                    .computeIfAbsent(key.kind(), _ -> new TreeMap<>())
                                    .put(key.namespacedName(), resource));
        }
        return collections;
    }

    /// The first service's route with another weight.
    public dev.quartet.wire.mcp.Resource editedRoute(int weight) {
        return read(virtualService(0, weight)).values().iterator().next();
    }

    /// The first service's sixth endpoint with another weight: a single proxy is the first.
    public dev.quartet.wire.mcp.Resource editedEndpoint(int weight) {
        return read(workloadEntry(5 * services, weight)).values().iterator().next();
    }

    private static int port(int service) {
        return 8000 + service / NAMESPACES % PORTS;
    }

    public static String namespace(int index) {
        return "shop-" + index % NAMESPACES;
    }

    /// Which service a workload belongs to.
    public int serviceOf(int workload) {
        return workload % services;
    }

    public static String address(int workload) {
        return "10."
                + (1 + workload / 62_500)
                + "."
                + workload / 250 % 250
                + "."
                + (1 + workload % 250);
    }

    private static String meshConfig(int mixerPort) {
        return """
        apiVersion: mesh.istio.io/v1alpha1
        kind: MeshConfig
        metadata: {name: default, namespace: istio-system}
        spec:
          mixerCheckServer: 127.0.0.1:%1$d
          mixerReportServer: 127.0.0.1:%1$d
          enableAutoMtls: true
          outboundTrafficPolicy: {mode: ALLOW_ANY}
          trustDomain: cluster.local
          rootNamespace: istio-system
        """
                .formatted(mixerPort);
    }

    private static String host(int service) {
        return "service-%d.%s.svc.cluster.local".formatted(service, namespace(service));
    }

    private static String serviceEntry(int service) {
        return """
        ---
        apiVersion: networking.istio.io/v1alpha3
        kind: ServiceEntry
        metadata: {name: service-%1$d, namespace: %2$s}
        spec:
          hosts: [%3$s]
          location: MESH_INTERNAL
          resolution: STATIC
          addresses: [10.200.%4$d.%5$d]
          ports: [{number: %6$d, name: http, protocol: HTTP}]
          workloadSelector: {labels: {app: service-%1$d}}
        """
                .formatted(
                        service,
                        namespace(service),
                        host(service),
                        service / 250,
                        1 + service % 250,
                        port(service));
    }

    private static String destinationRule(int service) {
        return """
        ---
        apiVersion: networking.istio.io/v1alpha3
        kind: DestinationRule
        metadata: {name: service-%1$d, namespace: %2$s}
        spec:
          host: %3$s
          trafficPolicy:
            connectionPool: {tcp: {maxConnections: 1000}, http: {http1MaxPendingRequests: 1000, maxRequestsPerConnection: 100}}
            outlierDetection: {consecutiveErrors: 7, interval: 5m, baseEjectionTime: 15m}
          subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
        """
                .formatted(service, namespace(service), host(service));
    }

    private static String virtualService(int service, int weight) {
        return """
        ---
        apiVersion: networking.istio.io/v1alpha3
        kind: VirtualService
        metadata: {name: service-%1$d, namespace: %2$s}
        spec:
          hosts: [%3$s]
          http:
          - timeout: 10s
            retries: {attempts: 3, perTryTimeout: 2s, retryOn: "connect-failure,refused-stream,503"}
            headers: {request: {set: {x-shop: "%1$d"}}}
            route:
            - {destination: {host: %3$s, subset: v1}, weight: %4$d}
            - {destination: {host: %3$s, subset: v2}, weight: %5$d}
        """
                .formatted(service, namespace(service), host(service), weight, 100 - weight);
    }

    private String workloadEntry(int workload, int weight) {
        var service = serviceOf(workload);
        return """
        ---
        apiVersion: networking.istio.io/v1alpha3
        kind: WorkloadEntry
        metadata: {name: w-%1$d, namespace: %2$s}
        spec:
          address: %3$s
          labels: {app: service-%4$d, version: v%5$d}
          serviceAccount: default
          weight: %6$d
        """
                .formatted(
                        workload,
                        namespace(service),
                        address(workload),
                        service,
                        1 + workload / services % 2,
                        weight);
    }

    private static Map<dev.quartet.config.ResourceKey, dev.quartet.wire.mcp.Resource> read(
            String yaml) {
        var result = new ResourceReader("default").readYaml("bench.yaml", yaml);
        if (result.hasErrors()) {
            throw new IllegalStateException(
                    "the benchmark's own config is refused: " + result.problems().getFirst());
        }
        var encoded =
                new java.util.LinkedHashMap<
                        dev.quartet.config.ResourceKey, dev.quartet.wire.mcp.Resource>();
        result.plainResources().forEach(resource -> encoded.put(resource.key(), encode(resource)));
        return encoded;
    }

    private static dev.quartet.wire.mcp.Resource encode(Resource<?> resource) {
        return dev.quartet.wire.mcp.Resource.newBuilder()
                .setMetadata(
                        Metadata.newBuilder()
                                .setName(resource.key().namespacedName())
                                .setVersion(resource.version())
                                .putAllLabels(resource.labels())
                                .putAllAnnotations(resource.annotations()))
                .setBody(
                        Any.pack(
                                BytesValue.of(
                                        ByteString.copyFrom(CanonicalJson.write(resource.spec())))))
                .build();
    }
}
