package dev.quartet.pilot.registry;

import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.Registry.Port;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.pilot.ingest.Registry.RegisteredWorkload;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/// Registries merged, in the order of precedence. Pure. For one call.
///
/// A host in several of them is one service with the workloads of all, when its name and namespace are the same: clusters of
/// one mesh hold parts of it. Its ports and annotations are the first's, its addresses to clients of each registry that one's own; a later one's workloads are reached at the port that they have by the same
/// name, or else by the same number. Where name or namespace differ the first has the host. Two workloads of one
/// name are told apart by the later one's registry: `db-0@east.shop`.
/// After Istio 1.4, `pilot/pkg/serviceregistry/aggregate/controller.go`.
final class Union {
    /// @param name of the registry
    record Part(String name, Registry registry) {}

    private final SortedMap<String, RegisteredService> services = new TreeMap<>();
    private final SortedMap<String, RegisteredWorkload> workloads = new TreeMap<>();

    private final BiConsumer<String, String> refused;

    private Union(BiConsumer<String, String> refused) {
        this.refused = refused;
    }

    /// @param refused told of a registry and a host that another one has
    static Registry of(List<Part> parts, BiConsumer<String, String> refused) {
        if (parts.size() == 1) {
            return parts.getFirst().registry();
        }
        var union = new Union(refused);
        parts.forEach(union::add);
        return Contents.of(union.services, union.workloads);
    }

    private void add(Part part) {
        var names = new HashMap<String, String>();
        for (var workload : part.registry().workloads()) {
            var known = workloads.get(workload.instance());
            if (known == null) {
                workloads.put(workload.instance(), workload);
            } else if (known.address().equals(workload.address())) {
                workloads.put(workload.instance(), Contents.withPorts(known, workload.ports()));
            } else {
                var name = apart(workload, part.name());
                names.put(workload.instance(), name);
                workloads.put(name, Contents.withInstance(workload, name));
            }
        }
        for (var service : part.registry().services()) {
            var own =
                    Contents.withMembers(
                            service,
                            service.members().stream()
                                    .map(it -> names.getOrDefault(it, it))
                                    .toList());
            var first = services.putIfAbsent(service.host(), own);
            if (first == null) {
                continue;
            }
            if (first.name().equals(service.name())
                    && first.namespace().equals(service.namespace())) {
                join(first, own, part.name());
            } else {
                refused.accept(part.name(), service.host());
            }
        }
    }

    private static String apart(RegisteredWorkload workload, String registry) {
        var end = "." + workload.namespace();
        var instance = workload.instance();
        return instance.endsWith(end)
                ? instance.substring(0, instance.length() - end.length()) + "@" + registry + end
                : instance + "@" + registry;
    }

    private void join(RegisteredService first, RegisteredService other, String registry) {
        var members = new TreeSet<>(first.members());
        members.addAll(other.members());
        var gateways = new TreeMap<>(other.gateways());
        gateways.putAll(first.gateways());
        var elsewhere = new TreeMap<>(first.elsewhere());
        if (!other.addresses().equals(first.addresses())) {
            elsewhere.put(registry, other.addresses());
        }
        services.put(first.host(), Contents.withMembers(first, members).with(gateways, elsewhere));
        var renamed = renamed(first, other);
        if (renamed.isEmpty()) {
            return;
        }
        for (var member : other.members()) {
            var workload = workloads.get(member);
            if (workload != null) {
                var more = new TreeMap<String, Integer>();
                renamed.forEach((mine, theirs) -> {
                    var port = workload.ports().get(first.host() + "/" + theirs);
                    if (port != null) {
                        more.put(first.host() + "/" + mine, port);
                    }
                });
                workloads.put(
                        member,
                        Contents.withPorts(workload, Collections.unmodifiableSortedMap(more)));
            }
        }
    }

    /// The first's name of a port to the other's, where only the numbers are the same.
    private static Map<String, String> renamed(RegisteredService first, RegisteredService other) {
        var renamed = new HashMap<String, String>();
        var names = other.ports().stream().map(Port::name).toList();
        for (var port : first.ports()) {
            if (!names.contains(port.name())) {
                other.ports().stream()
                        .filter(it -> it.number() == port.number())
                        .findFirst()
                        .ifPresent(it -> renamed.put(port.name(), it.name()));
            }
        }
        return renamed;
    }
}
