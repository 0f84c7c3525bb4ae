package dev.quartet.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;

@ExtendWith(OutputCaptureExtension.class)
class ChangedSettingsTest {
    @Test
    void namesWhatIsFollowedAndWhatWaitsForTheNextStart(CapturedOutput output) {
        new ChangedSettings()
                .onApplicationEvent(
                        new EnvironmentChangeEvent(
                                Set.of("logging.level.dev.quartet", "quartet.pilot.push-threads")));

        assertThat(output.getOut().lines())
                .anyMatch(line ->
                        holds(line, "INFO", "Log levels changed", "[logging.level.dev.quartet]"))
                .anyMatch(line ->
                        holds(
                                line,
                                "WARN",
                                "Settings changed that count from the next start",
                                "[quartet.pilot.push-threads]"));
    }

    /// In any order: how a line looks is the configuration of whoever logged first in this JVM.
    private static boolean holds(String line, String... parts) {
        return Stream.of(parts).allMatch(line::contains);
    }
}
