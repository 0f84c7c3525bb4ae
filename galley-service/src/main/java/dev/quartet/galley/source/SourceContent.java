package dev.quartet.galley.source;

import dev.quartet.config.Problem;
import dev.quartet.config.read.ReadResource;
import java.util.List;

/// What one source has at one moment. Immutable.
///
/// @param problems what could not be read; the last good content of those files is among the resources
public record SourceContent(Origin origin, List<ReadResource> resources, List<Problem> problems) {
    public SourceContent {
        resources = List.copyOf(resources);
        problems = List.copyOf(problems);
    }
}
