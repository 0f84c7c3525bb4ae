package dev.quartet.pilot.snapshot;

import dev.quartet.config.Resource;
import dev.quartet.config.Spec;
import dev.quartet.config.authentication.MeshPolicy;
import dev.quartet.config.authentication.Policy;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.mesh.MeshNetworks;
import dev.quartet.config.mixer.Handler;
import dev.quartet.config.mixer.Instance;
import dev.quartet.config.mixer.Rule;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.EnvoyFilter;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.LocalityLoadBalancerSettings;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.networking.Sidecar;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.networking.WorkloadEntry;
import dev.quartet.config.networking.WorkloadGroup;
import dev.quartet.config.security.AuthorizationPolicy;
import dev.quartet.config.security.PeerAuthentication;
import dev.quartet.config.security.RequestAuthentication;
import dev.quartet.expressions.AttributeVocabulary;
import dev.quartet.pilot.ingest.MeshInputs;
import dev.quartet.pilot.patch.PatchId;
import dev.quartet.pilot.snapshot.FactKey.Group;
import dev.quartet.policy.PolicyTable;
import dev.quartet.stream.ConfigSnapshot;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Makes a [MeshSnapshot] of inputs. A pure function but for its memory of the last one: what has not changed is the same object again,
/// and costs nothing. For one thread.
public final class SnapshotBuilder {
    private final Map<Group, FactGroup> groups = new EnumMap<>(Group.class);

    public MeshSnapshot build(MeshInputs inputs) {
        var config = inputs.config();
        var mesh = config.of(MeshConfig.class).stream().map(Resource::spec).findFirst();
        var settings = MeshSettings.of(mesh);
        group(Group.SETTINGS)
                .update(mesh, List.of(), (facts, _) -> addSettings(mesh, settings, facts));
        updatePolicies(config, settings.rootNamespace());
        updateWorkloads(inputs, settings);
        group(Group.ROUTES)
                .update(
                        settings,
                        List.of(config.of(VirtualService.class)),
                        (facts, memo) -> RouteFacts.add(config, settings, memo, facts));
        var rules = config.of(DestinationRule.class);
        group(Group.RULES)
                .update(
                        settings,
                        List.of(rules),
                        (facts, memo) -> addRules(rules, settings, memo, facts));
        updatePlacement(inputs);
        updateOthers(config);
        updatePatches(config, inputs.leftOut());
        group(Group.ISSUERS)
                .update(
                        inputs.issuers(),
                        List.of(),
                        (facts, _) ->
                                inputs.issuers()
                                        .byHost()
                                        .forEach((host, at) ->
                                                facts.put(
                                                        new FactKey.IssuerAt(host),
                                                        new IssuerServer(
                                                                at.addresses(), at.refused()))));
        updateAuthorization(config, settings);
        var facts = new EnumMap<Group, Map<FactKey, Object>>(Group.class);
        groups.forEach((name, group) -> facts.put(name, group.facts()));
        return new MeshSnapshot(config, facts);
    }

    private FactGroup group(Group group) {
        return groups.computeIfAbsent(group, _ -> new FactGroup());
    }

    private static void addSettings(
            Optional<MeshConfig> mesh, MeshSettings settings, Map<FactKey, Object> facts) {
        facts.put(new FactKey.Mesh(), settings);
        facts.put(
                new FactKey.AccessLogs(),
                mesh.map(AccessLogSettings::of).orElse(AccessLogSettings.NONE));
        mesh.flatMap(TracingSettings::of)
                .ifPresent(tracing -> facts.put(new FactKey.Tracing(), tracing));
        facts.put(
                new FactKey.Defaults(), mesh.map(ClusterDefaults::of).orElse(ClusterDefaults.NONE));
    }

    private void updatePolicies(ConfigSnapshot config, String rootNamespace) {
        var resources = new ArrayList<Resource<?>>();
        resources.addAll(config.of(Rule.class));
        resources.addAll(config.of(Handler.class));
        resources.addAll(config.of(Instance.class));
        group(Group.POLICIES)
                .update(
                        rootNamespace,
                        List.of(resources),
                        (facts, _) ->
                                facts.put(
                                        new FactKey.Policies(),
                                        PolicyTable.build(
                                                resources,
                                                AttributeVocabulary.standard(),
                                                rootNamespace)));
    }

    private void updateWorkloads(MeshInputs inputs, MeshSettings mesh) {
        var config = inputs.config();
        var registry = inputs.registry();
        var entries = config.of(ServiceEntry.class);
        group(Group.SERVICES)
                .update(
                        mesh,
                        List.of(registry.services(), entries),
                        (facts, memo) -> ServiceFacts.add(config, registry, mesh, memo, facts));
        var services = group(Group.SERVICES).facts();
        var networks = networks(config);
        group(Group.WORKLOADS)
                .update(
                        networks,
                        List.of(
                                List.of(services),
                                registry.services(),
                                registry.workloads(),
                                entries,
                                config.of(WorkloadEntry.class),
                                config.of(WorkloadGroup.class),
                                inputs.presences().all()),
                        (facts, memo) ->
                                WorkloadFacts.add(
                                        inputs, services, Networks.of(networks), memo, facts));
    }

    private static Optional<MeshNetworks> networks(ConfigSnapshot config) {
        return config.of(MeshNetworks.class).stream().map(Resource::spec).findFirst();
    }

