package dev.quartet.galley.process;

import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.check.ConfigSetChecker;
import dev.quartet.config.check.ResourceChecker;
import dev.quartet.config.read.ReadResource;
import dev.quartet.expressions.AttributeVocabulary;
import dev.quartet.galley.source.Origin;
import dev.quartet.galley.source.SourceContent;
import dev.quartet.policy.PolicyTable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Merges the sources and judges the result: each resource by itself, all resources together, and Mixer's rules,
/// handlers and instances as the policy table that Mixer will make of them.
public final class ConfigProcessor {
    private static final Comparator<Problem> ORDER =
            Comparator.comparing(Problem::severity)
                    .thenComparing(
                            problem -> problem.position() == null ? "" : problem.position().file())
                    .thenComparing(
                            problem -> problem.position() == null ? 0 : problem.position().line())
                    .thenComparing(Problem::toString);

    private ConfigProcessor() {}

    /// @param sources in any order; [Origin] says who wins
    public static JudgedConfig process(Collection<SourceContent> sources) {
        var entries = new TreeMap<ResourceKey, ConfigEntry>();
        var problems = new LinkedHashSet<Problem>();
        sources.stream()
                .sorted(Comparator.comparing(SourceContent::origin))
                .forEach(source -> {
                    problems.addAll(source.problems());
                    for (var read : source.resources()) {
                        var lower = entries.get(read.resource().key());
                        var hidden = new ArrayList<Origin>();
                        if (lower != null) {
                            hidden.addAll(lower.hidden());
                            hidden.add(lower.origin());
                        }
                        entries.put(
                                read.resource().key(),
                                new ConfigEntry(read, source.origin(), List.copyOf(hidden)));
                    }
                });
        keepOneOfTheMesh(entries);
        var services = sources.stream().flatMap(source -> source.services().stream()).toList();
        List<Resource<?>> resources = new ArrayList<>();
        List<ReadResource> reads = new ArrayList<>();
        for (var entry : entries.values()) {
            resources.add(entry.resource());
            reads.add(entry.read());
            problems.addAll(ResourceChecker.check(entry.read()));
        }
        problems.addAll(ConfigSetChecker.checkRead(reads, services));
        var policy =
                PolicyTable.build(
                        resources,
                        AttributeVocabulary.standard(),
                        PolicyTable.rootNamespaceOf(resources));
        for (var problem : policy.problems()) {
            problems.add(located(problem, entries));
        }
        return new JudgedConfig(entries, problems.stream().sorted(ORDER).toList());
    }

    /// Of settings for the whole mesh there is one, whatever its name: a user's stands in the place of the built-in one, a
    /// cluster's in the place of all others.
    private static void keepOneOfTheMesh(Map<ResourceKey, ConfigEntry> entries) {
        for (var kind : Kind.values()) {
            if (kind.scope() == Kind.Scope.MESH) {
                keepOne(kind, entries);
            }
        }
    }

    private static void keepOne(Kind kind, Map<ResourceKey, ConfigEntry> entries) {
        var origins =
                entries.entrySet().stream()
                        .filter(entry -> entry.getKey().kind() == kind)
                        .map(entry -> entry.getValue().origin())
                        .toList();
        var ofCluster = origins.contains(Origin.KUBERNETES);
        var ofUser = origins.stream().anyMatch(origin -> origin != Origin.BUILT_IN);
        entries.values()
                .removeIf(entry ->
                        entry.resource().key().kind() == kind
                                && (ofCluster && entry.origin() != Origin.KUBERNETES
                                        || ofUser && entry.origin() == Origin.BUILT_IN));
    }

    private static Problem located(Problem problem, Map<ResourceKey, ConfigEntry> entries) {
        var resource = problem.resource();
        var entry = resource == null ? null : entries.get(resource);
        return entry == null ? problem : entry.read().locate(problem);
    }
}
