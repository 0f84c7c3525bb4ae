package dev.quartet.config.check;

import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ReadResource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/// Judges a whole set: what refers to something that is not there, and what claims the same thing twice. The problems come in the
/// order of the resources' keys.
///
/// It keeps an index of the set that it judged last, and looks again at what a change concerns only; what it says does not depend
/// on that. Thread-safe; one check at a time.
public final class ConfigSetChecker {
    private static final Comparator<ReadResource> BY_KEY =
            Comparator.comparing(read -> read.resource().key());

    /// A service that is known from elsewhere than ServiceEntries, for example from Kubernetes.
    public record KnownService(String host, Set<Integer> ports) {
        public KnownService {
            ports = Set.copyOf(ports);
        }
    }

    private final Supplier<SetProblems> newProblems;
    private List<KnownService> known = List.of();
    private SetIndex index = new SetIndex(known);

    /// The set, in the order of its keys.
    private List<ReadResource> judged = List.of();

    private final Map<ReadResource, SetFacts> facts = new IdentityHashMap<>();
    private final Map<ResourceKey, List<Problem>> dangling = new HashMap<>();
    private final Map<SetIndex.Claimed, Map<ResourceKey, List<Problem>>> conflicts =
            new HashMap<>();

    public ConfigSetChecker() {
        this(SetProblems::new);
    }

    ConfigSetChecker(Supplier<SetProblems> newProblems) {
        this.newProblems = newProblems;
    }

    /// Judges a set once.
    public static List<Problem> checkRead(
            Collection<ReadResource> resources, Collection<KnownService> services) {
        return new ConfigSetChecker().check(resources, services);
    }

    /// With the file and line of each problem, and of the other resource where two collide.
    ///
    /// @param services known from elsewhere
    public synchronized List<Problem> check(
            Collection<ReadResource> resources, Collection<KnownService> services) {
        var sorted = new ArrayList<>(resources);
        sorted.sort(BY_KEY);
        var twice = newProblems.get();
        new Conflicts(twice).twice(sorted);
        var found = new TreeMap<ResourceKey, List<Problem>>(twice.found());
        if (!found.isEmpty()) {
            sorted = firstOfEach(sorted);
        }
        if (!known.equals(List.copyOf(services))) {
            startAnew(List.copyOf(services));
        }
        update(sorted);
        conflicts
                .values()
                .forEach(ofClaim -> ofClaim.forEach((key, told) -> add(found, key, told)));
        dangling.forEach((key, told) -> add(found, key, told));
        return found.values().stream().flatMap(List::stream).toList();
    }

    private static ArrayList<ReadResource> firstOfEach(List<ReadResource> sorted) {
        var first = new ArrayList<ReadResource>();
        for (var read : sorted) {
            if (first.isEmpty() || BY_KEY.compare(first.getLast(), read) != 0) {
                first.add(read);
            }
        }
        return first;
    }

    private static void add(
            Map<ResourceKey, List<Problem>> found, ResourceKey key, List<Problem> told) {
        found.merge(
                key,
                told,
                (some, more) -> {
                    var all = new ArrayList<>(some);
                    all.addAll(more);
                    return all;
                });
    }

    private void startAnew(List<KnownService> services) {
        known = services;
        index = new SetIndex(services);
        judged = List.of();
        facts.clear();
        dangling.clear();
        conflicts.clear();
    }

    private void update(List<ReadResource> now) {
        var again = new TreeMap<ResourceKey, ReadResource>();
        difference(now, again);
        judged = now;
        var changed = index.changes();
        if (changed.everything()) {
            now.forEach(read -> again.put(read.resource().key(), read));
        } else {
            changed.hosts().forEach(host -> again(index.namingHost(host), again));
            changed.referables().forEach(key -> again(index.naming(key), again));
            // what is said of missing ones names what is there
            if (!changed.hosts().isEmpty() || !changed.referables().isEmpty()) {
                now.stream()
                        .filter(read -> dangling.containsKey(read.resource().key()))
                        .forEach(read -> again.put(read.resource().key(), read));
            }
        }
        var told = newProblems.get();
        var references = new References(index, told);
        again.forEach((key, read) ->
                references.check(read, Objects.requireNonNull(facts.get(read), "in the index")));
        again.keySet().forEach(dangling::remove);
        dangling.putAll(told.found());
        for (var claimed : changed.claims()) {
            var ofClaim = newProblems.get();
            new Conflicts(ofClaim).check(index.claimants(claimed));
            conflicts.put(claimed, ofClaim.found());
            if (conflicts.get(claimed).isEmpty()) {
                conflicts.remove(claimed);
            }
        }
    }

    private static void again(
            Collection<ReadResource> reads, Map<ResourceKey, ReadResource> again) {
        reads.forEach(read -> again.put(read.resource().key(), read));
    }

    /// Takes out of the index what went and puts in what came; both sets are in the order of their keys.
    @SuppressWarnings("ReferenceEquality") // the same content read anew may stand in other lines
    private void difference(List<ReadResource> now, Map<ResourceKey, ReadResource> came) {
        int before = 0;
        int after = 0;
        while (before < judged.size() || after < now.size()) {
            if (before == judged.size()) {
                came(now.get(after++), came);
            } else if (after == now.size()) {
                went(judged.get(before++));
            } else if (judged.get(before) == now.get(after)) {
                before++;
                after++;
            } else {
                int order = BY_KEY.compare(judged.get(before), now.get(after));
                if (order <= 0) {
                    went(judged.get(before++));
                }
                if (order >= 0) {
                    came(now.get(after++), came);
                }
            }
        }
    }

    private void came(ReadResource read, Map<ResourceKey, ReadResource> came) {
        var fact = SetFacts.of(read.resource());
        facts.put(read, fact);
        index.add(read, fact);
        came.put(read.resource().key(), read);
    }

    private void went(ReadResource read) {
        var fact = facts.remove(read);
        if (fact != null) {
            index.remove(read, fact);
        }
        dangling.remove(read.resource().key());
    }
}