    @SuppressWarnings("unchecked")
    private void updatePlacement(MeshInputs inputs) {
        var located = (Boolean) made(Group.WORKLOADS, new FactKey.Located());
        var labels = (SortedSet<String>) made(Group.RULES, new FactKey.PriorityLabels());
        var networks = networks(inputs.config());
        group(Group.PLACES)
                .update(
                        networks,
                        List.of(inputs.registry().services(), List.of(located, labels)),
                        (facts, _) ->
                                facts.put(
                                        new FactKey.Placed(),
                                        new Placement(
                                                located,
                                                Networks.of(networks).gateways(inputs.registry()),
                                                labels)));
    }

    private Object made(Group group, FactKey key) {
        return Objects.requireNonNull(group(group).facts().get(key), "it is always there");
    }

    private void updateOthers(ConfigSnapshot config) {
        var gateways = config.of(Gateway.class);
        group(Group.GATEWAYS)
                .update(
                        "",
                        List.of(gateways),
                        (facts, _) -> facts.put(new FactKey.Gateways(), gateways));
        var sidecars = config.of(Sidecar.class);
        group(Group.SIDECARS)
                .update(
                        "",
                        List.of(sidecars),
                        (facts, _) ->
                                addGrouped(
                                        sidecars,
                                        sidecar -> new FactKey.Sidecars(sidecar.namespace()),
                                        facts));
        updateAuthentication(config);
    }

    private void updatePatches(ConfigSnapshot config, Map<PatchId, String> leftOut) {
        var filters = config.of(EnvoyFilter.class);
        group(Group.PATCHES)
                .update(
                        leftOut,
                        List.of(filters),
                        (facts, _) -> {
                            addGrouped(
                                    inOrder(filters),
                                    it -> new FactKey.EnvoyFilters(it.namespace()),
                                    facts);
                            facts.put(new FactKey.PatchesLeftOut(), stillLeftOut(filters, leftOut));
                        });
    }

    private static SortedSet<PatchId> stillLeftOut(
            List<Resource<EnvoyFilter>> filters, Map<PatchId, String> leftOut) {
        var still = new TreeSet<PatchId>();
        leftOut.forEach((patch, version) -> {
            if (filters.stream()
                    .anyMatch(filter ->
                            filter.key().equals(patch.filter())
                                    && filter.version().equals(version))) {
                still.add(patch);
            }
        });
        return Collections.unmodifiableSortedSet(still);
    }

    /// By priority, which is 0 where nobody says it, then by name.
    private static List<Resource<EnvoyFilter>> inOrder(List<Resource<EnvoyFilter>> filters) {
        return filters.stream()
                .sorted(
                        Comparator.<Resource<EnvoyFilter>>comparingInt(
                                        it -> Objects.requireNonNullElse(it.spec().priority(), 0))
                                .thenComparing(Resource::name))
                .toList();
    }

    private void updateAuthentication(ConfigSnapshot config) {
        var peers = config.of(PeerAuthentication.class);
        var requests = config.of(RequestAuthentication.class);
        var policies = config.of(Policy.class);
        var mesh = config.of(MeshPolicy.class);
        group(Group.AUTHENTICATION)
                .update(
                        "",
                        List.of(peers, requests, policies, mesh),
                        (facts, _) -> {
                            addGrouped(
                                    peers,
                                    it -> new FactKey.PeerAuthentications(it.namespace()),
                                    facts);
                            addGrouped(
                                    requests,
                                    it -> new FactKey.RequestAuthentications(it.namespace()),
                                    facts);
                            addGrouped(
                                    policies,
                                    it -> new FactKey.AuthenticationPolicies(it.namespace()),
                                    facts);
                            mesh.stream()
                                    .findFirst()
                                    .ifPresent(
                                            it -> facts.put(new FactKey.MeshAuthentication(), it));
                        });
    }

    private void updateAuthorization(ConfigSnapshot config, MeshSettings settings) {
        var policies = config.of(AuthorizationPolicy.class);
        group(Group.AUTHORIZATION)
                .update(
                        settings,
                        List.of(policies),
                        (facts, memo) ->
                                policies.stream()
                                        .collect(
                                                Collectors.groupingBy(
                                                        Resource::namespace,
                                                        Collectors.mapping(
                                                                policy ->
                                                                        memo.of(
                                                                                policy,
                                                                                it ->
                                                                                        AccessFacts
                                                                                                .read(
                                                                                                        it,
                                                                                                        settings)),
                                                                Collectors.toUnmodifiableList())))
                                        .forEach((namespace, all) ->
                                                facts.put(
                                                        new FactKey.AccessPolicies(namespace),
                                                        all)));
    }

    private static void addRules(
            List<Resource<DestinationRule>> rules,
            MeshSettings mesh,
            Memo memo,
            Map<FactKey, Object> facts) {
        addGrouped(
                rules,
                rule -> new FactKey.RulesOf(Hosts.resolve(rule.spec().host(), rule.namespace())),
                facts);
        addGrouped(
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
        facts.put(new FactKey.PriorityLabels(), priorityLabels(rules, mesh, memo));
    }

    private static <S extends Spec> void addGrouped(
            List<Resource<S>> resources,
            Function<Resource<S>, FactKey> by,
            Map<FactKey, Object> facts) {
        resources.stream()
                .collect(Collectors.groupingBy(by, Collectors.toUnmodifiableList()))
                .forEach(facts::put);
    }

    private static SortedSet<String> priorityLabels(
            List<Resource<DestinationRule>> rules, MeshSettings mesh, Memo memo) {
        var labels = new TreeSet<>(priorityLabels(mesh.localities()));
        for (var rule : rules) {
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
}
