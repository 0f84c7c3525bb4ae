package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.print.Printable;
import dev.quartet.cli.print.Terminal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/// Problems as Galley tells them, in its order: the gravest first.
record ToldProblems(List<JsonNode> problems) {
    /// @param answer has them as `problems`
    static ToldProblems of(JsonNode answer) {
        var problems = answer.path("problems");
        if (!problems.isArray()) {
            throw new Failure(
                    "the answer says nothing of problems, so it is not Galley's",
                    "see whether --galley or MESH_GALLEY_URL is the address of a Galley of this version");
        }
        return new ToldProblems(StreamSupport.stream(problems.spliterator(), false).toList());
    }

    ToldProblems without(Predicate<JsonNode> suppressed) {
        return new ToldProblems(problems.stream().filter(suppressed.negate()).toList());
    }

    long count(Gravity gravity) {
        return problems.stream().filter(problem -> Gravity.of(problem) == gravity).count();
    }

    boolean any(Gravity threshold) {
        return problems.stream().anyMatch(problem -> Gravity.of(problem).isAtLeast(threshold));
    }

    void print(Terminal terminal) {
        print(terminal::line);
    }

    /// To the standard error, where the output is data.
    void printAside(Terminal terminal) {
        print(terminal::error);
    }

    private interface Printer {
        void line(Terminal.Tone tone, String label, String text);
    }

    private void print(Printer printer) {
        for (var problem : problems) {
            var gravity = Gravity.of(problem);
            var alias = problem.path("alias").asString("");
            printer.line(
                    gravity.tone(),
                    gravity.word() + ": ",
                    Printable.line(
                            problem.path("text").asString()
                                    + (alias.isEmpty() ? "" : " (" + alias + ")")));
        }
    }

    /// `2 errors, 1 warning`
    String sum() {
        var parts = new ArrayList<String>();
        for (var gravity : Gravity.values()) {
            var count = count(gravity);
            if (count > 0) {
                parts.add(count + " " + gravity.word() + (count == 1 ? "" : "s"));
            }
        }
        return parts.isEmpty() ? "no problem found" : String.join(", ", parts);
    }
}
