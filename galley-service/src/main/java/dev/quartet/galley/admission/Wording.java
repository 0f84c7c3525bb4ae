package dev.quartet.galley.admission;

import dev.quartet.admin.webhook.AdmissionAnswer;
import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.change.Verdict;
import java.util.List;
import java.util.stream.Collectors;

/// Problems in the words that a user gets elsewhere, each in one line. An object has no file: its kind, namespace and name
/// say where it is.
final class Wording {
    private static final int UNPROCESSABLE = 422;
    private static final String INVALID = "Invalid";
    private static final int CONFLICTING = 409;
    private static final String CONFLICT = "Conflict";
    private static final int MOST_KEEPERS = 20;

    private Wording() {}

    static List<String> lines(List<Problem> problems) {
        return problems.stream().map(problem -> placed(problem).toString()).toList();
    }

    static AdmissionAnswer refusal(ResourceKey object, Verdict verdict) {
        var kind = object.kind();
        return new AdmissionAnswer.Denied(
                UNPROCESSABLE,
                INVALID,
                String.join("\n", lines(verdict.errors())),
                new AdmissionAnswer.Details(
                        kind.group(),
                        kind.label(),
                        object.name(),
                        verdict.errors().stream().map(problem -> cause(problem, object)).toList()),
                lines(verdict.warnings()));
    }

    /// @param keepers problems that others would have without the object
    static AdmissionAnswer kept(ResourceKey object, List<Problem> keepers) {
        var kind = object.kind();
        var lines =
                keepers.stream()
                        .limit(MOST_KEEPERS)
                        .map(it -> "%s names it in %s\n".formatted(it.resource(), it.path().text()))
                        .collect(Collectors.joining());
        var more = keepers.size() - MOST_KEEPERS;
        return new AdmissionAnswer.Denied(
                CONFLICTING,
                CONFLICT,
                """
                %s is still needed:
                %s%sDelete or change those first. kubectl deletes the documents of a file one by one: run it again for what it left, or give what goes together one annotation quartet.dev/set.\
                """
                        .formatted(object, lines, more > 0 ? "and %d more\n".formatted(more) : ""),
                new AdmissionAnswer.Details(
                        kind.group(),
                        kind.label(),
                        object.name(),
                        keepers.stream().limit(MOST_KEEPERS).map(it -> cause(it, object)).toList()),
                List.of());
    }

    private static AdmissionAnswer.Cause cause(Problem problem, ResourceKey object) {
        var resource = problem.resource();
        var path = problem.path().text();
        return new AdmissionAnswer.Cause(
                problem.reason().label(),
                "%s: %s; %s".formatted(problem.reason().label(), problem.fault(), problem.fix()),
                resource == null || resource.equals(object) ? path : resource + " " + path);
    }

    private static Problem placed(Problem problem) {
        var position = problem.position();
        return problem.resource() == null || position == null || position.line() > 0
                ? problem
                : new Problem(
                        problem.reason(),
                        problem.resource(),
                        null,
                        problem.path(),
                        problem.fault(),
                        problem.fix());
    }
}
