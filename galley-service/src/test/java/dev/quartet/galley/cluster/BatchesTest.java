package dev.quartet.galley.cluster;

import static dev.quartet.galley.cluster.Replica.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quartet.galley.batch.Barrier;
import dev.quartet.galley.batch.Batch;
import dev.quartet.galley.batch.Batch.Landmark;
import dev.quartet.galley.batch.Batch.Member;
import dev.quartet.galley.batch.Batch.State;
import dev.quartet.galley.batch.BatchBook;
import dev.quartet.galley.batch.BatchBook.Entry;
import dev.quartet.galley.batch.BatchBook.OvertakenException;
import dev.quartet.galley.change.Outcome;
import dev.quartet.galley.change.Precondition;
import dev.quartet.galley.change.TestDesk;
import dev.quartet.galley.cluster.BatchWriter.Written;
import dev.quartet.galley.history.Cause;
import dev.quartet.galley.history.LoggedRevision;
import dev.quartet.galley.kube.ConfigObjects;
import dev.quartet.galley.kube.TestBooks;
import dev.quartet.galley.kube.TestCluster;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Changes of several objects on a real apiserver: by several Galleys at once, that fail in the middle, and that nobody ends.
@Tag("apiserver")
class BatchesTest {
    @RegisterExtension static final TestCluster cluster = new TestCluster();

    @RegisterExtension final TestDesk desks = new TestDesk();
    @TempDir Path states;
    private final List<Replica> replicas = new ArrayList<>();

    @AfterEach
    void stop() {
        replicas.forEach(Replica::close);
        cluster.client()
                .genericKubernetesResources("networking.istio.io/v1", "VirtualService")
                .inNamespace("shop")
                .delete();
    }

    private Replica replica(String name) {
        var replica = new Replica(cluster, desks, states.resolve(name), name);
        replicas.add(replica);
        return replica;
    }

    private static ConditionFactory soon() {
        return await().atMost(TestCluster.LIMIT);
    }

    private static Optional<GenericKubernetesResource> stored(String name) {
        return Optional.ofNullable(ConfigObjects.at(cluster.client(), route(name)).get());
    }

