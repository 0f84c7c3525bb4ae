package dev.quartet.galley.conditions;

import static dev.quartet.galley.TestDocuments.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.change.TestDesk;
import dev.quartet.galley.history.Cause;
import dev.quartet.galley.kube.KubernetesSource;
import dev.quartet.galley.kube.TestBooks;
import dev.quartet.galley.kube.TestCluster;
import dev.quartet.galley.status.Component;
import dev.quartet.galley.status.ReportBoard;
import dev.quartet.galley.status.StatusTable;
import dev.quartet.identity.testing.SettableClock;
import dev.quartet.kube.Leadership;
import dev.quartet.wire.status.ConfigReport;
import dev.quartet.wire.status.ReportedProblem;
import dev.quartet.wire.status.ResourceProgress;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// What objects on a real apiserver bear after Galley has judged them and Pilots and Mixers have reported.
@Tag("apiserver")
class StatusWriterTest {
    private static final Leadership.Timing FAST =
            new Leadership.Timing(
                    Duration.ofSeconds(3), Duration.ofSeconds(2), Duration.ofMillis(200));
    private static final String VERSION = "networking.istio.io/v1";
    private static final String KIND = "VirtualService";
    @RegisterExtension static final TestCluster cluster = new TestCluster();

    private static final class Counts implements StatusWriter.Observer {
        private final AtomicInteger written = new AtomicInteger();
        private final AtomicInteger failed = new AtomicInteger();

        @Override
        public void statusWritten() {
            written.incrementAndGet();
        }

        @Override
        public void statusNotWritten() {
            failed.incrementAndGet();
        }
    }

    /// One of several that run at once.
    private final class Replica implements AutoCloseable {
        private final Counts counts = new Counts();
        private final KubernetesClient client = cluster.client(cluster.apiServer().port());
        private final Leadership leadership;
        private final StatusWriter writer;

        Replica(String name) {
            leadership = Leadership.start(client, "istio-system", "istio-galley", name, FAST);
            writer = StatusWriter.start(client, source, desk, table, leadership, counts, clock);
        }

        boolean leads() {
            return leadership.term().isPresent();
        }

        @Override
        public void close() {
            writer.close();
            leadership.close();
            client.close();
        }
    }

    private final SettableClock clock = new SettableClock();
    private final ReportBoard board = new ReportBoard(clock);
    @TempDir Path state;
    @RegisterExtension final TestDesk desks = new TestDesk();
    private KubernetesSource source;
    private ChangeDesk desk;
    private StatusTable table;

    @BeforeEach
    void start() {
        source =
                new KubernetesSource(
                        cluster.client(),
                        "istio-system",
                        TestBooks.on(cluster.client()),
                        (kind, good) -> {});
        desk = desks.open(state, source::content);
        table = new StatusTable(board, desk.log(), clock);
        source.watch(_ -> desk.refresh(Cause.kubernetes()));
        source.complete().join();
    }

    @AfterEach
    void stop() {
        source.close();
        cluster.client().genericKubernetesResources(VERSION, KIND).inNamespace("shop").delete();
    }

    private static ConditionFactory soon() {
        return await().atMost(TestCluster.LIMIT);
    }

    private ConfigReport.Builder pilot(int inForce, int connected) {
        return ConfigReport.newBuilder()
                .setComponent("pilot")
                .setReplica("pilot-1")
                .setRevision(desk.state().revision())
                .setProxiesInForce(inForce)
                .setProxiesConnected(connected);
    }

    private static GenericKubernetesResource object(String name) {
        return cluster.client()
                .genericKubernetesResources(VERSION, KIND)
                .inNamespace("shop")
                .withName(name)
                .require();
    }

    private static Map<?, ?> status(String name) {
        return object(name).getAdditionalProperties().get("status") instanceof Map<?, ?> status
                ? status
                : Map.of();
    }

    /// `True Accepted: …`.
    private static String condition(String name, String type) {
        return Condition.in(status(name), type)
                .map(it -> it.get("status") + " " + it.get("reason") + ": " + it.get("message"))
                .orElse("");
    }

    private void awaitKnown(String name, String timeout) {
        cluster.put(route(name, timeout));
        soon().until(() ->
                source.taken().stream()
                        .anyMatch(it ->
                                it.key().name().equals(name)
                                        && it.object()
                                                .getAdditionalProperties()
                                                .toString()
                                                .contains("timeout=" + timeout)));
    }

    @Test
    void saysWhatIsAcceptedAndWhereItIsInForce() {
        awaitKnown("good", "3s");
        try (var replica = new Replica("one")) {
            soon().untilAsserted(() ->
                    assertThat(condition("good", "InForce"))
                            .isEqualTo("Unknown NoReport: no pilot reports"));
            assertThat(condition("good", "Accepted")).isEqualTo("True Accepted: ");

            board.put(
                    Component.PILOT,
                    pilot(1, 2)
                            .addLagging(
                                    ResourceProgress.newBuilder()
                                            .setKind(KIND)
                                            .setNamespace("shop")
                                            .setName("good")
                                            .setInForce(1)
                                            .setConnected(2))
                            .build());
            soon().untilAsserted(() ->
                    assertThat(condition("good", "InForce"))
                            .isEqualTo("False Waiting: in force on 1 of 2 proxies"));

            board.put(Component.PILOT, pilot(2, 2).build());
            soon().untilAsserted(() ->
                    assertThat(condition("good", "InForce"))
                            .isEqualTo("True InForce: in force on 2 of 2 proxies"));
            assertThat(status("good").get("observedGeneration")).isEqualTo(1);
            assertThat(replica.counts.failed).hasValue(0);
        }
    }

