package dev.quartet.config;

/// What a problem is said of, as users name it: a resource, or an object of Kubernetes that is no config.
///
/// @param namespace empty for what stands beside all namespaces
public record Subject(String kind, String namespace, String name) {
    public static Subject of(ResourceKey key) {
        return new Subject(key.kind().label(), key.namespace(), key.name());
    }

    /// `Pod shop/reviews-v1`.
    @Override
    public String toString() {
        return kind + " " + (namespace.isEmpty() ? name : namespace + "/" + name);
    }
}
