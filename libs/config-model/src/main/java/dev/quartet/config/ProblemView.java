package dev.quartet.config;

import org.jspecify.annotations.Nullable;

/// A problem as JSON has it: the names of the components are those of the fields.
///
/// @param alias the code of Istio's analysis for the same, null where it has none
/// @param resource null when a document is too broken to have a name
/// @param line null for what has no lines
/// @param text the whole problem in one line, as people read it
public record ProblemView(
        String reason,
        @Nullable String alias,
        String severity,
        @Nullable Subject resource,
        @Nullable String file,
        @Nullable Integer line,
        String field,
        String fault,
        String fix,
        String text) {
    public static ProblemView of(Problem problem) {
        var resource = problem.resource();
        return of(problem, resource == null ? null : Subject.of(resource));
    }

    /// @param subject in the place of the problem's own resource
    public static ProblemView of(Problem problem, @Nullable Subject subject) {
        var position = problem.position();
        return new ProblemView(
                problem.reason().label(),
                problem.reason().alias(),
                problem.severity().name(),
                subject,
                position == null ? null : position.file(),
                position == null ? null : position.lineOrNull(),
                problem.path().text(),
                problem.fault(),
                problem.fix(),
                problem.text(subject));
    }
}
