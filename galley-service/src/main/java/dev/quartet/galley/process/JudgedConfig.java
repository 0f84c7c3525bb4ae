package dev.quartet.galley.process;

import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// The whole config, merged and judged. Immutable.
///
/// @param entries taken over: whoever gives them changes them no more
/// @param problems all that is wrong with it, errors first
public record JudgedConfig(SortedMap<ResourceKey, ConfigEntry> entries, List<Problem> problems) {
    public JudgedConfig {
        entries = Collections.unmodifiableSortedMap(entries);
        problems = List.copyOf(problems);
    }

    /// The same fault at another line is the same fault.
    private record Fault(String reason, @Nullable ResourceKey resource, String path, String fault) {
        static Fault of(Problem problem) {
            return new Fault(
                    problem.reason().label(),
                    problem.resource(),
                    problem.path().text(),
                    problem.fault());
        }
    }

    /// What is wrong here and was not wrong there: a change is judged by what it makes worse.
    public List<Problem> problemsNotIn(JudgedConfig before) {
        var known = new HashSet<Fault>();
        before.problems().forEach(problem -> known.add(Fault.of(problem)));
        return problems.stream().filter(problem -> !known.contains(Fault.of(problem))).toList();
    }

    public List<Problem> problemsOf(ResourceKey key) {
        return problems.stream().filter(problem -> key.equals(problem.resource())).toList();
    }

    public boolean hasErrors() {
        return problems.stream().anyMatch(problem -> problem.severity() == Severity.ERROR);
    }
}
