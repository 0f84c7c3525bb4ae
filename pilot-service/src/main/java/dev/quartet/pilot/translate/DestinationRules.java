package dev.quartet.pilot.translate;

import dev.quartet.config.Resource;
import dev.quartet.config.Resources;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.Subset;
import dev.quartet.config.networking.Visibility;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Service;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Which DestinationRule a client follows: its own namespace's, else one that the service's namespace shows it, else one of the root
/// namespace; in each the one for the narrowest host. Several of a namespace for the same host are one: the first with a policy has it, and
/// all subsets count, of two with one name the first. One that selects its callers by their labels (`workloadSelector`) is to others as if
/// it were not there, and to these it goes before those for all callers, with which it is never made one.
/// After Istio 1.4, `pilot/pkg/model/push_context.go` `DestinationRule` and `destination_rule.go`.
final class DestinationRules {
    private DestinationRules() {}

    static Optional<Resource<DestinationRule>> of(Facts facts, String host, String namespace) {
        var rules = facts.rules(host);
        if (rules.isEmpty()) {
            return Optional.empty();
        }
        var home = facts.service(host).map(Service::namespace).orElse(namespace);
        return in(namespace, rules)
                .or(() -> in(home, shown(facts, rules, namespace)))
                .or(() -> in(facts.mesh().rootNamespace(), shown(facts, rules, namespace)));
    }

    static boolean hasSubset(Facts facts, String host, String subset, String namespace) {
        return subset.isEmpty()
                || of(facts, host, namespace).stream()
                        .flatMap(rule -> rule.spec().subsets().stream())
                        .anyMatch(found -> found.name().equals(subset));
    }

    static List<Subset> subsets(Optional<Resource<DestinationRule>> rule) {
        return rule.map(found -> found.spec().subsets()).orElse(List.of());
    }

    /// Of a subset's workloads; none for the cluster of all.
    static Map<String, String> labels(Optional<Resource<DestinationRule>> rule, String subset) {
        return subsets(rule).stream()
                .filter(found -> found.name().equals(subset))
                .findFirst()
                .map(Subset::labels)
                .orElse(Map.of());
    }

    private static List<Resource<DestinationRule>> shown(
            Facts facts, List<Resource<DestinationRule>> rules, String namespace) {
        return rules.stream()
                .filter(rule ->
                        Visibility.of(
                                        rule.spec().exportTo(),
                                        rule.namespace(),
                                        facts.mesh().destinationRuleExportTo())
                                .from(namespace))
                .toList();
    }

    private static Optional<Resource<DestinationRule>> in(
            String namespace, List<Resource<DestinationRule>> rules) {
        var own = rules.stream().filter(rule -> rule.namespace().equals(namespace)).toList();
        if (own.isEmpty()) {
            return Optional.empty();
        }
        var narrowest = host(own.getFirst());
        var same = counting(own.stream().filter(rule -> host(rule).equals(narrowest)).toList());
        return Optional.of(same.size() == 1 ? same.getFirst() : merged(same));
    }

    /// Of the rules for one host that are for a caller: those with the first selector, else those that have none.
    static List<Resource<DestinationRule>> counting(List<Resource<DestinationRule>> rules) {
        return rules.stream()
                .map(rule -> rule.spec().workloadSelector())
                .flatMap(Stream::ofNullable)
                .findFirst()
                .map(selector ->
                        rules.stream()
                                .filter(rule -> selector.equals(rule.spec().workloadSelector()))
                                .toList())
                .orElse(rules);
    }

    private static String host(Resource<DestinationRule> rule) {
        return Hosts.resolve(rule.spec().host(), rule.namespace());
    }

    private static Resource<DestinationRule> merged(List<Resource<DestinationRule>> rules) {
        var subsets = new ArrayList<Subset>();
        var names = new HashSet<String>();
        for (var rule : rules) {
            for (var subset : rule.spec().subsets()) {
                if (names.add(subset.name())) {
                    subsets.add(subset);
                }
            }
        }
        var first = rules.getFirst();
        var policy =
                rules.stream()
                        .map(rule -> rule.spec().trafficPolicy())
                        .filter(found -> found != null)
                        .findFirst()
                        .orElse(null);
        return Resources.of(
                first.key(),
                first.labels(),
                first.annotations(),
                new DestinationRule(
                        first.spec().host(),
                        policy,
                        subsets,
                        first.spec().exportTo(),
                        first.spec().workloadSelector()));
    }
}
