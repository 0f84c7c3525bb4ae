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
}
