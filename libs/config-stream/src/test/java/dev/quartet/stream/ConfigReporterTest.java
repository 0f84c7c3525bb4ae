package dev.quartet.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.stream.testing.ScriptedGalley;
import dev.quartet.wire.status.ConfigReport;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConfigReporterTest {
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (var closeable : open.reversed()) {
            closeable.close();
        }
    }

    private ScriptedGalley galley(int port) throws IOException {
        var galley = ScriptedGalley.plaintext(port);
        open.add(galley);
        return galley;
    }

    private ConfigReporter reporter(int port) {
        var channel = ScriptedGalley.channel(port);
        open.add(channel::shutdownNow);
        var reporter = ConfigReporter.start(channel, Clock.systemUTC());
        open.add(reporter);
        return reporter;
    }

    private static ConfigReport report(String revision) {
        return ConfigReport.newBuilder()
                .setComponent("pilot")
                .setReplica("pilot-1")
                .setRevision(revision)
                .build();
    }

    @Test
    void sendsAChangeAtOnceAndMergesABurst() throws IOException {
        var galley = galley(0);
        var reporter = reporter(galley.port());
        reporter.report(report("r1"));
        await().until(() -> galley.reports().size() == 1);

        for (var i = 0; i < 1_000; i++) {
            reporter.report(report("burst-" + i));
        }

        await().until(() -> galley.reports().getLast().getRevision().equals("burst-999"));
        assertThat(galley.reports()).hasSizeLessThan(20);
        var nanos = galley.reportNanos();
        assertThat(nanos.getLast() - nanos.getFirst())
                .isGreaterThan((galley.reports().size() - 2) * ConfigReporter.SPACING.toNanos());
        await().until(() -> reporter.status().acknowledged() != null);
    }

    @Test
    void repeatsAnUnchangedReport() throws IOException {
        var galley = galley(0);
        var reporter = reporter(galley.port());

        reporter.report(report("r1"));

        await().atMost(Duration.ofSeconds(8)).until(() -> galley.reports().size() >= 2);
        assertThat(galley.reports()).containsOnly(report("r1"));
    }

    @Test
    void reportsAgainToAGalleyThatCameBack() throws Exception {
        var galley = galley(0);
        var reporter = reporter(galley.port());
        reporter.report(report("r1"));
        await().until(() -> galley.reports().size() == 1);
        galley.close();
        await().until(() -> !reporter.status().connected());

        var again = galley(galley.port());

        await().atMost(Duration.ofSeconds(8)).until(() -> again.reports().contains(report("r1")));
    }

    @Test
    void saysAProblemAsTheWireDoes() {
        var problem =
                new Problem(
                        Reason.SUBSET_NOT_FOUND,
                        new ResourceKey(Kind.VIRTUAL_SERVICE, "shop", "reviews"),
                        null,
                        FieldPath.SPEC.field("http"),
                        "no subset",
                        "define it");

        var reported = ConfigReporter.reported(problem);

        assertThat(reported.getReason()).isEqualTo("SubsetNotFound");
        assertThat(reported.getKind()).isEqualTo("VirtualService");
        assertThat(reported.getNamespace() + "/" + reported.getName()).isEqualTo("shop/reviews");
        assertThat(reported.getFieldPath()).isEqualTo("spec.http");
    }
}
