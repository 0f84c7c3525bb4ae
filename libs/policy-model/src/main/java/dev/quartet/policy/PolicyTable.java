package dev.quartet.policy;

import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.expressions.AttributeVocabulary;
import dev.quartet.expressions.Attributes;
import dev.quartet.expressions.Knowledge;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// All rules of one revision with their handlers and instances, resolved and compiled. Immutable, thread-safe; the same
/// resources give the same table in whatever order they come.
public final class PolicyTable {
    /// The namespace whose rules apply everywhere, unless said otherwise.
    public static final String DEFAULT_ROOT_NAMESPACE = "istio-system";

    static final String REPORTER_KIND = "context.reporter.kind";

    private final String rootNamespace;
    private final SortedMap<ResourceKey, PolicyRule> rules;
    private final SortedMap<ResourceKey, PolicyHandler> handlers;
    private final SortedMap<ResourceKey, PolicyInstance> instances;
    private final List<Problem> problems;
    private final Map<String, List<PolicyRule>> byNamespace;
    private final List<PolicyRule> everywhere;

    PolicyTable(
            String rootNamespace,
            SortedMap<ResourceKey, PolicyRule> rules,
            SortedMap<ResourceKey, PolicyHandler> handlers,
            SortedMap<ResourceKey, PolicyInstance> instances,
            List<Problem> problems) {
        this.rootNamespace = rootNamespace;
        this.rules = Collections.unmodifiableSortedMap(rules);
        this.handlers = Collections.unmodifiableSortedMap(handlers);
        this.instances = Collections.unmodifiableSortedMap(instances);
        this.problems = List.copyOf(problems);
        this.everywhere =
                rules.values().stream()
                        .filter(rule -> rule.namespace().equals(rootNamespace))
                        .toList();
        var scoped = new TreeMap<String, List<PolicyRule>>();
        for (var rule : rules.values()) {
            if (!rule.namespace().equals(rootNamespace)) {
                scoped.computeIfAbsent(rule.namespace(), _ -> new ArrayList<>(everywhere))
                        .add(rule);
            }
        }
        scoped.replaceAll((_, list) -> List.copyOf(list));
        this.byNamespace = Map.copyOf(scoped);
    }

    /// Builds the table from the rules, handlers and instances among the resources; other kinds are passed over.
    /// Never fails: what is wrong is in [#problems()].
    ///
    /// @param rootNamespace where rules hold for every namespace; [#DEFAULT_ROOT_NAMESPACE] unless the mesh's settings
    ///     name another one
    public static PolicyTable build(
            Collection<? extends Resource<?>> mixerResources,
            AttributeVocabulary vocabulary,
            String rootNamespace) {
        return new PolicyTableBuilder(vocabulary, rootNamespace).build(mixerResources);
    }

    /// The root namespace that the mesh's settings among the resources name.
    public static String rootNamespaceOf(Collection<? extends Resource<?>> resources) {
        return resources.stream()
                .map(Resource::spec)
                .filter(MeshConfig.class::isInstance)
                .map(spec -> ((MeshConfig) spec).rootNamespace())
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(DEFAULT_ROOT_NAMESPACE);
    }

    public static PolicyTable empty() {
        return build(List.of(), AttributeVocabulary.standard(), DEFAULT_ROOT_NAMESPACE);
    }

    /// Sorted by namespace and name.
    public Collection<PolicyRule> rules() {
        return rules.values();
    }

    public SortedMap<ResourceKey, PolicyHandler> handlers() {
        return handlers;
    }

    public SortedMap<ResourceKey, PolicyInstance> instances() {
        return instances;
    }

    public List<Problem> problems() {
        return problems;
    }

    public String rootNamespace() {
        return rootNamespace;
    }

    /// The rules in whose scope a namespace lies: the root namespace's, then its own.
    public List<PolicyRule> rulesFor(String namespace) {
        return byNamespace.getOrDefault(namespace, everywhere);
    }

    /// The rules in whose scope a request lies: by `destination.namespace`, or `source.namespace` where
    /// `context.reporter.kind` is outbound.
    public List<PolicyRule> rulesFor(Attributes attributes) {
        return attributes.get(scopeAttribute(attributes.get(REPORTER_KIND)))
                        instanceof String namespace
                ? rulesFor(namespace)
                : everywhere;
    }

    /// Which checks can decide over a destination, given what is known of it (`destination.*`,
    /// `context.reporter.kind` = inbound, `context.protocol`), and what that still depends on. Empty: no request to it
    /// needs a check.
    public List<PossibleCheck> checksThatMayMatch(Knowledge destination) {
        var possible = new ArrayList<PossibleCheck>();
        for (var rule : rules.values()) {
            if (rule.hasChecks()) {
                var match = RuleMatcher.match(rule, rootNamespace, destination);
                if (!(match instanceof RuleMatcher.Match.Never)) {
                    possible.add(new PossibleCheck(rule, match));
                }
            }
        }
        return List.copyOf(possible);
    }

    /// A rule that may decide, and when: [RuleMatcher.Match.Always] or [RuleMatcher.Match.Sometimes].
    public record PossibleCheck(PolicyRule rule, RuleMatcher.Match match) {}

    static String scopeAttribute(@Nullable Object reporterKind) {
        return "outbound".equals(reporterKind) ? "source.namespace" : "destination.namespace";
    }
}
