package dev.quartet.imports;

import dev.quartet.config.Resource;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.config.read.ReadResource;
import java.util.List;
import java.util.Set;

/// All that an import is given, in the order of the files.
///
/// @param objects of old kinds and of Kubernetes
/// @param resources that stand there as today's already
/// @param rootNamespace whose policies are for the whole mesh
public record ImportInput(
        List<ClusterObject> objects, List<ReadResource> resources, String rootNamespace) {
    public ImportInput {
        objects = List.copyOf(objects);
        resources = List.copyOf(resources);
    }

    public List<ClusterObject> objects(Set<String> kinds) {
        return objects.stream().filter(it -> kinds.contains(it.subject().kind())).toList();
    }

    public List<Resource<?>> plainResources() {
        return resources.stream().<Resource<?>>map(ReadResource::resource).toList();
    }
}
