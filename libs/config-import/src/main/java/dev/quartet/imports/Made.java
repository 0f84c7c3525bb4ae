package dev.quartet.imports;

import dev.quartet.config.Resource;
import java.util.List;

/// A resource that an [Importer] has made.
///
/// @param origins of which it was made, that which it stands for first
public record Made(Resource<?> resource, List<Origin> origins) {
    public Made {
        origins = List.copyOf(origins);
        if (origins.isEmpty()) {
            throw new IllegalArgumentException(resource.key() + " was made of nothing");
        }
    }
}
