package dev.quartet.galley.process;

import dev.quartet.config.Resource;
import dev.quartet.config.read.ReadResource;
import dev.quartet.galley.source.Origin;
import java.util.List;

/// One resource of the config: the version that is in force.
///
/// @param origin the source that wins
/// @param hidden sources of lower precedence that have it too
public record ConfigEntry(ReadResource read, Origin origin, List<Origin> hidden) {
    public Resource<?> resource() {
        return read.resource();
    }

    /// Where it is, as users know the place.
    public String place() {
        return switch (origin) {
            case BUILT_IN -> "the built-in defaults";
            case INGRESS, KUBERNETES -> "Kubernetes, " + read.position();
            case DIRECTORY -> "the directory's file " + read.position();
            case APPLIED -> "REST";
        };
    }
}
