package dev.quartet.config.read;

import dev.quartet.config.Problem;
import java.io.Serial;
import java.util.List;
import java.util.stream.Collectors;

/// A single resource that came over an API does not fit its kind. Holds every problem.
public final class UnreadableResourceException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    @SuppressWarnings("serial") // an exception of this kind is never sent anywhere
    private final List<Problem> problems;

    UnreadableResourceException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("; ")));
        this.problems = List.copyOf(problems);
    }

    public List<Problem> problems() {
        return problems;
    }
}
