package dev.quartet.pilot.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.Meshes;
import dev.quartet.wire.status.ConfigReport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class StatusReporterTest {
    @Test
    void tellsGalleyWhatCouldNotBeMade() {
        var problem =
                new Problem(
                        Reason.CONFLICTING_LISTENERS,
                        new ResourceKey(Kind.SERVICE_ENTRY, "shop", "b"),
                        null,
                        FieldPath.SPEC,
                        "port 9000",
                        "another port");
        var told = new AtomicReference<ConfigReport>();
        var ledger = new ConfigLedger();
        var refusals = new Refusals((proxy, type, name) -> List.of(), ledger);
        try (var reporter =
                new StatusReporter(
                        "pilot-0", List::of, ledger, refusals, () -> List.of(problem), told::set)) {
            ledger.published(Meshes.config("one", Meshes.service("reviews", "v1")));
            reporter.wake();

            await().atMost(Duration.ofSeconds(10)).until(() -> told.get() != null);
        }

        assertThat(told.get().getRevision()).isEqualTo("one");
        assertThat(told.get().getProblemsList())
                .singleElement()
                .satisfies(reported -> {
                    assertThat(reported.getReason()).isEqualTo("ConflictingListeners");
                    assertThat(reported.getKind()).isEqualTo("ServiceEntry");
                    assertThat(reported.getName()).isEqualTo("b");
                    assertThat(reported.getFault()).isEqualTo("port 9000");
                });
    }
}
