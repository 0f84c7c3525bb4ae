package dev.quartet.config.check;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ReadResource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What is wrong with the resources of a set. Not thread-safe; one per check.
class SetProblems {
    private final Map<ResourceKey, OfOne> byResource = new HashMap<>();

    private record OfOne(ReadResource resource, Problems problems) {}

    void add(Reason reason, ReadResource resource, FieldPath path, String fault, String fix) {
        byResource
                .computeIfAbsent(
                        resource.resource().key(), key -> new OfOne(resource, new Problems(key)))
                .problems()
                .add(reason, path, fault, fix);
    }

    /// With the file and line of each.
    Map<ResourceKey, List<Problem>> found() {
        var found = new HashMap<ResourceKey, List<Problem>>();
        byResource.forEach((key, one) ->
                found.put(
                        key, one.problems().found().stream().map(one.resource()::locate).toList()));
        return found;
    }
}
