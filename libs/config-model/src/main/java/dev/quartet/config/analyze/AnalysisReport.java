package dev.quartet.config.analyze;

import dev.quartet.config.Problem;
import dev.quartet.config.Severity;
import dev.quartet.config.Subject;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An analysis as JSON has it: the names of the components are those of the fields.
///
/// @param notKnown `services`, `workloads`, `namespaces`, `secrets`: what was not known, and so not looked at
public record AnalysisReport(List<Told> problems, Summary summary, List<String> notKnown) {
    public AnalysisReport {
        problems = List.copyOf(problems);
        notKnown = List.copyOf(notKnown);
    }

    /// @param alias the code of Istio's analysis for the same, null where it has none
    /// @param resource null when a document is too broken to have a name
    /// @param line null for what has no lines
    /// @param text the whole problem in one line, as people read it
    public record Told(
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
        static Told of(Finding finding) {
            var problem = finding.problem();
            var position = problem.position();
            return new Told(
                    problem.reason().label(),
                    problem.reason().alias(),
                    problem.severity().name(),
                    finding.subject(),
                    position == null ? null : position.file(),
                    position == null || position.line() == 0 ? null : (Integer) position.line(),
                    problem.path().text(),
                    problem.fault(),
                    problem.fix(),
                    finding.toString());
        }
    }

    public record Summary(long errors, long warnings, long notes) {}

    /// @param judged what the checks that every change goes through say of the same config
    public static AnalysisReport of(Collection<Problem> judged, Analysis analysis) {
        var all = new LinkedHashSet<Finding>();
        judged.forEach(problem -> all.add(Finding.of(problem)));
        all.addAll(analysis.findings());
        return new AnalysisReport(
                Analysis.sorted(all).stream().map(Told::of).toList(),
                new Summary(
                        count(all, Severity.ERROR),
                        count(all, Severity.WARNING),
                        count(all, Severity.INFO)),
                analysis.notKnown().stream().sorted().map(Aspect::label).toList());
    }

    private static long count(Collection<Finding> findings, Severity severity) {
        return findings.stream().filter(it -> it.problem().severity() == severity).count();
    }
}
