package dev.quartet.galley.admission;

import dev.quartet.admin.webhook.AdmissionAnswer;
import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.change.Verdict;
import java.util.List;

/// Problems in the words that a user gets elsewhere, each in one line. An object has no file: its kind, namespace and name
/// say where it is.
final class Wording {
    private static final int UNPROCESSABLE = 422;
    private static final String INVALID = "Invalid";

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
