package dev.quartet.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.WorkloadEntry;
import dev.quartet.stream.testing.ScriptedGalley;
import dev.quartet.wire.mcp.Resources;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigStreamTest {
    private static final Duration LATE = Duration.ofMillis(200);

    @TempDir Path state;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<ConfigSnapshot> snapshots = new CopyOnWriteArrayList<>();

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

    private ConfigStream stream(int port) {
        ManagedChannel channel = ScriptedGalley.channel(port);
        open.add(channel::shutdownNow);
        var stream =
                ConfigStream.start(
                        new ConfigStreamSettings(
                                state, "pilot-1", EnumSet.copyOf(Published.KINDS), LATE),
                        channel,
                        Clock.systemUTC(),
                        snapshots::add);
        open.add(stream);
        return stream;
    }

    private static void sendAll(ScriptedGalley galley, Published revision, Published before) {
        for (var kind : Published.KINDS) {
            galley.send(revision.message(kind, before.collection(kind)));
        }
    }

    private static final Published NOTHING = Published.of();
    private static final Published FIRST =
            Published.of(
                    Published.resource(Kind.DESTINATION_RULE, "details", 1),
                    Published.resource(Kind.WORKLOAD_ENTRY, "details-v1", 1));

    @Test
    void subscribesToEachCollectionAndAcknowledgesIt() throws IOException {
        var galley = galley(0);
        stream(galley.port());
        galley.awaitSubscriptions(Published.KINDS);

        var nonce = galley.send(FIRST.message(Kind.DESTINATION_RULE, Map.of()));

        assertThat(galley.subscriptions())
                .allSatisfy(request -> {
                    assertThat(request.getSinkNode().getId()).isEqualTo("pilot-1");
                    assertThat(request.getIncremental()).isTrue();
                    assertThat(request.getInitialResourceVersionsMap()).isEmpty();
                })
                .extracting(request -> request.getCollection())
                .containsExactlyInAnyOrder(
                        Published.KINDS.stream().map(Kind::collection).toArray(String[]::new));
        var ack = galley.awaitAnswer(nonce);
        assertThat(ack.getCollection()).isEqualTo(Kind.DESTINATION_RULE.collection());
        assertThat(ack.hasErrorDetail()).isFalse();
    }

    @Test
    void handsOverARevisionOnceItIsWhole() throws IOException {
        var galley = galley(0);
        var stream = stream(galley.port());
        galley.awaitSubscriptions(Published.KINDS);
        var nonce = galley.send(FIRST.message(Kind.DESTINATION_RULE, Map.of()));
        galley.awaitAnswer(nonce);
        assertThat(snapshots).isEmpty();

        galley.send(FIRST.message(Kind.WORKLOAD_ENTRY, Map.of()));
        galley.send(FIRST.message(Kind.MESH_CONFIG, Map.of()));

        await().until(() -> snapshots.size() == 1);
        var snapshot = snapshots.getFirst();
        assertThat(snapshot.revision()).isEqualTo(FIRST.id());
        assertThat(snapshot.resources()).isEqualTo(FIRST.resources());
        assertThat(snapshot.fromDisk()).isFalse();
        assertThat(snapshot.of(WorkloadEntry.class))
                .extracting(Resource::name)
                .containsExactly("details-v1");
        assertThat(snapshot.find(DestinationRule.class, "shop", "details")).isPresent();
        assertThat(stream.status().connected()).isTrue();
        assertThat(stream.status().age()).isEqualTo(Duration.ZERO);
        assertThat(stream.status().lateCollections()).isEmpty();
    }

    /// The law of this library, over a real connection: delayed, interleaved and skipping collections.
    @Test
    void givesOnlyPublishedRevisionsAndTheNewestAtTheEnd() throws IOException {
        var galley = galley(0);
        stream(galley.port());
        galley.awaitSubscriptions(Published.KINDS);
        var random = new Random(7);
        var byId = new HashMap<String, Published>();
        Map<Kind, Map<String, Resource<?>>> held = new EnumMap<>(Kind.class);
        var newest = NOTHING;
        for (var round = 0; round < 40; round++) {
            var history = new ArrayList<Published>();
            for (var length = 1 + random.nextInt(4); length > 0; length--) {
                newest = newest.next(random);
                history.add(newest);
                byId.put(newest.id(), newest);
            }
            var at = new EnumMap<Kind, Integer>(Kind.class);
            var unfinished = new ArrayList<>(Published.KINDS);
            while (!unfinished.isEmpty()) {
                var kind = unfinished.get(random.nextInt(unfinished.size()));
                var place = at.getOrDefault(kind, -1);
                var next = place + 1 + random.nextInt(history.size() - place - 1);
                galley.send(history.get(next).message(kind, held.getOrDefault(kind, Map.of())));
                at.put(kind, next);
                held.put(kind, history.get(next).collection(kind));
                if (next == history.size() - 1) {
                    unfinished.remove(kind);
                }
            }
        }

        var last = newest.id();
        await().until(() -> !snapshots.isEmpty() && snapshots.getLast().revision().equals(last));
        assertThat(snapshots)
                .allSatisfy(snapshot ->
                        assertThat(snapshot.resources())
                                .isEqualTo(published(byId, snapshot.revision()).resources()));
    }

    private static Published published(Map<String, Published> byId, String id) {
        return java.util.Objects.requireNonNull(byId.get(id), id + " was never published");
    }

    @Test
    void refusesWhatItCannotReadAndKeepsTheLastGood() throws IOException {
        var galley = galley(0);
        var stream = stream(galley.port());
        galley.awaitSubscriptions(Published.KINDS);
        sendAll(galley, FIRST, NOTHING);
        await().until(() -> snapshots.size() == 1);
        var body = BytesValue.of(ByteString.copyFromUtf8("{\"hots\":\"details\"}"));
        var good = ScriptedGalley.wire(Published.resource(Kind.DESTINATION_RULE, "details", 1));

        var nonce =
                galley.send(
                        Resources.newBuilder()
                                .setCollection(Kind.DESTINATION_RULE.collection())
                                .setSystemVersionInfo("bad")
                                .setIncremental(true)
                                .addResources(good.toBuilder().setBody(Any.pack(body)))
                                .build());
        galley.send(
                Resources.newBuilder()
                        .setCollection(Kind.MESH_CONFIG.collection())
                        .setSystemVersionInfo("bad")
                        .setIncremental(true)
                        .build());
        galley.send(
                Resources.newBuilder()
                        .setCollection(Kind.WORKLOAD_ENTRY.collection())
                        .setSystemVersionInfo("bad")
                        .setIncremental(true)
                        .build());

        var nack = galley.awaitAnswer(nonce);
        assertThat(nack.getErrorDetail().getMessage()).contains("shop/details").contains("hots");
        assertThat(stream.status().rejected()).containsOnlyKeys(Kind.DESTINATION_RULE);
        await().untilAsserted(() ->
                assertThat(stream.status().lateCollections()).contains(Kind.DESTINATION_RULE));
        assertThat(stream.status().revision()).isEqualTo(FIRST.id());
        assertThat(snapshots).hasSize(1);

        var second = FIRST.next(new Random(3));
        sendAll(galley, second, FIRST);
        await().until(() -> snapshots.getLast().revision().equals(second.id()));
        assertThat(snapshots.getLast().resources()).isEqualTo(second.resources());
        assertThat(stream.status().rejected()).isEmpty();
    }

    @Test
    void showsACollectionThatIsLate() throws IOException {
        var galley = galley(0);
        var stream = stream(galley.port());
        galley.awaitSubscriptions(Published.KINDS);
        sendAll(galley, FIRST, NOTHING);
        await().until(() -> snapshots.size() == 1);
        var second = Published.of(Published.resource(Kind.WORKLOAD_ENTRY, "details-v1", 2));

        galley.send(second.message(Kind.WORKLOAD_ENTRY, FIRST.collection(Kind.WORKLOAD_ENTRY)));
        galley.send(second.message(Kind.MESH_CONFIG, FIRST.collection(Kind.MESH_CONFIG)));

        await().untilAsserted(() ->
                assertThat(stream.status().lateCollections())
                        .isEqualTo(Set.of(Kind.DESTINATION_RULE)));
        assertThat(stream.status().age()).isGreaterThanOrEqualTo(LATE);
        assertThat(snapshots).hasSize(1);
    }

    @Test
    void startsFromDiskWhileGalleyIsAway() throws Exception {
        var galley = galley(0);
        var before = stream(galley.port());
        galley.awaitSubscriptions(Published.KINDS);
        sendAll(galley, FIRST, NOTHING);
        var file = new LastGoodFile(state).path();
        await().until(() -> Files.exists(file));
        before.close();
        galley.close();
        snapshots.clear();

        var after = stream(galley.port());

        assertThat(snapshots).hasSize(1);
        assertThat(snapshots.getFirst().fromDisk()).isTrue();
        assertThat(snapshots.getFirst().resources()).isEqualTo(FIRST.resources());
        assertThat(after.status().fromDisk()).isTrue();
        assertThat(after.status().connected()).isFalse();
        assertThat(after.status().revision()).isEqualTo(FIRST.id());
        assertThat(Files.getPosixFilePermissions(file))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        await().untilAsserted(() -> assertThat(after.status().error()).isNotNull());
    }

    @Test
    void comesBackWithWhatItHoldsAndTakesOnlyDifferences() throws Exception {
        var galley = galley(0);
        var stream = stream(galley.port());
        galley.awaitSubscriptions(Published.KINDS);
        sendAll(galley, FIRST, NOTHING);
        await().until(() -> snapshots.size() == 1);
        galley.close();
        await().until(() -> !stream.status().connected());
        assertThat(stream.status().revision()).isEqualTo(FIRST.id());

        var again = galley(galley.port());
        again.awaitSubscriptions(Published.KINDS);
        assertThat(again.subscriptions())
                .filteredOn(it -> it.getCollection().equals(Kind.WORKLOAD_ENTRY.collection()))
                .singleElement()
                .satisfies(request ->
                        assertThat(request.getInitialResourceVersionsMap())
                                .containsEntry(
                                        "shop/details-v1",
                                        Published.resource(Kind.WORKLOAD_ENTRY, "details-v1", 1)
                                                .version()));
        var second = FIRST.next(new Random(5));
        sendAll(again, second, FIRST);

        await().until(() -> snapshots.getLast().revision().equals(second.id()));
        assertThat(snapshots.getLast().resources()).isEqualTo(second.resources());
        assertThat(stream.status().age()).isEqualTo(Duration.ZERO);
    }

    @Test
    void confirmsTheRevisionFromDiskByAnEmptyDifference() throws Exception {
        startsFromDiskWhileGalleyIsAway();
        var galley = galley(0);
        var stream = stream(galley.port());
        galley.awaitSubscriptions(Published.KINDS);

        sendAll(galley, FIRST, FIRST);

        await().until(() -> !stream.status().fromDisk());
        await().until(() -> !snapshots.getLast().fromDisk());
        assertThat(snapshots.getLast().resources()).isEqualTo(FIRST.resources());
    }

    @Test
    void passesOverADamagedFile() throws Exception {
        startsFromDiskWhileGalleyIsAway();
        var file = new LastGoodFile(state).path();
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length - 3] ^= 1;
        Files.write(file, bytes);
        snapshots.clear();

        var galley = galley(0);
        stream(galley.port());
        galley.awaitSubscriptions(Published.KINDS);

        assertThat(snapshots).isEmpty();
        assertThat(galley.subscriptions())
                .allSatisfy(it -> assertThat(it.getInitialResourceVersionsMap()).isEmpty());
        sendAll(galley, FIRST, NOTHING);
        await().until(() -> snapshots.size() == 1);
    }

    @Test
    void passesOverAFileOfAnotherFormatOrOtherKinds() throws IOException {
        var file = new LastGoodFile(state);
        file.save(
                new LastGoodFile.Content(
                        "r1",
                        Clock.systemUTC().instant(),
                        List.of(FIRST.message(Kind.WORKLOAD_ENTRY, Map.of()).toByteString())));

        assertThat(file.load(Set.of(Kind.WORKLOAD_ENTRY))).isPresent();
        assertThat(file.load(Set.of(Kind.WORKLOAD_ENTRY, Kind.GATEWAY))).isEmpty();
        Files.writeString(file.path(), "quartet-config 2 0 0\n");
        assertThat(file.load(Set.of(Kind.WORKLOAD_ENTRY))).isEmpty();
        Files.writeString(file.path(), "something else");
        assertThat(file.load(Set.of(Kind.WORKLOAD_ENTRY))).isEmpty();
    }

    @Test
    void keepsGoingWhenTheListenerFails() throws IOException {
        var galley = galley(0);
        var channel = ScriptedGalley.channel(galley.port());
        open.add(channel::shutdownNow);
        var seen = new CopyOnWriteArrayList<String>();
        open.add(
                ConfigStream.start(
                        new ConfigStreamSettings(state, "pilot-1", EnumSet.copyOf(Published.KINDS)),
                        channel,
                        Clock.systemUTC(),
                        snapshot -> {
                            seen.add(snapshot.revision());
                            throw new IllegalStateException("a bug in the sink");
                        }));
        galley.awaitSubscriptions(Published.KINDS);
        sendAll(galley, FIRST, NOTHING);
        await().until(() -> seen.contains(FIRST.id()));
        var second = FIRST.next(new Random(9));

        sendAll(galley, second, FIRST);

        await().until(() -> seen.contains(second.id()));
    }
}
