package dev.quartet.config.analyze;

import dev.quartet.config.Subject;
import dev.quartet.config.check.ConfigSetChecker.KnownService;
import dev.quartet.config.read.ClusterObject;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What is known of the world that config speaks of, beside the config itself. Immutable.
///
/// @param complete the aspects of which nothing is missing here: what is not among them does not exist. Of the others what
///     stands here is known, and a namespace of which something stands here counts as known
public record Surroundings(
        List<KubeService> services,
        List<KubeNamespace> namespaces,
        List<KubeWorkload> workloads,
        List<KubeSecret> secrets,
        Set<Aspect> complete) {
    public Surroundings {
        services = List.copyOf(services);
        namespaces = List.copyOf(namespaces);
        workloads = List.copyOf(workloads);
        secrets = List.copyOf(secrets);
        complete = Set.copyOf(complete);
    }

    /// Nothing but the config is known.
    public static Surroundings unknown() {
        return new Surroundings(List.of(), List.of(), List.of(), List.of(), Set.of());
    }

    /// Services are ServiceEntries, and workloads are WorkloadEntries or register with a WorkloadGroup: all of it is config.
    public static Surroundings outsideKubernetes() {
        return new Surroundings(
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                Set.of(Aspect.SERVICES, Aspect.WORKLOADS));
    }

    /// What stood among the resources of texts.
    public static Surroundings of(Collection<ClusterObject> objects) {
        return Manifests.read(objects);
    }

    /// Both; of two objects with one name the later one counts.
    public Surroundings with(Surroundings later) {
        return new Surroundings(
                merged(services, later.services, KubeService::object),
                merged(namespaces, later.namespaces, KubeNamespace::object),
                merged(workloads, later.workloads, KubeWorkload::object),
                merged(secrets, later.secrets, KubeSecret::object),
                Stream.concat(complete.stream(), later.complete.stream())
                        .collect(Collectors.toSet()));
    }

    private static <T> List<T> merged(
            List<T> earlier, List<T> later, Function<T, ClusterObject> object) {
        Map<Subject, T> all = new LinkedHashMap<>();
        earlier.forEach(one -> all.put(object.apply(one).subject(), one));
        later.forEach(one -> all.put(object.apply(one).subject(), one));
        return List.copyOf(all.values());
    }

    /// The services as the checks of a set take them.
    public List<KnownService> knownServices() {
        return services.stream()
                .map(service ->
                        new KnownService(
                                service.host(),
                                service.ports().stream()
                                        .map(KubeService.Port::number)
                                        .collect(Collectors.toSet())))
                .toList();
    }
}
