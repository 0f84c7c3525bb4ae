package dev.quartet.pilot;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.pilot.ingest.MeshInputs;
import dev.quartet.pilot.ingest.Presence;
import dev.quartet.pilot.ingest.Presences;
import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.node.HttpOptions;
import dev.quartet.pilot.node.Place;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.node.ProxyListener;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.snapshot.SnapshotBuilder;
import dev.quartet.stream.ConfigSnapshot;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Meshes and proxies from text, as tests write them.
public final class Meshes {
    /// For who does not care who comes and goes.
    public static final ProxyListener NOBODY =
            new ProxyListener() {
                @Override
                public void connected(Proxy proxy) {}

                @Override
                public void disconnected(Proxy proxy) {}
            };

    private Meshes() {}

    public static ConfigSnapshot config(String revision, String... yaml) {
        var resources = new HashMap<ResourceKey, Resource<?>>();
        for (var text : yaml) {
            var result = new ResourceReader().readYaml("test.yaml", text);
            if (result.resources().isEmpty()
                    || result.problems().stream()
                            .anyMatch(it -> it.severity().name().equals("ERROR"))) {
                throw new AssertionError("the test's config does not read: " + result.problems());
            }
            result.resources()
                    .forEach(read -> resources.put(read.resource().key(), read.resource()));
        }
        return new ConfigSnapshot(revision, resources);
    }

    public static MeshInputs inputs(ConfigSnapshot config, Proxy... proxies) {
        return new MeshInputs(
                config,
                new Presences(Arrays.stream(proxies).map(Meshes::presence).sorted().toList(), true),
                Registry.EMPTY);
    }

    public static MeshSnapshot snapshot(ConfigSnapshot config, Proxy... proxies) {
        return new SnapshotBuilder().build(inputs(config, proxies));
    }

    private static Presence presence(Proxy proxy) {
        return new Presence(
                proxy.instance(),
                proxy.namespace(),
                proxy.group() == null ? "" : proxy.group(),
                proxy.workload(),
                proxy.address(),
                proxy.serviceAccount(),
                proxy.place());
    }

    /// A sidecar in capture mode NONE whose group and service account are named by its workload: `reviews-v1` has the
    /// account `reviews`.
    public static Proxy sidecar(String workload, String address) {
        return sidecar(workload, address, Proxy.Interception.NONE);
    }

    public static Proxy sidecar(String workload, String address, Proxy.Interception interception) {
        var none = interception == Proxy.Interception.NONE;
        return new Proxy(
                "sidecar~%s~%s-1.shop~shop.svc.cluster.local".formatted(address, workload),
                Proxy.Role.SIDECAR,
                "shop",
                workload.replaceAll("-v[0-9]+$", ""),
                workload + "-1.shop",
                workload,
                List.of(address),
                interception,
                workload,
                none ? 15002 : null,
                new TreeMap<>(none ? Map.of(9080, "127.0.0.1:19080") : Map.of()),
                HttpOptions.USUAL,
                Place.UNKNOWN,
                "1.40.0",
                new TreeMap<>());
    }

    public static Proxy gateway() {
        return new Proxy(
                "router~127.0.0.1~ingressgateway-1.istio-system~istio-system.svc.cluster.local",
                Proxy.Role.GATEWAY,
                "istio-system",
                "ingressgateway",
                "ingressgateway-1.istio-system",
                "ingressgateway",
                List.of("127.0.0.1"),
                Proxy.Interception.NONE,
                "ingressgateway",
                null,
                new TreeMap<>(),
                HttpOptions.USUAL,
                Place.UNKNOWN,
                "1.40.0",
                new TreeMap<>());
    }

    /// A service of the mesh with a group per version: `reviews` with `v1, v2`.
    public static String service(String name, String... versions) {
        var text =
                new StringBuilder(
                        """
                        apiVersion: networking.istio.io/v1alpha3
                        kind: ServiceEntry
                        metadata: {name: %1$s, namespace: shop}
                        spec:
                          hosts: [%1$s.shop.svc.cluster.local]
                          location: MESH_INTERNAL
                          resolution: STATIC
                          ports: [{number: 9080, name: http, protocol: HTTP}]
                          workloadSelector: {labels: {app: %1$s}}
                        """
                                .formatted(name));
        for (var version : versions) {
            text.append(
                    """
                    ---
                    apiVersion: networking.istio.io/v1alpha3
                    kind: WorkloadGroup
                    metadata: {name: %1$s-%2$s, namespace: shop}
                    spec:
                      metadata: {labels: {app: %1$s, version: %2$s}}
                      template: {serviceAccount: %1$s, ports: {http: 9080}}
                    """
                            .formatted(name, version));
        }
        return text.toString();
    }

    public static String routes(String name, String http) {
        return """
        apiVersion: networking.istio.io/v1alpha3
        kind: VirtualService
        metadata: {name: %1$s, namespace: shop}
        spec:
          hosts: [%1$s]
          http:
        %2$s
        """
                .formatted(name, http.indent(2));
    }

    public static String subsets(String name, String... versions) {
        var text =
                new StringBuilder(
                        """
                        apiVersion: networking.istio.io/v1alpha3
                        kind: DestinationRule
                        metadata: {name: %1$s, namespace: shop}
                        spec:
                          host: %1$s
                          subsets:
                        """
                                .formatted(name));
        for (var version : versions) {
            text.append("  - {name: %1$s, labels: {version: %1$s}}\n".formatted(version));
        }
        return text.toString();
    }
}
