package dev.quartet.policy;

import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;

/// How rules and handlers name handlers and instances: `name` of the own namespace, `name.namespace`, or
/// `name.kind.namespace`, where the name itself may hold dots. After Istio 1.4, `mixer/pkg/runtime/config`.
final class Reference {
    private Reference() {}

    static ResourceKey resolve(String text, Kind kind, String namespace) {
        var last = text.lastIndexOf('.');
        if (last < 0) {
            return new ResourceKey(kind, namespace, text);
        }
        var name = text.substring(0, last);
        var middle = name.lastIndexOf('.');
        if (middle > 0 && name.substring(middle + 1).equals(kind.label())) {
            name = name.substring(0, middle);
        }
        return new ResourceKey(kind, text.substring(last + 1), name);
    }
}
