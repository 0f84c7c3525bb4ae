package dev.quartet.config.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
    @ParameterizedTest
    @CsvSource({
        "0, PT0S, 0s",
        "0s, PT0S, 0s",
        "5s, PT5S, 5s",
        "1.5s, PT1.5S, 1.500s",
        "100ms, PT0.1S, 0.100s",
        "1h30m, PT1H30M, 5400s",
        "1h0.5m, PT1H30S, 3630s",
        "1us, PT0.000001S, 0.000001s",
        "1ns, PT0.000000001S, 0.000000001s",
        "-5s, PT-5S, -5s",
        "-1.5s, PT-1.5S, -1.500s",
        ".5s, PT0.5S, 0.500s",
        "2.s, PT2S, 2s",
    })
    void readsBothFormsAndWritesProtobufs(String text, Duration expected, String written) {
        assertThat(Durations.parse(text)).contains(expected);
        assertThat(Durations.format(expected)).isEqualTo(written);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "5",
                "s",
                ".s",
                "5 s",
                "5x",
                "s5",
                "5s!",
                "--5s",
                "1e3s",
                "2562048h",
                "٥s"
            })
    void refusesEverythingElse(String text) {
        assertThat(Durations.parse(text)).isEmpty();
    }

    @Property
    void whatIsWrittenIsReadAgain(
            @ForAll @LongRange(min = -9_000_000_000L, max = 9_000_000_000L) long seconds,
            @ForAll @IntRange(max = 999_999_999) int nanos) {
        var duration = Duration.ofSeconds(seconds, nanos);

        assertThat(Durations.parse(Durations.format(duration))).contains(duration);
    }
}
