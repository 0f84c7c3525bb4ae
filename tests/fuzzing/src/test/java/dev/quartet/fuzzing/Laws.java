package dev.quartet.fuzzing;

import dev.quartet.config.Problem;
import java.util.List;

/// What holds for every input. No AssertJ: it would take most of the time.
public final class Laws {
    private Laws() {}

    public static void holds(boolean law, String otherwise) {
        if (!law) {
            throw new AssertionError(otherwise);
        }
    }

    /// A refusal says what is wrong, in signs that a terminal may print.
    static void told(List<Problem> problems) {
        for (var problem : problems) {
            holds(!problem.fault().isBlank(), "a problem without words");
            holds(
                    problem.toString().chars().noneMatch(Character::isISOControl),
                    "a control sign in a problem");
        }
    }
}
