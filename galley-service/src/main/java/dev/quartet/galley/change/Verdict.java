package dev.quartet.galley.change;

import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import dev.quartet.galley.process.JudgedConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;

/// What is to be said of a change: it is good when it makes no new error anywhere.
///
/// @param warnings problems of the changed resources, and new ones of others, that refuse nothing
public record Verdict(List<Problem> errors, List<Problem> warnings) {
    public Verdict {
        errors = List.copyOf(errors);
        warnings = List.copyOf(warnings);
    }

    /// @param touched the changed resources
    /// @param ownProblems found while they were read
    static Verdict of(
            JudgedConfig before,
            JudgedConfig after,
            Collection<ResourceKey> touched,
            Collection<Problem> ownProblems) {
        var problems = new LinkedHashSet<>(ownProblems);
        // A document that could not be read is missing from the set: what others then lack would
        // only confuse.
        var allRead =
                ownProblems.stream()
                        .filter(it -> it.severity() == Severity.ERROR)
                        .allMatch(it -> it.resource() != null && touched.contains(it.resource()));
        if (allRead) {
            problems.addAll(after.problemsNotIn(before));
            touched.forEach(key -> problems.addAll(after.problemsOf(key)));
        }
        return new Verdict(
                problems.stream().filter(it -> it.severity() == Severity.ERROR).toList(),
                problems.stream().filter(it -> it.severity() != Severity.ERROR).toList());
    }

    /// Problems of resources that name something which is not there, or no more.
    public List<Problem> dangling() {
        return problems().stream().filter(it -> it.reason().dangling()).toList();
    }

    public boolean good() {
        return errors.isEmpty();
    }

    /// Errors first.
    public List<Problem> problems() {
        var all = new ArrayList<>(errors);
        all.addAll(warnings);
        return all;
    }
}
