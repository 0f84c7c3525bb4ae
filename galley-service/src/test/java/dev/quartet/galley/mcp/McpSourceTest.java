package dev.quartet.galley.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.rpc.Status;
import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.galley.snapshot.RevisionLog;
import dev.quartet.wire.mcp.RequestResources;
import dev.quartet.wire.mcp.ResourceSourceGrpc;
import dev.quartet.wire.mcp.Resources;
import dev.quartet.wire.mcp.SinkNode;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The protocol, spoken by hand over a real connection.
class McpSourceTest {
    private static final String WORKLOADS = Kind.WORKLOAD_ENTRY.collection();
    private static final String GATEWAYS = Kind.GATEWAY.collection();

    private final RevisionLog log = new RevisionLog(List.of(resource("a", 1)), Clock.systemUTC());
    private final Counting counting = new Counting();
    private final McpSource source = new McpSource(log, counting, Clock.systemUTC());
    private final List<Sink> sinks = new ArrayList<>();
    private final Server server;

    private static final class Counting implements McpObserver {
        final AtomicInteger sinks = new AtomicInteger();
        final AtomicInteger acks = new AtomicInteger();
        final AtomicInteger nacks = new AtomicInteger();
        final AtomicInteger sent = new AtomicInteger();

        @Override
        public void sinks(int connected) {
            sinks.set(connected);
        }

        @Override
        public void sent(String collection, int sizeBytes) {
            sent.incrementAndGet();
        }

        @Override
        public void acknowledged(String collection) {
            acks.incrementAndGet();
        }

        @Override
        public void refused(String collection) {
            nacks.incrementAndGet();
        }

        @Override
        public void streamFailed() {}
    }

    McpSourceTest() throws IOException {
        server =
                NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                        .addService(source)
                        .build()
                        .start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        sinks.forEach(Sink::close);
        server.shutdownNow().awaitTermination();
    }

    private static Resource<?> resource(String name, int version) {
        return new ResourceReader()
                .readJson(
                        Kind.WORKLOAD_ENTRY,
                        "shop/" + name,
                        Map.of("version", "v" + version),
                        Map.of(),
                        "{\"address\":\"10.0.0.1\"}".getBytes(StandardCharsets.UTF_8));
    }

    /// A sink that does only what it is told to.
    private final class Sink {
        private final ManagedChannel channel;
        private final BlockingQueue<Resources> received = new LinkedBlockingQueue<>();
        private final AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
        private final ClientCallStreamObserver<RequestResources> requests;

        Sink() {
            this(server.getPort(), Integer.MAX_VALUE);
        }

        /// @param messages that it reads before it is told to read on
        Sink(int port, int messages) {
            this(
                    NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build(),
                    messages);
        }

        Sink(ManagedChannel channel) {
            this(channel, Integer.MAX_VALUE);
        }

        private Sink(ManagedChannel channel, int messages) {
            sinks.add(this);
            this.channel = channel;
            requests =
                    (ClientCallStreamObserver<RequestResources>)
                            ResourceSourceGrpc.newStub(channel)
                                    .establishResourceStream(new Receiver(messages));
        }

        private final class Receiver
                implements ClientResponseObserver<RequestResources, Resources> {
            private final int messages;

            Receiver(int messages) {
                this.messages = messages;
            }

            @Override
            public void beforeStart(ClientCallStreamObserver<RequestResources> stream) {
                stream.disableAutoRequestWithInitial(messages);
            }

            @Override
            public void onNext(Resources message) {
                received.add(message);
            }

            @Override
            public void onError(Throwable cause) {
                error.set(cause);
            }

            @Override
            public void onCompleted() {}
        }

        void readOn(int messages) {
            requests.request(messages);
        }

        void subscribe(String collection, Map<String, String> held) {
            requests.onNext(
                    RequestResources.newBuilder()
                            .setSinkNode(SinkNode.newBuilder().setId("by-hand"))
                            .setCollection(collection)
                            .setIncremental(true)
                            .putAllInitialResourceVersions(held)
                            .build());
        }

        void answer(Resources message) {
            answer(message.getCollection(), message.getNonce());
        }

        void answer(String collection, String nonce) {
            requests.onNext(
                    RequestResources.newBuilder()
                            .setCollection(collection)
                            .setResponseNonce(nonce)
                            .build());
        }

