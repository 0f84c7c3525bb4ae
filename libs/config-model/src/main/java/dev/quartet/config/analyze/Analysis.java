package dev.quartet.config.analyze;

import dev.quartet.config.Problem;
import dev.quartet.config.read.ReadResource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// What the analyzers say of a whole config. Pure and thread-safe, and n log n in the number of resources.
///
/// @param notKnown of which nothing was known, so that nothing was said of it
public record Analysis(List<Finding> findings, Set<Aspect> notKnown) {
    private static final Comparator<Finding> ORDER =
            Comparator.<Finding, dev.quartet.config.Severity>comparing(
                            finding -> finding.problem().severity())
                    .thenComparing(finding -> file(finding.problem()))
                    .thenComparing(finding -> line(finding.problem()))
                    .thenComparing(Finding::toString);

    public Analysis {
        findings = List.copyOf(findings);
        notKnown = Set.copyOf(notKnown);
    }

    /// @param resources that are in force, or would be
    public static Analysis of(Collection<ReadResource> resources, Surroundings surroundings) {
        return of(resources, surroundings, new Report());
    }

    static Analysis of(
            Collection<ReadResource> resources, Surroundings surroundings, Report report) {
        var scene = new Scene(resources, surroundings);
        Analyzers.ALL.forEach(analyzer -> analyzer.look(scene, report));
        return new Analysis(sorted(report.findings()), scene.unknown());
    }

    /// The gravest first, then by their places.
    static List<Finding> sorted(Collection<Finding> findings) {
        var sorted = new ArrayList<>(findings);
        sorted.sort(ORDER);
        return sorted;
    }

    private static String file(Problem problem) {
        return problem.position() == null ? "" : problem.position().file();
    }

    private static int line(Problem problem) {
        return problem.position() == null ? 0 : problem.position().line();
    }
}
