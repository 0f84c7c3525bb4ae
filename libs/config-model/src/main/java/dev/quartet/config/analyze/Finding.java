package dev.quartet.config.analyze;

import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Subject;
import org.jspecify.annotations.Nullable;

/// One thing that analysis says.
///
/// @param subject of the problem; null when a document is too broken to have a name
public record Finding(Problem problem, @Nullable Subject subject) {
    public static Finding of(Problem problem) {
        ResourceKey resource = problem.resource();
        return new Finding(problem, resource == null ? null : Subject.of(resource));
    }

    @Override
    public String toString() {
        return problem.text(subject);
    }
}
