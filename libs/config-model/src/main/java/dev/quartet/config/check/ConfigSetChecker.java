package dev.quartet.config.check;

import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ReadResource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Set;

/// Judges a whole set: what refers to something that is not there, and what claims the same thing twice.
/// Pure and thread-safe; the problems come in the order of the resources' keys.
public final class ConfigSetChecker {
    private ConfigSetChecker() {}

    /// A service that is known from elsewhere than ServiceEntries, for example from Kubernetes.
    public record KnownService(String host, Set<Integer> ports) {
        public KnownService {
            ports = Set.copyOf(ports);
        }
    }

    /// With the file and line of each problem, and of the other resource where two collide.
    ///
    /// @param services known from elsewhere
    public static List<Problem> checkRead(
            Collection<ReadResource> resources, Collection<KnownService> services) {
        return checkRead(resources, services, new SetProblems());
    }

    static List<Problem> checkRead(
            Collection<ReadResource> resources,
            Collection<KnownService> services,
            SetProblems problems) {
        var sorted = new ArrayList<>(resources);
        sorted.sort(Comparator.comparing(read -> read.resource().key()));
        var byKey = new HashMap<ResourceKey, ReadResource>();
        sorted.forEach(read -> byKey.putIfAbsent(read.resource().key(), read));
        var plain = sorted.stream().<Resource<?>>map(ReadResource::resource).toList();
        new Conflicts(problems).check(sorted);
        new References(problems, plain, services).check();
        return problems.found().stream()
                .map(problem -> {
                    var read = problem.resource() == null ? null : byKey.get(problem.resource());
                    return read == null ? problem : read.locate(problem);
                })
                .toList();
    }
}
