package dev.quartet.imports.rbac;

import dev.quartet.config.Tree;
import dev.quartet.config.read.ClusterObject;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A Service of Kubernetes, for RBAC names services and an AuthorizationPolicy workloads.
///
/// @param selector of its workloads; empty when they are not said
/// @param ports of the workload, by number; null when they are not all known
record Service(
        String namespace, String name, Map<String, String> selector, @Nullable Set<String> ports) {
    Service {
        selector = Map.copyOf(selector);
        ports = ports == null ? null : Collections.unmodifiableSet(new TreeSet<>(ports));
    }

    static Service of(ClusterObject object) {
        var spec = field(object.body(), "spec");
        var selector = new TreeMap<String, String>();
        if (field(spec, "selector") instanceof Tree.Fields(var labels)) {
            for (var label : labels.entrySet()) {
                if (label.getValue() instanceof Tree.Text(var text)) {
                    selector.put(label.getKey(), text);
                } else {
                    // Kubernetes refuses it; without this label it would select more
                    return new Service(
                            object.subject().namespace(), object.subject().name(), Map.of(), null);
                }
            }
        }
        return new Service(
                object.subject().namespace(),
                object.subject().name(),
                selector,
                ports(field(spec, "ports")));
    }

    private static @Nullable Set<String> ports(@Nullable Tree given) {
        var ports = new TreeSet<String>();
        if (!(given instanceof Tree.Items(var items))) {
            return null;
        }
        for (var item : items) {
            var target = field(item, "targetPort");
            switch (target == null ? field(item, "port") : target) {
                case Tree.Num(var number) -> ports.add(number.toPlainString());
                case Tree.Text(var text) when text.matches("[0-9]+") -> ports.add(text);
                case null, default -> {
                    return null; // the port of a container, by its name
                }
            }
        }
        return ports;
    }

    private static @Nullable Tree field(@Nullable Tree tree, String name) {
        return tree instanceof Tree.Fields(var fields) ? fields.get(name) : null;
    }

    /// As RBAC compares it.
    String host() {
        return name + suffix(namespace);
    }

    static String suffix(String namespace) {
        return "." + namespace + ".svc.cluster.local";
    }

    /// Whether one workload may be behind both.
    boolean mayShareWorkloads(Service other) {
        return !equals(other)
                && namespace.equals(other.namespace)
                && !selector.isEmpty()
                && !other.selector.isEmpty()
                && !excludes(selector, other.selector);
    }

    /// Whether its ports tell its requests from those of the other.
    boolean hasPortsApartFrom(Service other) {
        return ports != null && other.ports != null && Collections.disjoint(ports, other.ports);
    }

    /// Whether no workload can have the labels of both.
    static boolean excludes(Map<String, String> labels, Map<String, String> others) {
        return labels.entrySet().stream()
                .anyMatch(it ->
                        others.containsKey(it.getKey())
                                && !it.getValue().equals(others.get(it.getKey())));
    }
}
