package dev.quartet.galley.change;

import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import dev.quartet.galley.process.JudgedConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;

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
            problems.addAll(taken(before, after, touched));
        }
        return new Verdict(
                problems.stream().filter(it -> it.severity() == Severity.ERROR).toList(),
                problems.stream().filter(it -> it.severity() != Severity.ERROR).toList());
    }

    /// Of two that claim the same the first by name has it; nobody shall take it from one in force by an earlier name.
    private static List<Problem> taken(
            JudgedConfig before, JudgedConfig after, Collection<ResourceKey> touched) {
        return after.problemsNotIn(before).stream()
                .filter(it ->
                        it.reason().overruled()
                                && it.resource() != null
                                && !touched.contains(it.resource())
                                && !overruledAlready(it, before))
                .map(it ->
                        new Problem(
                                Reason.TAKEN_FROM_ANOTHER,
                                it.resource(),
                                it.position(),
                                it.path(),
                                "with this change " + it.fault(),
                                it.fix()
                                        + ", delete the older one first, or give the new one a later name"))
                .toList();
    }

    /// By whomever: then it loses nothing.
    private static boolean overruledAlready(Problem now, JudgedConfig before) {
        return before.problems().stream()
                .anyMatch(it ->
                        it.reason() == now.reason()
                                && it.path().equals(now.path())
                                && Objects.equals(it.resource(), now.resource()));
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
