package dev.quartet.pilot.snapshot;

import dev.quartet.config.Resource;
import dev.quartet.config.Spec;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.mesh.MeshNetworks;
import dev.quartet.config.mixer.Handler;
import dev.quartet.config.mixer.Instance;
import dev.quartet.config.mixer.Rule;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.LocalityLoadBalancerSettings;
import dev.quartet.config.networking.Sidecar;
import dev.quartet.config.security.PeerAuthentication;
import dev.quartet.expressions.AttributeVocabulary;
import dev.quartet.pilot.ingest.MeshInputs;
import dev.quartet.policy.PolicyTable;
import dev.quartet.stream.ConfigSnapshot;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Makes a [MeshSnapshot] of inputs. A pure function but for its memory of the last one: what has not changed is the same object again,
/// and the policy table is compiled only when a Mixer resource changes. For one thread.
public final class SnapshotBuilder {
    private final Memo memo = new Memo();
    private Map<FactKey, Object> last = Map.of();
    private List<Resource<?>> policyResources = List.of();
    private @Nullable PolicyTable policies;

    public MeshSnapshot build(MeshInputs inputs) {
        var config = inputs.config();
        var facts = HashMap.<FactKey, Object>newHashMap(last.size() + 100);
        var written = config.of(MeshConfig.class).stream().map(Resource::spec).findFirst();
        var mesh = MeshSettings.of(written);
        facts.put(new FactKey.Mesh(), mesh);
        facts.put(
                new FactKey.AccessLogs(),
                written.map(AccessLogSettings::of).orElse(AccessLogSettings.NONE));
        written.flatMap(TracingSettings::of)
                .ifPresent(tracing -> facts.put(new FactKey.Tracing(), tracing));
        facts.put(
                new FactKey.Defaults(),
                written.map(ClusterDefaults::of).orElse(ClusterDefaults.NONE));
        facts.put(new FactKey.Policies(), policies(config, mesh.rootNamespace()));

        var networksOfMesh = config.of(MeshNetworks.class).stream().map(Resource::spec).findFirst();
        var networks = Networks.of(networksOfMesh);

        memo.under(List.of(mesh, networksOfMesh));
        var services = ServiceFacts.of(config, inputs.registry(), mesh, memo);
        services.addTo(facts);
        var located = WorkloadFacts.add(inputs, services, networks, memo, facts);
        RouteFacts.add(config, mesh, memo, facts);
        facts.put(
                new FactKey.Placed(),
                new Placement(
                        located,
                        networks.gateways(inputs.registry()),
                        priorityLabels(config, mesh, memo)));
        memo.done();
        facts.put(new FactKey.Gateways(), config.of(Gateway.class));
        var rules = config.of(DestinationRule.class);
        group(
                rules,
                rule -> new FactKey.RulesOf(Hosts.resolve(rule.spec().host(), rule.namespace())),
                facts);
        group(
                rules.stream().filter(rule -> rule.spec().workloadSelector() != null).toList(),
                rule -> new FactKey.SelectingRules(rule.namespace()),
                facts);
        facts.put(
                new FactKey.RuleWildcards(),
                rules.stream()
                        .map(rule -> Hosts.resolve(rule.spec().host(), rule.namespace()))
                        .filter(host -> host.startsWith("*"))
                        .distinct()
                        .sorted(
                                Comparator.comparingInt(String::length)
                                        .reversed()
                                        .thenComparing(Function.identity()))
                        .toList());
        group(
                config.of(Sidecar.class),
                sidecar -> new FactKey.Sidecars(sidecar.namespace()),
                facts);
        group(
                config.of(PeerAuthentication.class),
                policy -> new FactKey.PeerAuthentications(policy.namespace()),
                facts);
        facts.replaceAll((key, value) -> {
            var before = last.get(key);
            return before == value || value.equals(before) ? before : value;
        });
        var snapshot = new MeshSnapshot(config, facts);
        last = snapshot.facts();
        return snapshot;
    }

    private static <S extends Spec> void group(
            List<Resource<S>> resources,
            Function<Resource<S>, FactKey> by,
            Map<FactKey, Object> facts) {
        resources.stream()
                .collect(Collectors.groupingBy(by, Collectors.toUnmodifiableList()))
                .forEach(facts::put);
    }

    private static SortedSet<String> priorityLabels(
            ConfigSnapshot config, MeshSettings mesh, Memo memo) {
        var labels = new TreeSet<>(priorityLabels(mesh.localities()));
        for (var rule : config.of(DestinationRule.class)) {
            labels.addAll(memo.of(rule, it -> priorityLabels(it.spec())));
        }
        return Collections.unmodifiableSortedSet(labels);
    }

    private static Set<String> priorityLabels(DestinationRule rule) {
        return Stream.concat(
                        Stream.ofNullable(rule.trafficPolicy()),
                        rule.subsets().stream()
                                .flatMap(subset -> Stream.ofNullable(subset.trafficPolicy())))
                .flatMap(policy ->
                        Stream.concat(
                                Stream.ofNullable(policy.loadBalancer()),
                                policy.portLevelSettings().stream()
                                        .flatMap(port -> Stream.ofNullable(port.loadBalancer()))))
                .flatMap(balancer -> Stream.ofNullable(balancer.localityLbSetting()))
                .flatMap(settings -> priorityLabels(settings).stream())
                .collect(Collectors.toSet());
    }

    /// The labels' keys: `failoverPriority` may name a value too.
    private static Set<String> priorityLabels(LocalityLoadBalancerSettings settings) {
        return settings.failoverPriority().stream()
                .map(label -> label.split("=", 2)[0])
                .collect(Collectors.toSet());
    }

    private PolicyTable policies(ConfigSnapshot config, String rootNamespace) {
        var resources = new ArrayList<Resource<?>>();
        resources.addAll(config.of(Rule.class));
        resources.addAll(config.of(Handler.class));
        resources.addAll(config.of(Instance.class));
        var known = policies;
        if (known != null
                && known.rootNamespace().equals(rootNamespace)
                && resources.equals(policyResources)) {
            return known;
        }
        var built = PolicyTable.build(resources, AttributeVocabulary.standard(), rootNamespace);
        policyResources = List.copyOf(resources);
        policies = built;
        return built;
    }
}