        void refuse(Resources message) {
            requests.onNext(
                    RequestResources.newBuilder()
                            .setCollection(message.getCollection())
                            .setResponseNonce(message.getNonce())
                            .setErrorDetail(Status.newBuilder().setCode(3).setMessage("not good"))
                            .build());
        }

        Resources next() throws InterruptedException {
            return Objects.requireNonNull(received.poll(5, TimeUnit.SECONDS), "nothing came");
        }

        /// Proves silence without waiting: a round trip on another collection, and nothing before its answer.
        Resources assertSilent() throws InterruptedException {
            var probe = "probe/" + System.nanoTime();
            subscribe(probe, Map.of());
            var message = next();
            assertThat(message.getCollection()).isEqualTo(probe);
            return message;
        }

        void close() {
            channel.shutdownNow();
        }
    }

    private static List<String> names(Resources message) {
        return message.getResourcesList().stream().map(it -> it.getMetadata().getName()).toList();
    }

    @Test
    void sendsACollectionWithTheRevisionsStamp() throws Exception {
        var sink = new Sink();

        sink.subscribe(WORKLOADS, Map.of());

        var message = sink.next();
        assertThat(message.getSystemVersionInfo()).isEqualTo(log.current().id());
        assertThat(message.getIncremental()).isTrue();
        assertThat(names(message)).containsExactly("shop/a");
        assertThat(message.getResources(0).getMetadata().getVersion())
                .isEqualTo(resource("a", 1).version());
        assertThat(message.getResources(0).getMetadata().getLabelsMap())
                .containsEntry("version", "v1");
        await().until(() -> counting.sinks.get() == 1);
    }

    @Test
    void sendsOnlyDifferencesAndStampsUnchangedCollections() throws Exception {
        var sink = new Sink();
        sink.subscribe(WORKLOADS, Map.of());
        sink.answer(sink.next());
        sink.subscribe(GATEWAYS, Map.of());
        sink.answer(sink.next());
        await().until(() -> counting.acks.get() == 2);

        var revision = log.publish(log.of(List.of(resource("b", 1))));

        var first = sink.next();
        var second = sink.next();
        var workloads = first.getCollection().equals(WORKLOADS) ? first : second;
        var gateways = first.getCollection().equals(WORKLOADS) ? second : first;
        assertThat(names(workloads)).containsExactly("shop/b");
        assertThat(workloads.getRemovedResourcesList()).containsExactly("shop/a");
        assertThat(gateways.getResourcesList()).isEmpty();
        assertThat(gateways.getRemovedResourcesList()).isEmpty();
        assertThat(gateways.getIncremental()).isTrue();
        assertThat(List.of(first, second))
                .allMatch(it -> it.getSystemVersionInfo().equals(revision.id()));
    }

    @Test
    void hasOnePushUnderWayAndMergesWhatComesMeanwhile() throws Exception {
        var sink = new Sink();
        sink.subscribe(WORKLOADS, Map.of());
        var first = sink.next();
        for (var i = 2; i < 50; i++) {
            log.publish(log.of(List.of(resource("a", i), resource("n" + i, i))));
        }
        sink.assertSilent();

        sink.answer(first);

        var merged = sink.next();
        assertThat(merged.getSystemVersionInfo()).isEqualTo(log.current().id());
        assertThat(names(merged)).containsExactly("shop/a", "shop/n49");
        assertThat(merged.getRemovedResourcesList()).isEmpty();
    }

    @Test
    void ignoresAStaleNonce() throws Exception {
        var sink = new Sink();
        sink.subscribe(WORKLOADS, Map.of());
        var first = sink.next();
        log.publish(log.of(List.of(resource("a", 2))));

        sink.answer(WORKLOADS, "999");
        sink.answer("never/asked/for", first.getNonce());
        sink.assertSilent();
        assertThat(counting.acks.get()).isZero();

        sink.answer(first);
        var second = sink.next();
        sink.answer(first);
        sink.assertSilent();
        sink.answer(second);
        await().until(() -> counting.acks.get() == 2);
    }

    @Test
    void takesANonceForItsOwnCollectionOnly() throws Exception {
        var sink = new Sink();
        sink.subscribe(WORKLOADS, Map.of());
        var workloads = sink.next();
        sink.subscribe(GATEWAYS, Map.of());
        var gateways = sink.next();
        log.publish(log.of(List.of(resource("a", 2))));

        sink.answer(GATEWAYS, workloads.getNonce());
        sink.answer(WORKLOADS, gateways.getNonce());

        sink.assertSilent();
        assertThat(counting.acks.get()).isZero();
        assertThat(workloads.getNonce()).isNotEqualTo(gateways.getNonce());
    }

