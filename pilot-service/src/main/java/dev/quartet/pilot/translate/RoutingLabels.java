package dev.quartet.pilot.translate;

import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Workload;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The labels of a client that its routes can depend on: only those that some `sourceLabels` asks for, so that all
/// other clients of a namespace share their route tables.
final class RoutingLabels {
    private RoutingLabels() {}

    static SortedMap<String, String> of(Facts facts, Proxy proxy) {
        Map<String, String> own =
                facts.workload(proxy.instance())
                        .<Map<String, String>>map(Workload::labels)
                        .orElse(Map.of());
        var visible = new TreeMap<String, String>();
        for (var key : facts.routingLabels()) {
            var value = own.get(key);
            if (value != null) {
                visible.put(key, value);
            }
        }
        return Collections.unmodifiableSortedMap(visible);
    }
}
