package dev.quartet.config.read;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Position;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import java.io.Serial;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The problems of one text. At [Limits#MAX_PROBLEMS] the reading stops: a text with a million faults shall cost neither
/// the memory nor the time of a million explanations. Not thread-safe.
final class Findings {
    private final @Nullable String file;
    private final List<Problem> found = new ArrayList<>();

    /// There is no use in reading on.
    static final class TooManyException extends RuntimeException {
        @Serial private static final long serialVersionUID = 1;

        TooManyException() {
            super("too many problems", null, false, false);
        }
    }

    /// Those of one resource.
    interface Of {
        /// @param line 0 when there is none
        void add(Reason reason, int line, FieldPath path, String fault, String fix);
    }

    /// @param file null when the text came without one
    Findings(@Nullable String file) {
        this.file = file;
    }

    /// @param resource null when it has no name yet
    Of of(@Nullable ResourceKey resource) {
        return (reason, line, path, fault, fix) ->
                add(new Problem(reason, resource, position(line), path, fault, fix));
    }

    void malformed(@Nullable ResourceKey resource, FieldPath path, MalformedException e) {
        of(resource).add(Reason.MALFORMED_YAML, e.line(), path, e.fault(), e.fix());
    }

    private @Nullable Position position(int line) {
        return file != null && line > 0 ? new Position(file, line) : null;
    }

    private void add(Problem problem) {
        found.add(problem);
        if (found.size() == Limits.MAX_PROBLEMS) {
            found.add(
                    new Problem(
                            Reason.MALFORMED_YAML,
                            problem.resource(),
                            problem.position(),
                            FieldPath.ROOT,
                            "these are "
                                    + Limits.MAX_PROBLEMS
                                    + " problems; what comes after is not read",
                            "mend them first"));
            throw new TooManyException();
        }
    }

    int count() {
        return found.size();
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    List<Problem> found() {
        return found;
    }
}
