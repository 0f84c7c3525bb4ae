package dev.quartet.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
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

        assertThat(output.getOut())
                .containsPattern("INFO .*Log levels changed.*logging.level.dev.quartet")
                .containsPattern(
                        "WARN .*Settings changed that count from the next start.*quartet.pilot.push-threads");
    }
}
