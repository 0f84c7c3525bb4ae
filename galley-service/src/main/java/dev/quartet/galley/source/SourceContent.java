package dev.quartet.galley.source;

import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.check.ConfigSetChecker.KnownService;
import dev.quartet.config.read.ReadResource;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

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

    /// The same with other resources under these keys.
    public SourceContent changed(Collection<ResourceKey> keys, List<ReadResource> now) {
        var others =
                Stream.concat(
                        resources.stream().filter(read -> !keys.contains(read.resource().key())),
                        now.stream());
        return new SourceContent(
                origin,
                others.toList(),
                problems.stream()
                        .filter(it -> it.resource() == null || !keys.contains(it.resource()))
                        .toList(),
                services);
    }
}
