package dev.quartet.fuzzing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// `./mesh test fuzz`: each target for as long as `fuzz.minutes` says, one after another. By its name no ordinary build takes it.
@Tag("fuzz")
class TargetsFuzz {
    private static final Duration EACH =
            Duration.ofMinutes(Long.parseLong(System.getProperty("fuzz.minutes", "10")));

    @ParameterizedTest
    @EnumSource(Target.class)
    void survives(Target target) throws Exception {
        System.out.printf("[TEST] %s for %d min%n", target.label(), EACH.toMinutes());

        var outcome = JazzerRun.of(target, EACH);

        System.out.printf("[TEST] %s %s%n", target.label(), outcome.text());
        assertThat(outcome.findings())
                .as(
                        "what Jazzer found; the inputs are in %s: keep them there, every build feeds them again",
                        target.findings())
                .isEmpty();
        assertThat(outcome.executions()).isPositive();
    }
}
