package dev.quartet.config.check;

import dev.quartet.config.KeyOrder;
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
    private static final KeyOrder<ReadResource> ORDER =
            new KeyOrder<>(read -> read.resource().key());

    /// A service that is known from elsewhere than ServiceEntries, for example from Kubernetes.
    public record KnownService(String host, Set<Integer> ports) {
        public KnownService {
            ports = Set.copyOf(ports);
        }
    }

    /// A resource that names what is not there, and what was said of that.
    private record Dangling(ReadResource read, List<Problem> told) {}

    private final Supplier<SetProblems> newProblems;
    private List<KnownService> known = List.of();
    private SetIndex index = new SetIndex(known);

    /// The set, in the order of its keys.
    private List<ReadResource> judged = List.of();

    private final Map<ReadResource, SetFacts> facts = new IdentityHashMap<>();
    private final Map<ResourceKey, Dangling> dangling = new HashMap<>();
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
        var found = new TreeMap<ResourceKey, List<Problem>>();
        if (!ORDER.isIn(sorted, judged)) {
            sorted.sort(BY_KEY);
            var twice = newProblems.get();
            new Conflicts(twice).twice(sorted);
            found.putAll(twice.found());
            if (!found.isEmpty()) {
                sorted = firstOfEach(sorted);
            }
        }
        if (!known.equals(List.copyOf(services))) {
            startAnew(List.copyOf(services));
        }
        update(sorted);
        conflicts
                .values()
                .forEach(ofClaim -> ofClaim.forEach((key, told) -> add(found, key, told)));
        dangling.forEach((key, names) -> add(found, key, names.told()));
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
        ORDER.difference(judged, now, this::went, read -> came(read, again));
        judged = now;
        var changed = index.changes();
        if (changed.everything()) {
            now.forEach(read -> again.put(read.resource().key(), read));
        } else {
            changed.hosts().forEach(host -> again(index.namingHost(host), again));
            changed.referables().forEach(key -> again(index.naming(key), again));
            // what is said of missing ones names what is there
            if (!changed.hosts().isEmpty() || !changed.referables().isEmpty()) {
                dangling.forEach((key, names) -> again.put(key, names.read()));
            }
        }
        var told = newProblems.get();
        var references = new References(index, told);
        again.forEach((key, read) ->
                references.check(read, Objects.requireNonNull(facts.get(read), "in the index")));
        again.keySet().forEach(dangling::remove);
        told.found()
                .forEach((key, problems) ->
                        dangling.put(
                                key,
                                new Dangling(
                                        Objects.requireNonNull(again.get(key), "just checked"),
                                        problems)));
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

    /// Into the index, and among those that are looked at.
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
