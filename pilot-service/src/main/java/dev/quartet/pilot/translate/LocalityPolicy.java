package dev.quartet.pilot.translate;

import dev.quartet.config.networking.LoadBalancerSettings;
import dev.quartet.config.networking.LocalityLoadBalancerSettings;
import dev.quartet.config.networking.LocalityLoadBalancerSettings.Distribute;
import dev.quartet.config.networking.LocalityLoadBalancerSettings.Failover;
import dev.quartet.config.networking.TrafficPolicy;
import dev.quartet.pilot.node.Place;
import dev.quartet.pilot.snapshot.MeshSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How a cluster's requests go by locality. A DestinationRule's setting takes the place of the mesh's.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/loadbalancer`, and `failoverPriority` of later ones.
sealed interface LocalityPolicy {
    /// The order of localities does not matter.
    record None() implements LocalityPolicy {}

    /// Fixed shares of what a locality asks.
    record Shares(List<Distribute> distribute) implements LocalityPolicy {
        /// Locality to percent, for who is there.
        Optional<Map<String, Integer>> from(Place client) {
            return distribute.stream()
                    .filter(rule -> covers(rule.from(), client))
                    .findFirst()
                    .map(Distribute::to);
        }
    }

    /// The near ones, and those further away where too few of them are healthy.
    record Nearest(List<Failover> failover) implements LocalityPolicy {
        /// From 0, the nearest.
        int priority(Place client, Place endpoint) {
            if (!client.region().equals(endpoint.region())) {
                return failover.stream()
                        .filter(rule -> rule.from().equals(client.region()))
                        .findFirst()
                        .map(rule -> rule.to().equals(endpoint.region()) ? 3 : 4)
                        .orElse(3);
            }
            if (!client.zone().equals(endpoint.zone())) {
                return 2;
            }
            return client.subzone().equals(endpoint.subzone()) ? 0 : 1;
        }
    }

    /// Those that agree with the client in more of the first labels.
    ///
    /// @param labels `key`, or `key=value`, which the endpoint must have whatever the client has
    record Alike(List<String> labels) implements LocalityPolicy {
        int priority(
                Place client,
                Map<String, String> clientLabels,
                Place endpoint,
                Map<String, String> endpointLabels) {
            int equal = 0;
            for (var label : labels) {
                var parts = label.split("=", 2);
                var wanted = parts.length == 2 ? parts[1] : value(parts[0], client, clientLabels);
                if (!wanted.equals(value(parts[0], endpoint, endpointLabels))) {
                    break;
                }
                equal++;
            }
            return labels.size() - equal;
        }

        private static String value(String key, Place place, Map<String, String> labels) {
            return switch (key) {
                case "topology.kubernetes.io/region" -> place.region();
                case "topology.kubernetes.io/zone" -> place.zone();
                case "topology.istio.io/subzone" -> place.subzone();
                case "topology.istio.io/network" -> place.network();
                default -> labels.getOrDefault(key, "");
            };
        }
    }

    /// @param layers of traffic policies, the one that counts most last
    static LocalityPolicy of(MeshSettings mesh, List<TrafficPolicy> layers) {
        var settings =
                layers.reversed().stream()
                        .map(TrafficPolicy::loadBalancer)
                        .filter(balancer -> balancer != null)
                        .map(LoadBalancerSettings::localityLbSetting)
                        .filter(setting -> setting != null)
                        .findFirst()
                        .orElse(mesh.localities());
        return Boolean.FALSE.equals(settings.enabled()) ? new None() : of(settings, layers);
    }

    private static LocalityPolicy of(
            LocalityLoadBalancerSettings settings, List<TrafficPolicy> layers) {
        if (!settings.distribute().isEmpty()) {
            return new Shares(settings.distribute());
        }
        // who never finds out that the near ones fail must not send all to them
        if (layers.stream().allMatch(policy -> policy.outlierDetection() == null)) {
            return new None();
        }
        return settings.failoverPriority().isEmpty()
                ? new Nearest(settings.failover())
                : new Alike(settings.failoverPriority());
    }

    /// @param pattern `region/zone/*`; what it leaves out may be anything
    static boolean covers(String pattern, Place place) {
        var parts = pattern.split("/", 3);
        var own = List.of(place.region(), place.zone(), place.subzone());
        for (int i = 0; i < parts.length; i++) {
            if (parts[i].equals("*")) {
                return true;
            }
            if (!parts[i].equals(own.get(i))) {
                return false;
            }
        }
        return true;
    }
}
