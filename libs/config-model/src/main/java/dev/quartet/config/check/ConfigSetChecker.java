package dev.quartet.config.check;

import dev.quartet.config.Problem;
import dev.quartet.config.read.ReadResource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Judges a whole set: what refers to something that is not there, and what claims the same thing twice. The problems come in the
/// order of the resources' keys.
///
/// What follows from one resource alone is remembered from one check to the next, so that a set of which little has changed is
/// judged fast. Safe for many threads; the last one to end is remembered.
public final class ConfigSetChecker {
    private volatile Map<ReadResource, SetFacts> remembered = Map.of();

    /// A service that is known from elsewhere than ServiceEntries, for example from Kubernetes.
    public record KnownService(String host, Set<Integer> ports) {
        public KnownService {
            ports = Set.copyOf(ports);
        }
    }

    /// Judges a set once.
    public static List<Problem> checkRead(
            Collection<ReadResource> resources, Collection<KnownService> services) {
        return new ConfigSetChecker().check(resources, services);
    }

    /// With the file and line of each problem, and of the other resource where two collide.
    ///
    /// @param services known from elsewhere
    public List<Problem> check(
            Collection<ReadResource> resources, Collection<KnownService> services) {
        return check(resources, services, new SetProblems());
    }

    List<Problem> check(
            Collection<ReadResource> resources,
            Collection<KnownService> services,
            SetProblems problems) {
        var sorted = new ArrayList<>(resources);
        sorted.sort(Comparator.comparing(read -> read.resource().key()));
        var before = remembered;
        var now = new IdentityHashMap<ReadResource, SetFacts>(sorted.size());
        var facts = new ArrayList<SetFacts>(sorted.size());
        for (var read : sorted) {
            var known = before.get(read);
            var fact = known == null ? SetFacts.of(read.resource()) : known;
            now.put(read, fact);
            facts.add(fact);
        }
        remembered = now;
        new Conflicts(problems).check(sorted, facts);
        new References(problems).check(sorted, facts, services);
        return problems.found();
    }
}
