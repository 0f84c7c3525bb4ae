package dev.quartet.pilot.translate;

import dev.quartet.config.Resource;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.LoadBalancerSettings;
import dev.quartet.config.networking.Subset;
import dev.quartet.config.networking.TrafficPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which of a rule's policies hold for a subset and a port. A subset's policy is laid over the rule's, part by part; settings for a
/// port take the place of the whole policy that they stand in, and of all below it.
final class TrafficPolicies {
    private TrafficPolicies() {}

    /// From the lowest to the one that counts most.
    ///
    /// @param subset empty for the cluster of all workloads
    static List<TrafficPolicy> layers(
            Optional<Resource<DestinationRule>> rule, String subset, int port) {
        return rule.map(found -> layers(found.spec(), subset, port)).orElse(List.of());
    }

    static List<TrafficPolicy> layers(DestinationRule rule, String subset, int port) {
        var layers = new ArrayList<TrafficPolicy>();
        add(layers, rule.trafficPolicy(), port);
        rule.subsets().stream()
                .filter(found -> found.name().equals(subset))
                .findFirst()
                .map(Subset::trafficPolicy)
                .ifPresent(policy -> add(layers, policy, port));
        return layers;
    }

    private static void add(List<TrafficPolicy> layers, @Nullable TrafficPolicy policy, int port) {
        if (policy == null) {
            return;
        }
        var ofPort =
                policy.portLevelSettings().stream()
                        .filter(settings -> Integer.valueOf(port).equals(settings.port().number()))
                        .findFirst();
        if (ofPort.isEmpty()) {
            layers.add(policy);
            return;
        }
        layers.replaceAll(TrafficPolicies::withoutParts);
        var settings = ofPort.get();
        layers.add(
                new TrafficPolicy(
                        settings.loadBalancer(),
                        settings.connectionPool(),
                        settings.outlierDetection(),
                        settings.tls(),
                        List.of(),
                        policy.tunnel(),
                        policy.proxyProtocol(),
                        policy.retryBudget()));
    }

    /// What a port's settings do not have stays the policy's.
    private static TrafficPolicy withoutParts(TrafficPolicy policy) {
        return new TrafficPolicy(
                null,
                null,
                null,
                null,
                List.of(),
                policy.tunnel(),
                policy.proxyProtocol(),
                policy.retryBudget());
    }

    /// A part as the policy that counts most of those that have it says it.
    static <T> Optional<T> part(
            List<TrafficPolicy> layers, Function<TrafficPolicy, @Nullable T> part) {
        return layers.reversed().stream()
                .flatMap(layer -> Stream.ofNullable(part.apply(layer)))
                .findFirst();
    }

    /// The load balancing that counts, if a policy says any.
    static Optional<LoadBalancerSettings> balancing(List<TrafficPolicy> layers) {
        return layers.reversed().stream()
                .map(TrafficPolicy::loadBalancer)
                .flatMap(Stream::ofNullable)
                .filter(TrafficPolicies::isChoice)
                .findFirst();
    }

    private static boolean isChoice(LoadBalancerSettings settings) {
        return settings.simple() != null || settings.consistentHash() != null;
    }
}
