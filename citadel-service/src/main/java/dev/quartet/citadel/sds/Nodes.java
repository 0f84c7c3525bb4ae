package dev.quartet.citadel.sds;

import dev.quartet.citadel.authorize.Claim;
import io.envoyproxy.envoy.config.core.v3.Node;
import org.jspecify.annotations.Nullable;

/// Reads what a proxy's node claims. The rest of it (60 kB of extension names) is not kept.
final class Nodes {

    private Nodes() {}

    static Claim claim(Node node) {
        return new Claim(node.getId(), text(node, "NAMESPACE"), text(node, "SERVICE_ACCOUNT"));
    }

    private static @Nullable String text(Node node, String key) {
        var value = node.getMetadata().getFieldsMap().get(key);
        return value == null ? null : value.getStringValue();
    }
}
