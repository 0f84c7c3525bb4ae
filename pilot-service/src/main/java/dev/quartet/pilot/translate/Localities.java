package dev.quartet.pilot.translate;

import dev.quartet.config.networking.Subset;
import dev.quartet.config.networking.TrafficPolicy;
import dev.quartet.pilot.node.Place;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Service;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Endpoints by locality, in the order and with the weights that a policy gives them at a client's place.
final class Localities {
    /// So many parts has a percent of a share, since localities that share one have to have whole numbers.
    private static final int PARTS = 100;

    /// Envoy's greatest sum of weights.
    private static final long MAX_WEIGHT = 0xFFFF_FFFFL;

    private record Group(int priority, Place locality) {
        static final Comparator<Group> ORDER =
                Comparator.comparingInt(Group::priority)
                        .thenComparing(group -> group.locality().locality());
    }

    private Localities() {}

    /// Whether the clusters of a host are balanced in another way from place to place.
    static boolean matter(Facts facts, Service service, String namespace) {
        var placement = facts.placement();
        if (facts.workloads(service).stream()
                .anyMatch(workload -> Targets.isBehindGateways(placement, workload))) {
            return true;
        }
        var rule = DestinationRules.of(facts, service.host(), namespace);
        return service.ports().stream()
                .flatMap(port ->
                        Stream.concat(
                                        Stream.of(""),
                                        DestinationRules.subsets(rule).stream().map(Subset::name))
                                .map(subset -> TrafficPolicies.layers(rule, subset, port.number())))
                .anyMatch(layers -> isInForce(policy(facts, service, layers)));
    }

    /// The policy of a cluster; none where it could make no difference.
    static LocalityPolicy policy(Facts facts, Service service, List<TrafficPolicy> layers) {
        var policy = LocalityPolicy.of(facts.mesh(), layers);
        var matters =
                switch (policy) {
                    case LocalityPolicy.None _, LocalityPolicy.Alike _ -> true;
                    case LocalityPolicy.Shares _, LocalityPolicy.Nearest _ ->
                            facts.placement().located()
                                    && facts.workloads(service).stream()
                                            .anyMatch(workload -> workload.place().isLocated());
                };
        return matters ? policy : new LocalityPolicy.None();
    }

    private static boolean isInForce(LocalityPolicy policy) {
        return !(policy instanceof LocalityPolicy.None);
    }

    /// Lets Envoy heed the weights of localities.
    static void set(Cluster.Builder cluster, LocalityPolicy policy) {
        if (isInForce(policy) && !Discovery.choosesItself(cluster)) {
            cluster.getCommonLbConfigBuilder()
                    .setLocalityWeightedLbConfig(
                            Cluster.CommonLbConfig.LocalityWeightedLbConfig.getDefaultInstance());
        }
    }

    static List<LocalityLbEndpoints> of(
            List<Targets.Target> targets, LocalityPolicy policy, Where where) {
        var groups = new TreeMap<Group, List<Targets.Target>>(Group.ORDER);
        for (var target : targets) {
            groups.computeIfAbsent(
                            new Group(priority(target, policy, where), target.place().in("")),
                            _ -> new ArrayList<>())
                    .add(target);
        }
        var weights = weights(groups, policy, where);
        var levels = new ArrayList<>(new TreeSet<>(priorities(groups)));
        var endpoints = new ArrayList<LocalityLbEndpoints>();
        groups.forEach((group, members) -> {
            var weight = weights.get(group);
            if (weight != null) {
                var made = endpoints(group.locality(), members);
                // Envoy takes no gap
                made.setPriority(levels.indexOf(group.priority()));
                if (isInForce(policy)) {
                    made.setLoadBalancingWeight(Envoy.number((int) Math.min(weight, MAX_WEIGHT)));
                }
                endpoints.add(made.build());
            }
        });
        return endpoints;
    }

    private static List<Integer> priorities(SortedMap<Group, List<Targets.Target>> groups) {
        return groups.keySet().stream().map(Group::priority).toList();
    }

    private static int priority(Targets.Target target, LocalityPolicy policy, Where where) {
        return switch (policy) {
            case LocalityPolicy.None _, LocalityPolicy.Shares _ -> 0;
            case LocalityPolicy.Nearest nearest ->
                    where.place().isLocated() ? nearest.priority(where.place(), target.place()) : 0;
            case LocalityPolicy.Alike alike ->
                    alike.priority(where.place(), where.labels(), target.place(), target.labels());
        };
    }

    /// What gets nothing is left out.
    private static Map<Group, Long> weights(
            SortedMap<Group, List<Targets.Target>> groups, LocalityPolicy policy, Where where) {
        var natural =
                groups.entrySet().stream()
                        .collect(
                                Collectors.toMap(
                                        Map.Entry::getKey,
                                        entry ->
                                                entry.getValue().stream()
                                                        .mapToLong(Targets.Target::weight)
                                                        .sum()));
        return policy instanceof LocalityPolicy.Shares shares && where.place().isLocated()
                ? shares.from(where.place()).map(to -> shared(natural, to)).orElse(natural)
                : natural;
    }

    private static Map<Group, Long> shared(Map<Group, Long> natural, Map<String, Integer> to) {
        var shares = new TreeMap<Group, Long>(Group.ORDER);
        to.forEach((pattern, percent) -> {
            var meant = new TreeMap<Group, Long>(Group.ORDER);
            natural.forEach((group, weight) -> {
                if (!shares.containsKey(group)
                        && LocalityPolicy.covers(pattern, group.locality())) {
                    meant.put(group, weight);
                }
            });
            var total = meant.values().stream().mapToLong(Long::longValue).sum();
            meant.forEach((group, weight) ->
                    shares.put(
                            group,
                            Math.max(1, Math.round((double) percent * PARTS * weight / total))));
        });
        return shares;
    }

    private static LocalityLbEndpoints.Builder endpoints(
            Place place, List<Targets.Target> members) {
        var group = LocalityLbEndpoints.newBuilder();
        if (place.isLocated()) {
            group.setLocality(
                    Locality.newBuilder()
                            .setRegion(place.region())
                            .setZone(place.zone())
                            .setSubZone(place.subzone()));
        }
        for (var member : members) {
            group.addLbEndpoints(
                    member.endpoint()
                            .setLoadBalancingWeight(
                                    Envoy.number((int) Math.min(member.weight(), MAX_WEIGHT))));
        }
        return group;
    }
}
