package dev.quartet.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestReportsTest {
    @TempDir Path root;

    private void report(String module, String folder, String name, String cases) throws Exception {
        var target =
                Files.createDirectories(root.resolve(module).resolve("target").resolve(folder));
        Files.writeString(
                target.resolve("TEST-" + name + ".xml"),
                "<?xml version=\"1.0\"?><testsuite name=\""
                        + name
                        + "\" time=\"1.5\">"
                        + cases
                        + "</testsuite>");
    }

    @Test
    void sumsUnitAndIntegrationTestsUp() throws Exception {
        report(
                "a",
                "surefire-reports",
                "a.ATest",
                "<testcase classname='a.ATest' name='one'/><testcase classname='a.ATest' name='two'><failure message='wanted 1' type='X'>trace</failure></testcase>");
        report(
                "a",
                "failsafe-reports",
                "a.AnIT",
                "<testcase classname='a.AnIT' name='three'><skipped message='no Envoy here'/></testcase>");
        report(
                "b",
                "surefire-reports",
                "b.BTest",
                "<testcase classname='b.BTest' name='four'><error type='java.io.IOException'/></testcase><testcase classname='b.BTest' name='five'><system-out>x</system-out></testcase>");

        var reports = TestReports.read(root, List.of("a", "b", "without-tests"), Instant.EPOCH);

        assertThat(reports.sum()).isEqualTo("2 passed, 2 failed, 1 skipped");
        assertThat(reports.modules().keySet()).containsExactly("a", "b");
        assertThat(reports.modules().values().iterator().next().time()).hasSeconds(3);
        assertThat(reports.failed())
                .extracting(TestReports.Case::reason)
                .containsExactly("wanted 1", "java.io.IOException");
        assertThat(reports.skipped())
                .containsExactly(new TestReports.Case("a", "a.AnIT", "three", "no Envoy here"));
    }

    @Test
    void reportsOfAnEarlierRunDoNotCount() throws Exception {
        report("a", "surefire-reports", "a.ATest", "<testcase classname='a.ATest' name='one'/>");

        assertThat(TestReports.read(root, List.of("a"), Instant.now().plusSeconds(60)).sum())
                .isEqualTo("0 passed, 0 failed, 0 skipped");
    }

    @Test
    void brokenReportCountsAsAFailure() throws Exception {
        report("a", "surefire-reports", "a.ATest", "<testcase classname='a.ATest' name='one'>");

        var reports = TestReports.read(root, List.of("a"), Instant.EPOCH);

        assertThat(reports.failedCount()).isEqualTo(1);
        assertThat(reports.failed().getFirst().reason()).startsWith("the report is broken");
    }

    @Test
    void readsMavensProgress() {
        assertThat(
                        MavenRun.module(
                                "[INFO] Building Quartet :: expressions 0.1.0                       [4/19]"))
                .hasValue("4/19 expressions");
        assertThat(
                        MavenRun.tests(
                                        "[INFO] Tests run: 7, Failures: 0, Errors: 0, Skipped: 1, Time elapsed: 0.31 s -- in dev.quartet.a.ATest")
                                .orElseThrow()
                                .text())
                .isEqualTo("ATest: 6 passed, 1 skipped, 0.31 s");
        assertThat(
                        MavenRun.tests(
                                        "[ERROR] Tests run: 7, Failures: 1, Errors: 1, Skipped: 0, Time elapsed: 2 s <<< FAILURE! -- in dev.quartet.a.ATest")
                                .orElseThrow()
                                .failed())
                .isEqualTo(2);
        assertThat(MavenRun.tests("[INFO] Tests run: 7, Failures: 0, Errors: 0, Skipped: 1"))
                .isEmpty();
    }
}