    @Test
    void ignoresARefusalOfWhatIsNoLongerUnderWay() throws Exception {
        var sink = new Sink();
        sink.subscribe(WORKLOADS, Map.of());
        var first = sink.next();
        sink.answer(first);
        await().until(() -> counting.acks.get() == 1);

        sink.refuse(first);
        log.publish(log.of(List.of(resource("a", 2))));

        assertThat(names(sink.next())).containsExactly("shop/a");
        assertThat(counting.nacks.get()).isZero();
    }

    @Test
    void beginsAnewWhenASinkAsksAgain() throws Exception {
        var sink = new Sink();
        sink.subscribe(WORKLOADS, Map.of());
        var dropped = sink.next();

        sink.subscribe(WORKLOADS, Map.of("shop/a", resource("a", 1).version()));

        var fresh = sink.next();
        assertThat(fresh.getResourcesList()).isEmpty();
        sink.answer(dropped);
        sink.assertSilent();
        assertThat(counting.acks.get()).isZero();
        sink.answer(fresh);
        await().until(() -> counting.acks.get() == 1);
    }

    @Test
    void isSilentAfterARefusalUntilTheContentChanges() throws Exception {
        var sink = new Sink();
        sink.subscribe(WORKLOADS, Map.of());
        sink.answer(sink.next());
        await().until(() -> counting.acks.get() == 1);
        log.publish(log.of(List.of(resource("a", 2))));
        var bad = sink.next();

        sink.refuse(bad);
        sink.answer(sink.assertSilent());
        await().until(() -> counting.nacks.get() == 1 && counting.acks.get() == 2);
        // Another collection changes: this one's content is still the refused one, so not even its
        // stamp may go out.
        log.publish(log.of(List.of(resource("a", 2), gateway("g"))));
        sink.next(); // the probe collection's stamp
        sink.assertSilent();
        assertThat(source.sinks().getFirst().collections())
                .filteredOn(it -> it.collection().equals(WORKLOADS))
                .singleElement()
                .satisfies(it -> assertThat(it.refusal()).isEqualTo("not good"));

        log.publish(log.of(List.of(resource("a", 3), gateway("g"))));
        var good = received(sink, WORKLOADS);
        assertThat(names(good)).containsExactly("shop/a");
        assertThat(good.getResources(0).getMetadata().getLabelsMap())
                .containsEntry("version", "v3");
    }

    @Test
    void stampsAgainWhenRefusedContentIsTakenBack() throws Exception {
        var sink = new Sink();
        sink.subscribe(WORKLOADS, Map.of());
        sink.answer(sink.next());
        await().until(() -> counting.acks.get() == 1);
        log.publish(log.of(List.of(resource("a", 2))));
        sink.refuse(sink.next());
        await().until(() -> counting.nacks.get() == 1);

        log.publish(log.of(List.of(resource("a", 1), gateway("g"))));

        var message = sink.next();
        assertThat(message.getResourcesList()).isEmpty();
        assertThat(message.getSystemVersionInfo()).isEqualTo(log.current().id());
    }

    private static Resources received(Sink sink, String collection) throws InterruptedException {
        while (true) {
            var message = sink.next();
            if (message.getCollection().equals(collection)) {
                return message;
            }
        }
    }

