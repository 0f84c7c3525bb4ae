package dev.quartet.galley.source;

import dev.quartet.config.Problem;
import dev.quartet.config.check.ConfigSetChecker.KnownService;
import dev.quartet.config.read.ReadResource;
import java.util.List;

/// What one source has at one moment. Immutable.
///
/// @param problems what could not be read; the last good content of those files is among the resources
/// @param services that are no resources, and that resources may name
public record SourceContent(
        Origin origin,
        List<ReadResource> resources,
        List<Problem> problems,
        List<KnownService> services) {
    public SourceContent {
        resources = List.copyOf(resources);
        problems = List.copyOf(problems);
        services = List.copyOf(services);
    }

    public SourceContent(Origin origin, List<ReadResource> resources, List<Problem> problems) {
        this(origin, resources, problems, List.of());
    }
}
