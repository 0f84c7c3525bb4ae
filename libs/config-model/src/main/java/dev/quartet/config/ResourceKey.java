package dev.quartet.config;

/// Names one resource. Cluster-wide kinds have the empty namespace.
public record ResourceKey(Kind kind, String namespace, String name)
        implements Comparable<ResourceKey> {
    @Override
    public int compareTo(ResourceKey other) {
        int byKind = kind.compareTo(other.kind);
        if (byKind != 0) {
            return byKind;
        }
        int byNamespace = namespace.compareTo(other.namespace);
        return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
    }

    /// `VirtualService shop/reviews`, as users read it.
    @Override
    public String toString() {
        return kind.label() + " " + namespacedName();
    }

    /// `shop/reviews`, as MCP names it.
    public String namespacedName() {
        return namespace.isEmpty() ? name : namespace + "/" + name;
    }
}