    private static Resource<?> gateway(String name) {
        return new ResourceReader()
                .readJson(
                        Kind.GATEWAY,
                        "shop/" + name,
                        Map.of(),
                        Map.of(),
                        "{\"selector\":{\"app\":\"g\"},\"servers\":[{\"port\":{\"number\":80,\"name\":\"http\",\"protocol\":\"HTTP\"},\"hosts\":[\"*\"]}]}"
                                .getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void sendsOnlyDifferencesToASinkThatComesBack() throws Exception {
        log.publish(
                log.of(List.of(resource("same", 1), resource("changed", 2), resource("new", 1))));
        var sink = new Sink();

        sink.subscribe(
                WORKLOADS,
                Map.of(
                        "shop/same", resource("same", 1).version(),
                        "shop/changed", resource("changed", 1).version(),
                        "shop/gone", "any"));

        var message = sink.next();
        assertThat(names(message)).containsExactly("shop/changed", "shop/new");
        assertThat(message.getRemovedResourcesList()).containsExactly("shop/gone");
    }

    @Test
    void sendsTheStampAloneToASinkThatHoldsEverything() throws Exception {
        var sink = new Sink();

        sink.subscribe(WORKLOADS, Map.of("shop/a", resource("a", 1).version()));

        var message = sink.next();
        assertThat(message.getSystemVersionInfo()).isEqualTo(log.current().id());
        assertThat(message.getResourcesList()).isEmpty();
        assertThat(message.getRemovedResourcesList()).isEmpty();
    }

    @Test
    void answersAnUnknownCollectionWithAnEmptyOne() throws Exception {
        var sink = new Sink();

        sink.subscribe("istio/unheard/of", Map.of());

        var message = sink.next();
        assertThat(message.getResourcesList()).isEmpty();
        assertThat(message.getSystemVersionInfo()).isEqualTo(log.current().id());
    }

    @Test
    void givesTheWholeCollectionToASinkThatCannotApplyDifferences() throws Exception {
        var sink = new Sink();
        sink.requests.onNext(RequestResources.newBuilder().setCollection(WORKLOADS).build());
        sink.answer(sink.next());
        await().until(() -> counting.acks.get() == 1);

        log.publish(log.of(List.of(resource("a", 1), resource("b", 1))));

        var message = sink.next();
        assertThat(message.getIncremental()).isFalse();
        assertThat(names(message)).containsExactly("shop/a", "shop/b");
    }

    @Test
    void refusesTooManyCollections() throws Exception {
        var sink = new Sink();
        for (var i = 0; i < 130; i++) {
            sink.subscribe("made/up/" + i, Map.of());
        }

        await().until(() -> sink.error.get() != null);
        assertThat(sink.error.get()).hasMessageContaining("RESOURCE_EXHAUSTED");
        await().until(() -> counting.sinks.get() == 0);
    }

    @Test
    void aSinkThatNeverAnswersDelaysNoOther() throws Exception {
        var silent = new Sink();
        silent.subscribe(WORKLOADS, Map.of());
        silent.next();
        var lively = new Sink();
        lively.subscribe(WORKLOADS, Map.of());
        lively.answer(lively.next());

        for (var i = 2; i < 20; i++) {
            log.publish(log.of(List.of(resource("a", i))));
        }

        while (true) {
            var message = lively.next();
            lively.answer(message);
            if (message.getSystemVersionInfo().equals(log.current().id())) {
                break;
            }
        }
        silent.assertSilent();
    }

    /// Each request is answered at once, and an answer lies in memory until it is read.
    @Test
    void takesNoMoreRequestsFromASinkThatReadsNothing() throws Exception {
        var requests = 500;
        log.publish(log.of(List.of(large("a"))));
        // What one connection brings is dealt with in its order.
        var inOrder =
                NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                        .directExecutor()
                        .addService(source)
                        .build()
                        .start();
        var sink = new Sink(inOrder.getPort(), 0);
        try {
            for (var i = 0; i < requests; i++) {
                sink.subscribe(WORKLOADS, Map.of());
            }
            var beside = new Sink(sink.channel);
            beside.subscribe(GATEWAYS, Map.of());
            beside.next();
            assertThat(counting.sent.get()).isLessThan(requests / 5);

            sink.readOn(requests);

            for (var i = 0; i < requests; i++) {
                assertThat(names(sink.next())).containsExactly("shop/a");
            }
        } finally {
            inOrder.shutdownNow().awaitTermination();
        }
    }

    private static Resource<?> large(String name) {
        return new ResourceReader()
                .readJson(
                        Kind.WORKLOAD_ENTRY,
                        "shop/" + name,
                        Map.of(),
                        Map.of("note", "x".repeat(100_000)),
                        "{\"address\":\"10.0.0.1\"}".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void forgetsASinkThatIsGone() throws Exception {
        var sink = new Sink();
        sink.subscribe(WORKLOADS, Map.of());
        sink.next();
        assertThat(source.sinks()).hasSize(1);

        sink.close();

        await().until(() -> source.sinks().isEmpty());
        log.publish(log.of(List.of(resource("a", 9))));
    }
}
