package dev.quartet.pilot.translate;

import dev.quartet.pilot.node.Place;
import dev.quartet.pilot.snapshot.Networks;
import dev.quartet.pilot.snapshot.Placement;
import dev.quartet.pilot.snapshot.Workload;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/// What a client connects to for workloads: themselves or, in other networks, the gateways there, which have the weight of the workloads
/// behind them. A gateway tells by the TLS handshake where a connection wants to go, so what takes no mTLS cannot be reached behind one.
/// After Istio 1.4, `pilot/pkg/proxy/envoy/v2/ep_filters.go`. For one call.
final class Targets {
    /// @param labels of the workload; none of a gateway
    record Target(
            LbEndpoint.Builder endpoint, long weight, Place place, Map<String, String> labels) {}

    /// @param place of the first of them
    private record Behind(long weight, Place place) {
        Behind and(Behind other) {
            return new Behind(weight + other.weight, place);
        }
    }

    private final Placement placement;
    private final Where where;
    private final List<Target> direct = new ArrayList<>();
    private final SortedMap<String, Behind> behind = new TreeMap<>();

    Targets(Placement placement, Where where) {
        this.placement = placement;
        this.where = where;
    }

    void add(Workload workload, Supplier<LbEndpoint.Builder> endpoint) {
        var weight = Math.max(1, workload.weight());
        if (!isRemote(placement, where, workload)) {
            direct.add(new Target(endpoint.get(), weight, workload.place(), workload.labels()));
        } else if (workload.hasSidecar()) {
            behind.merge(
                    workload.place().network(), new Behind(weight, workload.place()), Behind::and);
        }
    }

    static boolean isRemote(Placement placement, Where where, Workload workload) {
        return isBehindGateways(placement, workload)
                && !workload.place().network().equals(where.place().network());
    }

    static boolean isBehindGateways(Placement placement, Workload workload) {
        return placement.gateways().containsKey(workload.place().network());
    }

    List<Target> all() {
        if (behind.isEmpty()) {
            return direct;
        }
        // so that each gateway's share of its network's weight is a whole number
        long scale = 1;
        for (var network : behind.keySet()) {
            scale = lcm(scale, gateways(network).size());
        }
        var all = new ArrayList<Target>();
        for (var target : direct) {
            all.add(
                    new Target(
                            target.endpoint(),
                            target.weight() * scale,
                            target.place(),
                            target.labels()));
        }
        for (var entry : behind.entrySet()) {
            var gateways = gateways(entry.getKey());
            for (var gateway : gateways) {
                var endpoint = Endpoints.at(gateway.address(), gateway.port());
                Endpoints.takesMutualTls(endpoint);
                all.add(
                        new Target(
                                endpoint,
                                entry.getValue().weight() * scale / gateways.size(),
                                gateway.place().or(entry.getValue().place()),
                                Map.of()));
            }
        }
        return all;
    }

    private List<Networks.Gateway> gateways(String network) {
        return placement.gateways().getOrDefault(network, List.of());
    }

    private static long lcm(long a, long b) {
        long x = a;
        long y = b;
        while (y != 0) {
            var rest = x % y;
            x = y;
            y = rest;
        }
        return a / x * b;
    }
}