    @Test
    void saysWhatIsWrongAndWhetherTheLastGoodVersionStands() {
        awaitKnown("bad", "3s");
        board.put(Component.PILOT, pilot(1, 1).build());
        try (var _ = new Replica("one")) {
            soon().until(() -> condition("bad", "Accepted").startsWith("True"));

            awaitKnown("bad", "-3s");
            awaitKnown("never-good", "-4s");

            soon().untilAsserted(() ->
                    assertThat(condition("bad", "Accepted"))
                            .startsWith("False InvalidValue: spec.http[0].timeout: ")
                            .endsWith("; what was in force before stays"));
            soon().untilAsserted(() ->
                    assertThat(condition("never-good", "Accepted"))
                            .startsWith("False InvalidValue: spec.http[0].timeout: ")
                            .endsWith("; it is left out"));
            assertThat(condition("never-good", "InForce"))
                    .isEqualTo("False NotAccepted: it is left out of the mesh");
            assertThat(status("bad").get("validationMessages"))
                    .asString()
                    .contains("name=InvalidValue", "code=IST0106", "level=ERROR")
                    .contains("docs/problems.md#invalidvalue");
            assertThat(status("bad").get("observedGeneration")).isEqualTo(2);

            awaitKnown("bad", "5s");
            soon().until(() -> condition("bad", "Accepted").startsWith("True"));
            assertThat(status("bad").containsKey("validationMessages")).isFalse();
        }
    }

    @Test
    void tellsWhatAProxyRefused() {
        awaitKnown("refused", "3s");
        board.put(
                Component.PILOT,
                pilot(0, 1)
                        .addProblems(
                                ReportedProblem.newBuilder()
                                        .setReason("RefusedByProxy")
                                        .setKind(KIND)
                                        .setNamespace("shop")
                                        .setName("refused")
                                        .setFault("Envoy says no")
                                        .setFix("look at its log"))
                        .build());
        try (var _ = new Replica("one")) {
            soon().untilAsserted(() ->
                    assertThat(condition("refused", "InForce"))
                            .isEqualTo("False RefusedByProxy: Envoy says no; look at its log"));
        }
    }

    /// Else every pod that starts would have all objects written.
    @Test
    void otherObjectsAndProxiesThatComeChangeNothing() {
        awaitKnown("steady", "3s");
        board.put(Component.PILOT, pilot(1, 1).build());
        try (var replica = new Replica("one")) {
            soon().until(() -> condition("steady", "InForce").startsWith("True"));
            var version = object("steady").getMetadata().getResourceVersion();
            var revision = desk.state().revision();

            var lagging =
                    ResourceProgress.newBuilder()
                            .setKind(KIND)
                            .setNamespace("shop")
                            .setName("steady")
                            .setInForce(1)
                            .setConnected(2);
            board.put(Component.PILOT, pilot(1, 2).addLagging(lagging).build());
            awaitKnown("other", "3s");
            soon().until(() -> !condition("other", "Accepted").isEmpty());

            assertThat(desk.state().revision()).isNotEqualTo(revision);
            assertThat(object("steady").getMetadata().getResourceVersion()).isEqualTo(version);

            clock.advance(Duration.ofSeconds(11));
            board.put(Component.PILOT, pilot(1, 2).addLagging(lagging).build());
            soon().untilAsserted(() ->
                    assertThat(condition("steady", "InForce"))
                            .isEqualTo("False Waiting: in force on 1 of 2 proxies"));
            assertThat(replica.counts.written.get()).isLessThan(10);
        }
    }

    /// A status is no config: the content, its position and the revision stay.
    @Test
    void aStatusIsNoChangeOfConfig() {
        awaitKnown("same", "3s");
        var content = source.content();
        var revision = desk.state().revision();
        try (var _ = new Replica("one")) {
            soon().until(() -> !status("same").isEmpty());
            awaitKnown("later", "3s");

            assertThat(source.content().resources()).containsAll(content.resources());
            assertThat(desk.state().revision()).isNotEqualTo(revision);
        }
    }

    @Test
    void onlyTheLeaderWritesAndAnOvertakenOneNothing() {
        awaitKnown("one-writer", "3s");
        try (var leader = new Replica("one")) {
            soon().until(leader::leads);
            try (var other = new Replica("two")) {
                soon().until(() -> !status("one-writer").isEmpty());
                awaitKnown("another", "3s");
                soon().until(() -> !status("another").isEmpty());
                assertThat(other.leads()).isFalse();
                assertThat(other.counts.written).hasValue(0);
            }
            var later = object("another");
            later.setAdditionalProperty(
                    "status", Map.of("leaderTerm", 1_000_000, "conditions", List.of()));
            cluster.client().resource(later).updateStatus();

            soon().until(() -> leader.counts.failed.get() > 0);
            assertThat(status("another").get("leaderTerm")).isEqualTo(1_000_000);
        }
    }
}