    private static Outcome.Accepted accepted(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Accepted.class);
        return (Outcome.Accepted) outcome;
    }

    @Test
    void isAnsweredWhenItIsInForceAndRecorded() throws Exception {
        var galley = replica("one");
        soon().until(() -> galley.leadership.term().isPresent());

        var first = accepted(galley.apply(route("a", "1s") + route("b", "1s")));

        assertThat(first.created()).containsExactlyInAnyOrder(route("a"), route("b"));
        assertThat(galley.timeouts()).isEqualTo(Map.of("a", "PT1S", "b", "PT1S"));
        assertThat(first.after().revision()).isEqualTo(galley.desk.state().revision());
        assertThat(first.logged())
                .extracting(LoggedRevision::id)
                .isEqualTo(first.after().revision());

        var again = accepted(galley.apply(route("a", "1s") + route("b", "1s")));
        assertThat(again.unchanged()).containsExactlyInAnyOrder(route("a"), route("b"));
        assertThat(galley.ended).as("nothing is written").containsExactly(State.DONE);
    }

    /// Forty changes of three objects each, by two Galleys; a third looks on.
    @Test
    void nobodySeesAPartOfWhatTwoGalleysWriteAtOnce() throws Exception {
        var writers = List.of(replica("one"), replica("two"));
        var third = replica("three");
        var changes = 20;

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var runs = new ArrayList<Callable<List<Outcome>>>();
            for (int writer = 0; writer < 2; writer++) {
                var galley = writers.get(writer);
                var first = writer * changes + 1;
                runs.add(() -> {
                    var outcomes = new ArrayList<Outcome>();
                    for (int seconds = first; seconds < first + changes; seconds++) {
                        var timeout = seconds + "s";
                        outcomes.add(
                                galley.apply(
                                        route("a", timeout)
                                                + route("b", timeout)
                                                + route("c", timeout)));
                    }
                    return outcomes;
                });
            }
            for (var run : threads.invokeAll(runs)) {
                run.get().forEach(BatchesTest::accepted);
            }
        }

        soon().untilAsserted(() ->
                assertThat(third.timeouts()).isEqualTo(writers.getFirst().timeouts()));
        for (var replica : replicas) {
            assertThat(replica.seen)
                    .allSatisfy(timeouts ->
                            assertThat(Set.copyOf(timeouts.values()))
                                    .as("%s", timeouts)
                                    .hasSizeLessThanOrEqualTo(1))
                    .allSatisfy(timeouts -> assertThat(timeouts.size()).isIn(0, 3));
        }
        var values = new TreeSet<String>();
        replicas.forEach(it -> it.seen.forEach(timeouts -> values.addAll(timeouts.values())));
        assertThat(values).as("each writer has seen its own").hasSize(2 * changes);
    }

    @Test
    void aRevisionThatAnotherGalleyHasChangedIsNotOverwritten() throws Exception {
        var one = replica("one");
        var two = replica("two");
        accepted(one.apply(route("a", "1s")));
        soon().until(() -> two.timeouts().containsKey("a"));
        var seen = two.desk.state().revision();
        accepted(one.apply(route("a", "2s")));

        var stale = two.apply(route("a", "3s"), new Precondition.AtRevision(Set.of(seen)));

        assertThat(stale).isInstanceOf(Outcome.Stale.class);
        assertThat(one.timeouts()).containsEntry("a", "PT2S");
    }

    /// The second member was changed since: only the write says so, not the trial.
    @Test
    void whatFailsInTheMiddleIsTakenBack() throws Exception {
        var galley = replica("one");
        accepted(galley.apply(route("b", "1s") + route("gone", "1s")));
        var objects = new ClusterObjects(cluster.client().getKubernetesSerialization());
        var b = stored("b").orElseThrow();
        var gone = stored("gone").orElseThrow();
        var created = object(route("a", "5s"));
        cluster.put(route("b", "2s"));
        var writer = writer(galley, objects);

        var written =
                writer.write(
                        Cause.rest(Cause.Kind.APPLY, null, null),
                        new BatchWriter.Wish() {
                            @Override
                            public void await(long last) {}

                            @Override
                            public List<Member> members() {
                                return List.of(
                                        new Member(route("a"), null, objects.json(created)),
                                        new Member(route("gone"), objects.json(gone), null),
                                        new Member(
                                                route("b"),
                                                objects.json(b),
                                                objects.json(object(route("b", "5s")))));
                            }
                        });

        assertThat(written).isEqualTo(new Written.Outdated(route("b")));
        assertThat(stored("a")).isEmpty();
        assertThat(stored("gone")).isPresent();
        soon().untilAsserted(() ->
                assertThat(galley.timeouts()).isEqualTo(Map.of("b", "PT2S", "gone", "PT1S")));
        assertThat(galley.seen).noneSatisfy(it -> assertThat(it).containsKey("a"));
        assertThat(galley.seen)
                .filteredOn(it -> it.containsKey("b"))
                .allSatisfy(it -> assertThat(it).containsKey("gone"));
        assertThat(galley.ended).containsExactly(State.DONE);
    }

    private static BatchWriter writer(Replica galley, ClusterObjects objects) {
        var clock = Clock.systemUTC();
        return new BatchWriter(
                galley.client,
                objects,
                galley.book,
                new BatchUndo(galley.client, objects, clock),
                clock,
                _ -> {});
    }

    private static GenericKubernetesResource object(String yaml) {
        return (GenericKubernetesResource)
                cluster.client()
                        .load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
                        .items()
                        .getFirst();
    }

    /// Killed when the first of two objects was written, and a third one deleted.
    @Test
    void theLeaderTakesBackWhatNobodyEnds() throws Exception {
        var galley = replica("one");
        accepted(galley.apply(route("kept", "1s") + route("changed", "1s")));
        var objects = new ClusterObjects(cluster.client().getKubernetesSerialization());
        var kept = stored("kept").orElseThrow();
        var changed = stored("changed").orElseThrow();
        var after = objects.object(objects.json(changed));
        after.setAdditionalProperties(object(route("changed", "7s")).getAdditionalProperties());
        var open =
                galley.book.open(
                        galley.book.read().orElse(null),
                        Cause.rest(Cause.Kind.APPLY, null, null),
                        List.of(
                                new Member(
                                        route("changed"),
                                        objects.json(changed),
                                        objects.json(after)),
                                new Member(route("kept"), objects.json(kept), null),
                                new Member(
                                        route("never"),
                                        null,
                                        objects.json(object(route("never", "7s"))))));
        cluster.client().resource(ClusterObjects.marked(after, open.batch().id())).update();
        cluster.client().resource(kept).delete();
        assertThat(stored("kept")).isEmpty();
        var late = replica("late");

        soon().until(() -> galley.book.read().map(Entry::batch).filter(Batch::isOpen).isEmpty());
        assertThat(galley.book.read().orElseThrow().batch().state()).isEqualTo(State.UNDONE);
        assertThat(stored("kept")).isPresent();
        assertThat(stored("never")).isEmpty();
        soon().untilAsserted(() ->
                assertThat(late.timeouts()).isEqualTo(Map.of("kept", "PT1S", "changed", "PT1S")));
        for (var replica : replicas) {
            assertThat(replica.seen)
                    .allSatisfy(it -> assertThat(it).doesNotContainValue("PT7S"))
                    .filteredOn(it -> it.containsKey("changed"))
                    .allSatisfy(it -> assertThat(it).containsKey("kept"));
        }
        accepted(late.apply(route("changed", "8s")));
    }

    /// It may have been stored or not, and later still.
    @Test
    void aWriteWithoutAnAnswerIsLeftToTheLeader() throws Exception {
        var leader = replica("one");
        soon().until(() -> leader.leadership.term().isPresent());
        var writes = new AtomicInteger();
        var galley =
                new Replica(
                        cluster,
                        desks,
                        states.resolve("cut"),
                        "cut",
                        request -> {
                            if (request.method().equals("POST")
                                    && request.uri().getPath().endsWith("/virtualservices")
                                    && request.uri().getQuery() == null
                                    && writes.incrementAndGet() > 1) {
                                throw new KubernetesClientException("cut off");
                            }
                        });
        replicas.add(galley);

        var outcome = galley.apply(route("a", "1s") + route("b", "1s"));

        assertThat(outcome).isInstanceOf(Outcome.NotStored.class);
        assertThat(outcome.toString())
                .contains("AWAY", "cut off; what was written of it is taken back");
        soon().until(() -> stored("a").isEmpty());
        soon().until(() -> leader.book.read().orElseThrow().batch().state() == State.UNDONE);
        assertThat(leader.ended).containsExactly(State.UNDONE);
        assertThat(leader.seen).allSatisfy(it -> assertThat(it).isEmpty());
    }

    @Test
    void anotherLeaderGoesOnWithTheRevisions() throws Exception {
        var one = replica("one");
        soon().until(() -> one.leadership.term().isPresent());
        var two = replica("two");
        var first = accepted(one.apply(route("a", "1s"))).logged();
        accepted(two.apply(route("a", "2s")));
        one.close();
        replicas.remove(one);
        soon().until(() -> two.leadership.term().isPresent());

        var third = accepted(two.apply(route("a", "3s"))).logged();

        assertThat(first).isNotNull();
        assertThat(third).isNotNull();
        assertThat(third.number()).isEqualTo(first.number() + 2);
        var revisions = two.writes.revisions();
        for (var revision : revisions.revisions().subList(0, 2)) {
            assertThat(revision.changed()).containsExactly(route("a"));
        }
        for (int back = 0; back < 3; back++) {
            assertThat(document(two, revisions.revisions().get(back)))
                    .contains("timeout: \"" + (3 - back) + "s\"");
        }

        assertThat(document(replica("late"), first))
                .as("one that has seen nothing of it works it out")
                .contains("timeout: \"1s\"");
    }

    private static String document(Replica galley, LoggedRevision revision) throws IOException {
        return String.valueOf(
                galley.writes.revisions().content(revision).resources().get(route("a")));
    }

    /// Two minutes on: nobody ends it, and there is no leader.
    @Test
    void theBarrierGivesWayWhenABatchDoesNotEnd() throws Exception {
        var book = TestBooks.on(cluster.client());
        var open = book.open(book.read().orElse(null), Cause.kubernetes(), List.of());
        var nanos = new AtomicLong();
        var barrier = new Barrier(book, nanos::get);

        assertThat(barrier.inTheWay(_ -> true)).hasValue(Duration.ofMillis(10));
        assertThat(barrier.inTheWay(_ -> true)).hasValue(Duration.ofMillis(20));
        nanos.set(Duration.ofMinutes(3).toNanos());
        assertThat(barrier.inTheWay(_ -> true)).isEmpty();
        assertThat(barrier.stillOpenTo()).isTrue();

        var closed =
                book.close(
                        open,
                        State.DONE,
                        List.of(new Landmark(route("a"), "1", null, Instant.now())));
        assertThat(barrier.stillOpenTo()).isFalse();
        assertThat(barrier.inTheWay(_ -> false)).as("not seen yet").isPresent();
        assertThat(barrier.inTheWay(_ -> true)).isEmpty();
        assertThat(barrier.last()).hasValue(closed.batch());
    }

    @Test
    void aRecordThatIsJunkStopsNobody() throws Exception {
        var secrets = cluster.client().secrets().inNamespace("istio-system");
        secrets.withName(BatchBook.SECRET).delete();
        cluster.put(
                """
                apiVersion: v1
                kind: Secret
                metadata: {name: istio-galley-batch, namespace: istio-system}
                stringData: {batch: junk}
                """);
        var galley = replica("one");

        accepted(galley.apply(route("a", "1s")));

        assertThat(galley.timeouts()).containsKey("a");
    }

    @Test
    void whatDoesNotFitIntoOneRecordIsRefused() throws Exception {
        var galley = replica("one");
        var random = new Random(1);
        var text = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            var bytes = new byte[60_000];
            random.nextBytes(bytes);
            text.append(
                    route("big-" + i, "1s")
                            .replace(
                                    "namespace: shop",
                                    "namespace: shop, annotations: {x: "
                                            + Base64.getEncoder().encodeToString(bytes)
                                            + "}"));
        }

        var outcome = galley.apply(text.toString());

        assertThat(outcome).isInstanceOf(Outcome.NotStored.class);
        assertThat(outcome.toString())
                .contains("KiB compressed, and 700 KiB can be made as one; send it in parts");
        assertThat(stored("big-0")).isEmpty();
    }

    @Test
    void aWriterThatIsOvertakenSaysSo() throws Exception {
        var galley = replica("one");
        var open = galley.book.open(galley.book.read().orElse(null), Cause.kubernetes(), List.of());
        galley.book.close(open, State.UNDONE, List.of());

        assertThatThrownBy(() -> galley.book.close(open, State.DONE, List.of()))
                .isInstanceOf(OvertakenException.class);
    }
}
