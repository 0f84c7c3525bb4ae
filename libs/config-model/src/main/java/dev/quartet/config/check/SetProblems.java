package dev.quartet.config.check;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import java.util.List;
import java.util.TreeMap;

/// What is wrong with the resources of a set, in the order of their keys. Not thread-safe; one per check.
class SetProblems {
    private final TreeMap<ResourceKey, Problems> byResource = new TreeMap<>();

    void add(Reason reason, Resource<?> resource, FieldPath path, String fault, String fix) {
        byResource.computeIfAbsent(resource.key(), Problems::new).add(reason, path, fault, fix);
    }

    List<Problem> found() {
        return byResource.values().stream().flatMap(problems -> problems.found().stream()).toList();
    }
}
