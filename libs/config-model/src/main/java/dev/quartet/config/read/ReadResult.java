package dev.quartet.config.read;

import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.Severity;
import java.util.List;

/// What a text holds: the resources that fit, in their order, and everything that is wrong with the others.
public record ReadResult(List<ReadResource> resources, List<Problem> problems) {
    public ReadResult {
        resources = List.copyOf(resources);
        problems = List.copyOf(problems);
    }

    public boolean hasErrors() {
        return problems.stream().anyMatch(problem -> problem.severity() == Severity.ERROR);
    }

    /// The resources without their lines.
    public List<Resource<?>> plainResources() {
        return resources.stream().<Resource<?>>map(ReadResource::resource).toList();
    }
}
