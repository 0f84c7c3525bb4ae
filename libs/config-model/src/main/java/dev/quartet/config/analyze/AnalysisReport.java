package dev.quartet.config.analyze;

import dev.quartet.config.Problem;
import dev.quartet.config.ProblemView;
import dev.quartet.config.Severity;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;

/// An analysis as JSON has it: the names of the components are those of the fields.
///
/// @param notKnown `services`, `workloads`, `namespaces`, `secrets`: what was not known, and so not looked at
public record AnalysisReport(List<ProblemView> problems, Summary summary, List<String> notKnown) {
    public AnalysisReport {
        problems = List.copyOf(problems);
        notKnown = List.copyOf(notKnown);
    }

    public record Summary(long errors, long warnings, long notes) {}

    /// @param judged what the checks that every change goes through say of the same config
    public static AnalysisReport of(Collection<Problem> judged, Analysis analysis) {
        var all = new LinkedHashSet<Finding>();
        judged.forEach(problem -> all.add(Finding.of(problem)));
        all.addAll(analysis.findings());
        return new AnalysisReport(
                Analysis.sorted(all).stream()
                        .map(it -> ProblemView.of(it.problem(), it.subject()))
                        .toList(),
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
