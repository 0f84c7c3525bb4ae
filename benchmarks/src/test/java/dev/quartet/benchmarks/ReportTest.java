package dev.quartet.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Report report = new Report(new PrintStream(out, true, StandardCharsets.UTF_8));

    @Test
    void missedGoalIsShownAndIsTheExitCode() throws IOException {
        report.add("time", 3.2, "s", 2.0);
        report.add("size", 3.2, "MB", null);

        assertThat(report.finish(null)).isEqualTo(1);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .containsPattern("time +3\\.20 +s +≤ 2\\.00 +NO")
                .containsPattern("size +3\\.20 +MB +- +-");
    }

    @Test
    void metGoalsAreExitCodeZero() throws IOException {
        report.add("time", 2.0, "s", 2.0);

        assertThat(report.finish(null)).isZero();
    }

    @Test
    void jsonIsOneArrayAndARowWithoutGoalIsMet() {
        assertThat(Report.json(List.of(new Figure("a", 1.23456, "s", null))))
                .isEqualToIgnoringWhitespace(
                        "[{\"figure\":\"a\",\"value\":1.235,\"unit\":\"s\",\"goal\":null,\"met\":true}]");
    }

    @Test
    void medianIsTheMiddle() {
        assertThat(Median.of(List.of(9.0, 1.0, 2.0))).isEqualTo(2);
        assertThat(Median.of(List.of(1.0, 2.0, 3.0, 9.0))).isEqualTo(2.5);
    }
}
