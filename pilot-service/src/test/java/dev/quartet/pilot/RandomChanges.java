package dev.quartet.pilot;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import java.util.ArrayList;
import java.util.Random;
import java.util.SortedMap;

/// Changes of a small mesh whose resources often mean the same hosts.
public final class RandomChanges {
    private RandomChanges() {}

    /// One resource comes, changes, goes or comes back; the others stay the same objects, as they come from Galley.
    public static void one(SortedMap<ResourceKey, Resource<?>> resources, Random random) {
        if (random.nextInt(4) == 0 && !resources.isEmpty()) {
            var keys = new ArrayList<>(resources.keySet());
            resources.remove(keys.get(random.nextInt(keys.size())));
            return;
        }
        var read = Meshes.config("one", document(random)).resources();
        resources.putAll(read);
    }

    private static String document(Random random) {
        var number = random.nextInt(3);
        var namespace = random.nextBoolean() ? "shop" : "bank";
        return switch (random.nextInt(8)) {
            case 0 ->
                    """
                    apiVersion: networking.istio.io/v1alpha3
                    kind: WorkloadEntry
                    metadata: {name: w-%d, namespace: %s}
                    spec: {address: 10.0.0.%d, labels: {app: s-%d}}
                    """
                            .formatted(random.nextInt(5), namespace, random.nextInt(3), number);
            case 1 ->
                    """
                    apiVersion: networking.istio.io/v1alpha3
                    kind: VirtualService
                    metadata: {name: v-%1$d, namespace: %2$s}
                    spec: {hosts: [s-%1$d], http: [{route: [{destination: {host: s-%3$d}}]}]}
                    """
                            .formatted(number, namespace, random.nextInt(3));
            case 2 ->
                    """
                    apiVersion: networking.istio.io/v1alpha3
                    kind: DestinationRule
                    metadata: {name: d-%1$d, namespace: %2$s}
                    spec: {host: %3$s, subsets: [{name: a, labels: {v: a}}]%4$s}
                    """
                            .formatted(
                                    number,
                                    namespace,
                                    random.nextBoolean() ? "s-" + number : "\"*.example.com\"",
                                    random.nextBoolean()
                                            ? ""
                                            : ", workloadSelector: {matchLabels: {app: s-1}}");
            case 3 ->
                    """
                    apiVersion: mesh.istio.io/v1alpha1
                    kind: MeshConfig
                    metadata: {name: default, namespace: istio-system}
                    spec: {defaultServiceExportTo: ["%s"]}
                    """
                            .formatted(random.nextBoolean() ? "." : "*");
            case 4 ->
                    """
                    apiVersion: networking.istio.io/v1alpha3
                    kind: Sidecar
                    metadata: {name: narrow, namespace: %s}
                    spec: {egress: [{hosts: ["%s/*"]}], outboundTrafficPolicy: {mode: %s}}
                    """
                            .formatted(
                                    namespace,
                                    random.nextBoolean() ? "." : "bank",
                                    random.nextBoolean() ? "REGISTRY_ONLY" : "ALLOW_ANY");
            case 5 ->
                    """
                    apiVersion: authentication.istio.io/v1alpha1
                    kind: Policy
                    metadata: {name: p-%1$d, namespace: %2$s}
                    spec: {targets: [{name: s-%1$d}], peers: [{mtls: {mode: %3$s}}]}
                    """
                            .formatted(
                                    number,
                                    namespace,
                                    random.nextBoolean() ? "STRICT" : "PERMISSIVE");
            case 6 ->
                    """
                    apiVersion: security.istio.io/v1
                    kind: PeerAuthentication
                    metadata: {name: default, namespace: %s}
                    spec: {mtls: {mode: %s}}
                    """
                            .formatted(namespace, random.nextBoolean() ? "STRICT" : "PERMISSIVE");
            default ->
                    """
                    apiVersion: networking.istio.io/v1alpha3
                    kind: ServiceEntry
                    metadata: {name: s-%1$d, namespace: %2$s}
                    spec:
                      hosts: [s-%1$d.%2$s.svc.cluster.local, more-%3$d.example.com]
                      location: MESH_INTERNAL
                      resolution: STATIC
                      ports: [{number: 80, name: http, protocol: HTTP}]
                      workloadSelector: {labels: {app: s-%4$d}}
                    """
                            .formatted(number, namespace, random.nextInt(2), random.nextInt(3));
        };
    }
}
