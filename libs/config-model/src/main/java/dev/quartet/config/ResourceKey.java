package dev.quartet.config;

import java.util.Comparator;

/// Names one resource. Cluster-wide kinds have the empty namespace.
public record ResourceKey(Kind kind, String namespace, String name)
        implements Comparable<ResourceKey> {
    private static final Comparator<ResourceKey> ORDER =
            Comparator.comparing(ResourceKey::kind)
                    .thenComparing(ResourceKey::namespace)
                    .thenComparing(ResourceKey::name);

    @Override
    public int compareTo(ResourceKey other) {
        return ORDER.compare(this, other);
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
