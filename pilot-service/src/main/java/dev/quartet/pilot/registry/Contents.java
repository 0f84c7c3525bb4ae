package dev.quartet.pilot.registry;

import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.pilot.ingest.Registry.RegisteredWorkload;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// What one asks of a [Registry]'s content, and copies of its records with one part changed. Pure.
final class Contents {
    private Contents() {}

    /// Instances that serve something.
    static Set<String> endpoints(Registry registry) {
        var endpoints = new HashSet<String>();
        registry.services().forEach(service -> endpoints.addAll(service.members()));
        return endpoints;
    }

    static RegisteredService withMembers(RegisteredService service, Collection<String> members) {
        return service.withMembers(List.copyOf(new TreeSet<>(members)));
    }

    static RegisteredWorkload withInstance(RegisteredWorkload workload, String instance) {
        return new RegisteredWorkload(
                instance,
                workload.name(),
                workload.namespace(),
                workload.address(),
                workload.ports(),
                workload.labels(),
                workload.serviceAccount(),
                workload.hasSidecar(),
                workload.place(),
                workload.registry());
    }

    /// @param more where it has no port of its own by that key
    static RegisteredWorkload withPorts(
            RegisteredWorkload workload, SortedMap<String, Integer> more) {
        if (workload.ports().keySet().containsAll(more.keySet())) {
            return workload;
        }
        var ports = new TreeMap<>(more);
        ports.putAll(workload.ports());
        return new RegisteredWorkload(
                workload.instance(),
                workload.name(),
                workload.namespace(),
                workload.address(),
                Collections.unmodifiableSortedMap(ports),
                workload.labels(),
                workload.serviceAccount(),
                workload.hasSidecar(),
                workload.place(),
                workload.registry());
    }

    static Registry of(
            SortedMap<String, RegisteredService> services,
            SortedMap<String, RegisteredWorkload> workloads) {
        return new Registry(List.copyOf(services.values()), List.copyOf(workloads.values()));
    }
}
