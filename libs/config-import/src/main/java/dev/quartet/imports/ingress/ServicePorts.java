package dev.quartet.imports.ingress;

import dev.quartet.config.Tree;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.read.ClusterObject;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Which number a Service's port of a name has.
@FunctionalInterface
public interface ServicePorts {
    /// @param host the Service's full name
    /// @return number by name; empty when there is no such Service
    Optional<Map<String, Integer>> named(String host);

    /// Of the Services among the objects of a file.
    static ServicePorts of(Collection<ClusterObject> objects) {
        var services = new HashMap<String, Map<String, Integer>>();
        for (var object : objects) {
            if (object.subject().kind().equals("Service")) {
                services.put(
                        Hosts.resolve(object.subject().name(), object.subject().namespace()),
                        ports(object.body()));
            }
        }
        return host -> Optional.ofNullable(services.get(host));
    }

    private static Map<String, Integer> ports(Tree service) {
        var numbers = new HashMap<String, Integer>();
        if (service instanceof Tree.Fields(var fields)
                && fields.get("spec") instanceof Tree.Fields(var spec)
                && spec.get("ports") instanceof Tree.Items(var ports)) {
            for (var port : ports) {
                if (port instanceof Tree.Fields(var entries)
                        && entries.get("name") instanceof Tree.Text(var name)
                        && entries.get("port") instanceof Tree.Num(var number)) {
                    numbers.put(name, number.intValue());
                }
            }
        }
        return numbers;
    }
}
