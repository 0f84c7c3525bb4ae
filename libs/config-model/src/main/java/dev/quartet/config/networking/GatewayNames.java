package dev.quartet.config.networking;

import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;

/// How a VirtualService names Gateways: `name` and `./name` in its own namespace, `namespace/name` anywhere.
/// After Istio 1.4, `pilot/pkg/model/context.go` `resolveGatewayName`.
public final class GatewayNames {
    private static final String OWN = ".";

    private GatewayNames() {}

    /// @param name as written; not `mesh`
    /// @param namespace of the VirtualService
    public static ResourceKey key(String name, String namespace) {
        var slash = name.indexOf('/');
        var given = slash < 0 ? OWN : name.substring(0, slash);
        return new ResourceKey(
                Kind.GATEWAY, given.equals(OWN) ? namespace : given, name.substring(slash + 1));
    }

    /// `namespace/name`, or `mesh`: what means the same in every namespace.
    public static String qualified(String name, String namespace) {
        return name.equals(VirtualService.MESH) ? name : key(name, namespace).namespacedName();
    }
}
