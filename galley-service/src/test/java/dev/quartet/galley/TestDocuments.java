package dev.quartet.galley;

/// Documents that tests apply.
public final class TestDocuments {
    private TestDocuments() {}

    /// A WorkloadEntry of namespace shop that stands before or behind other documents.
    public static String entry(String name, String address) {
        return """
        ---
        apiVersion: networking.istio.io/v1alpha3
        kind: WorkloadEntry
        metadata: {name: %s, namespace: shop}
        spec: {address: %s}
        """
                .formatted(name, address);
    }

    /// A VirtualService of namespace shop for the host of its name.
    public static String route(String name, String timeout) {
        return """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: %s, namespace: shop}
        spec:
          hosts: [%s]
          http:
          - route: [{destination: {host: kubernetes.default.svc.cluster.local}}]
            timeout: %s
        """
                .formatted(name, name, timeout);
    }
}
