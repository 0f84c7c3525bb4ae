package dev.quartet.galley.process;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
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
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Merges the sources and judges the result: each resource by itself, all resources together, and Mixer's rules,
/// handlers and instances as the policy table that Mixer will make of them.
///
/// What was found of a resource is remembered until the next call, so that a config of which little has changed is judged in
/// milliseconds; the result does not depend on it. Safe for many threads.
public final class ConfigProcessor {
    private static final Comparator<Problem> ORDER =
            Comparator.comparing(Problem::severity)
                    .thenComparing(
                            problem -> problem.position() == null ? "" : problem.position().file())
                    .thenComparing(
                            problem -> problem.position() == null ? 0 : problem.position().line())
                    .thenComparing(Problem::toString);

    private final Merge merge = new Merge();
    private final ConfigSetChecker sets = new ConfigSetChecker();

    /// What is wrong with each resource by itself, as the last call found it.
    private volatile Map<ReadResource, List<Problem>> judged = Map.of();

    private volatile JudgedPolicy policy = new JudgedPolicy("", List.of(), List.of());

    /// @param of the resources of Mixer's kinds
    private record JudgedPolicy(
            String rootNamespace, List<ReadResource> of, List<Problem> problems) {
        boolean isOf(String rootNamespace, List<ReadResource> others) {
            return this.rootNamespace.equals(rootNamespace) && same(of, others);
        }

        @SuppressWarnings("ReferenceEquality") // a resource that was read anew may stand elsewhere
        private static boolean same(List<ReadResource> some, List<ReadResource> others) {
            if (some.size() != others.size()) {
                return false;
            }
            for (int i = 0; i < some.size(); i++) {
                if (some.get(i) != others.get(i)) {
                    return false;
                }
            }
            return true;
        }
    }

    /// @param sources in any order; [Origin] says who wins
    public JudgedConfig process(Collection<SourceContent> sources) {
        TreeMap<ResourceKey, ConfigEntry> entries;
        synchronized (merge) {
            entries = merge.of(sources);
        }
        keepOneOfTheMesh(entries);
        var problems = new LinkedHashSet<Problem>();
        sources.forEach(source -> problems.addAll(source.problems()));
        problems.addAll(hiddenIngresses(sources, entries));
        var reads = new ArrayList<ReadResource>(entries.size());
        entries.values().forEach(entry -> reads.add(entry.read()));
        problems.addAll(
                eachByItself(
                        entries.values().stream()
                                .filter(entry -> !entry.origin().judgesWhenItReads())
                                .map(ConfigEntry::read)
                                .toList()));
        problems.addAll(
                sets.check(
                        reads,
                        sources.stream().flatMap(source -> source.services().stream()).toList()));
        for (var problem : policy(entries)) {
            problems.add(located(problem, entries));
        }
        return new JudgedConfig(entries, problems.stream().sorted(ORDER).toList());
    }

    private static List<Problem> hiddenIngresses(
            Collection<SourceContent> sources, Map<ResourceKey, ConfigEntry> entries) {
        var problems = new ArrayList<Problem>();
        for (var source : sources) {
            if (source.origin() != Origin.INGRESS) {
                continue;
            }
            for (var made : source.resources()) {
                var key = made.resource().key();
                var entry = entries.get(key);
                if (entry != null && entry.origin() != Origin.INGRESS) {
                    problems.add(
                            new Problem(
                                    Reason.INGRESS_HIDDEN,
                                    key,
                                    made.position(),
                                    FieldPath.METADATA.field("name"),
                                    "a resource of this name is there already (%s), so what the Ingress says is not in force"
                                            .formatted(entry.place()),
                                    "rename the resource, or take the Ingress out"));
                }
            }
        }
        return problems;
    }

    private List<Problem> eachByItself(List<ReadResource> reads) {
        var before = judged;
        var now = new IdentityHashMap<ReadResource, List<Problem>>(reads.size());
        var problems = new ArrayList<Problem>();
        for (var read : reads) {
            var known = before.get(read);
            var found = known == null ? ResourceChecker.check(read) : known;
            now.put(read, found);
            problems.addAll(found);
        }
        judged = now;
        return problems;
    }

    private List<Problem> policy(SortedMap<ResourceKey, ConfigEntry> entries) {
        var root =
                PolicyTable.rootNamespaceOf(
                        of(Kind.MESH_CONFIG, entries).values().stream()
                                .<Resource<?>>map(ConfigEntry::resource)
                                .toList());
        var ofMixer =
                Stream.of(Kind.RULE, Kind.HANDLER, Kind.INSTANCE)
                        .flatMap(kind -> of(kind, entries).values().stream())
                        .map(ConfigEntry::read)
                        .toList();
        var known = policy;
        if (known.isOf(root, ofMixer)) {
            return known.problems();
        }
        var table =
                PolicyTable.build(
                        ofMixer.stream().<Resource<?>>map(ReadResource::resource).toList(),
                        AttributeVocabulary.standard(),
                        root);
        policy = new JudgedPolicy(root, ofMixer, table.problems());
        return table.problems();
    }

    /// The part of the map that is of one kind.
    private static SortedMap<ResourceKey, ConfigEntry> of(
            Kind kind, SortedMap<ResourceKey, ConfigEntry> entries) {
        var from = entries.tailMap(new ResourceKey(kind, "", ""));
        var kinds = Kind.values();
        return kind.ordinal() + 1 == kinds.length
                ? from
                : from.headMap(new ResourceKey(kinds[kind.ordinal() + 1], "", ""));
    }

    /// Of settings for the whole mesh there is one, whatever its name: a user's stands in the place of the built-in one, a
    /// cluster's in the place of all others.
    private static void keepOneOfTheMesh(SortedMap<ResourceKey, ConfigEntry> entries) {
        for (var kind : Kind.values()) {
            if (kind.scope() == Kind.Scope.MESH) {
                keepOne(of(kind, entries).values());
            }
        }
    }

    private static void keepOne(Collection<ConfigEntry> entries) {
        var origins = entries.stream().map(ConfigEntry::origin).toList();
        var ofCluster = origins.contains(Origin.KUBERNETES);
        var ofUser = origins.stream().anyMatch(origin -> origin != Origin.BUILT_IN);
        entries.removeIf(entry ->
                ofCluster && entry.origin() != Origin.KUBERNETES
                        || ofUser && entry.origin() == Origin.BUILT_IN);
    }

    private static Problem located(Problem problem, Map<ResourceKey, ConfigEntry> entries) {
        var resource = problem.resource();
        var entry = resource == null ? null : entries.get(resource);
        return entry == null ? problem : entry.read().locate(problem);
    }
}
