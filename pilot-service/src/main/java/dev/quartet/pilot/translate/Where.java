package dev.quartet.pilot.translate;

import dev.quartet.pilot.node.Place;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Workload;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Where a client is, as far as its endpoints can depend on it: proxies at the same place share them.
///
/// @param labels of the client, those that some `failoverPriority` compares
record Where(Place place, SortedMap<String, String> labels) {
    static final Where ANYWHERE = new Where(Place.UNKNOWN, Collections.emptySortedMap());

    static Where of(Facts facts, Proxy proxy) {
        var placement = facts.placement();
        var workload = facts.workload(proxy.instance());
        var place = workload.map(Workload::place).orElse(Place.UNKNOWN).or(proxy.place());
        var labels = new TreeMap<String, String>();
        Map<String, String> own =
                workload.<Map<String, String>>map(Workload::labels).orElse(Map.of());
        for (var key : placement.labels()) {
            var value = own.get(key);
            if (value != null) {
                labels.put(key, value);
            }
        }
        var where =
                new Where(
                        (placement.located() ? place : Place.UNKNOWN)
                                .in(placement.gateways().isEmpty() ? "" : place.network()),
                        Collections.unmodifiableSortedMap(labels));
        return where.equals(ANYWHERE) ? ANYWHERE : where;
    }
}
