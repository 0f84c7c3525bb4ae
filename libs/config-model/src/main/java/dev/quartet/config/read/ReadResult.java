package dev.quartet.config.read;

import dev.quartet.config.Position;
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

    /// The same, all of it at one place without lines: what a program wrote has none that anybody knows.
    public ReadResult at(String place) {
        var position = new Position(place, 0);
        return new ReadResult(
                resources.stream()
                        .map(read -> new ReadResource(read.resource(), position, FieldLines.NONE))
                        .toList(),
                problems.stream()
                        .map(problem ->
                                new Problem(
                                        problem.reason(),
                                        problem.resource(),
                                        position,
                                        problem.path(),
                                        problem.fault(),
                                        problem.fix()))
                        .toList());
    }

    /// The resources without their lines.
    public List<Resource<?>> plainResources() {
        return resources.stream().<Resource<?>>map(ReadResource::resource).toList();
    }
}
