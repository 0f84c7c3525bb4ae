package dev.quartet.galley.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.galley.snapshot.RevisionLog;
import dev.quartet.identity.testing.SettableClock;
import dev.quartet.wire.status.ConfigReport;
import dev.quartet.wire.status.ProxyRejection;
import dev.quartet.wire.status.ResourceProgress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StatusTableTest {
    private final SettableClock clock = new SettableClock();
    private final RevisionLog log =
            new RevisionLog(List.of(resource(Kind.WORKLOAD_ENTRY, 0)), clock);
    private final ReportBoard board = new ReportBoard(clock);
    private final StatusTable table = new StatusTable(board, log, clock);
    private String revision = "";

    @BeforeEach
    void publish() {
        revision = log.publish(log.of(List.of(resource(Kind.WORKLOAD_ENTRY, 1)))).id();
    }

    private static Resource<?> resource(Kind kind, int version) {
        var json =
                kind == Kind.WORKLOAD_ENTRY
                        ? "{\"address\":\"10.0.0.1\"}"
                        : "{\"compiledTemplate\":\"checknothing\"}";
        return new ResourceReader()
                .readJson(
                        kind,
                        "shop/a",
                        Map.of("version", "v" + version),
                        Map.of(),
                        json.getBytes(StandardCharsets.UTF_8));
    }

    private static ConfigReport.Builder pilot(
            String replica, String revision, int inForce, int connected) {
        return ConfigReport.newBuilder()
                .setComponent("pilot")
                .setReplica(replica)
                .setRevision(revision)
                .setProxiesInForce(inForce)
                .setProxiesConnected(connected);
    }

    private void report(Component component, ConfigReport.Builder report) {
        board.put(component, report.build());
    }

    @Test
    void sumsTheProxiesOfAllPilots() {
        report(Component.PILOT, pilot("p1", revision, 4, 4));
        report(Component.PILOT, pilot("p2", revision, 2, 3));

        var status = table.of(revision);

        assertThat(status.text()).isEqualTo("in force on 6 of 7 proxies");
        assertThat(status.inForce()).isFalse();
        assertThat(status.waitingFor()).containsExactly("1 of 7 proxies have not taken it yet");
    }

    /// "In force on 0 of 0 proxies" would sound as if something were done.
    @Test
    void saysThatNoProxyIsConnected() {
        report(Component.PILOT, pilot("p1", revision, 0, 0));

        assertThat(table.of(revision).text()).isEqualTo("no proxy is connected");
        assertThat(table.of(revision).inForce()).isTrue();
    }

    @Test
    void isInForceWhenAllProxiesHaveIt() {
        report(Component.PILOT, pilot("p1", revision, 7, 7));

        assertThat(table.of(revision).inForce()).isTrue();
        assertThat(table.of(revision).waitingFor()).isEmpty();
    }

    @Test
    void countsNoProxyOfAPilotThatIsBehind() {
        report(Component.PILOT, pilot("p1", "older", 7, 7));

        var status = table.of(revision);

        assertThat(status.proxies()).isEqualTo(new RevisionStatus.Proxies(0, 7));
        assertThat(status.waitingFor()).contains("pilot p1 is at another revision");
    }

    @Test
    void countsAPilotThatIsAhead() {
        var later = log.publish(log.of(List.of(resource(Kind.WORKLOAD_ENTRY, 2)))).id();
        report(Component.PILOT, pilot("p1", later, 7, 7));

        assertThat(table.of(revision).inForce()).isTrue();
        assertThat(table.of(later).inForce()).isTrue();
    }

    @Test
    void isNotInForceWithoutAPilotAndShowsWhoNeverReported() {
        var status = table.of(revision);

        assertThat(status.inForce()).isFalse();
        assertThat(status.waitingFor()).containsExactly("no pilot reports");
        assertThat(status.components())
                .extracting(RevisionStatus.ComponentStatus::component)
                .containsExactly("pilot", "mixer", "citadel");
        assertThat(status.components()).noneMatch(RevisionStatus.ComponentStatus::reported);
    }

    @Test
    void mixersKindsCountOnlyWhenEveryMixerHasThem() {
        report(Component.PILOT, pilot("p1", revision, 7, 7));
        var ofMixer =
                log.publish(
                                log.of(
                                        List.of(
                                                resource(Kind.WORKLOAD_ENTRY, 1),
                                                resource(Kind.INSTANCE, 1))))
                        .id();
        report(Component.PILOT, pilot("p1", ofMixer, 7, 7));
        assertThat(table.of(ofMixer).inForce()).as("no Mixer at all").isFalse();

        report(Component.MIXER, ConfigReport.newBuilder().setReplica("m1").setRevision(ofMixer));
        report(Component.MIXER, ConfigReport.newBuilder().setReplica("m2").setRevision(revision));
        assertThat(table.of(ofMixer).waitingFor())
                .containsExactly("mixer m2 is at another revision");

        report(Component.MIXER, ConfigReport.newBuilder().setReplica("m2").setRevision(ofMixer));
        assertThat(table.of(ofMixer).inForce()).isTrue();
    }

    @Test
    void forgetsAReplica15SecondsAfterItsLastReport() {
        report(Component.PILOT, pilot("p1", revision, 7, 7));
        clock.advance(Duration.ofSeconds(14));
        assertThat(table.of(revision).inForce()).isTrue();

        clock.advance(Duration.ofSeconds(2));

        assertThat(table.of(revision).waitingFor()).containsExactly("no pilot reports");
    }

    @Test
    void namesLaggingResourcesAndRejections() {
        report(
                Component.PILOT,
                pilot("p1", revision, 3, 4)
                        .addLagging(
                                ResourceProgress.newBuilder()
                                        .setKind("VirtualService")
                                        .setNamespace("shop")
                                        .setName("reviews")
                                        .setInForce(3)
                                        .setConnected(4))
                        .addRejections(
                                ProxyRejection.newBuilder()
                                        .setProxy("reviews-v1-1.shop")
                                        .setType("RDS")
                                        .setError("no such cluster")));
        report(Component.PILOT, pilot("p2", revision, 3, 3));

        var status = table.of(revision);

        assertThat(status.lagging())
                .containsExactly(
                        new RevisionStatus.Lagging("VirtualService", "shop", "reviews", 6, 7));
        assertThat(status.rejections())
                .containsExactly(
                        new RevisionStatus.Rejection(
                                "p1", "reviews-v1-1.shop", "RDS", "no such cluster"));
    }

    @Test
    void waitsUntilItIsInForce() throws Exception {
        var waiting =
                CompletableFuture.supplyAsync(() -> {
                    try {
                        return table.await(revision, Duration.ofSeconds(20));
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
        report(Component.PILOT, pilot("p1", revision, 6, 7));
        assertThat(waiting).isNotDone();

        report(Component.PILOT, pilot("p1", revision, 7, 7));

        assertThat(waiting.get(5, TimeUnit.SECONDS).inForce()).isTrue();
    }

    @Test
    void givesUpWhenTheTimeIsUp() throws Exception {
        assertThat(table.await(revision, Duration.ofMillis(50)).inForce()).isFalse();
    }
}
