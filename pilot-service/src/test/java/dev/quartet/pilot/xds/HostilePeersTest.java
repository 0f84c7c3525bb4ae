package dev.quartet.pilot.xds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.node.ProxyRefused;
import dev.quartet.pilot.translate.Translation;
import dev.quartet.pilot.translate.XdsType;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Peers that do not read, do not answer, ask for too much, or come all at once, over real connections; and the others meanwhile.
class HostilePeersTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int FIRST_AT_ONCE = 10;
    private static final int UNREAD_PER_IDENTITY = 3;
    private static final int PER_IDENTITY = 1_000;
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final AdsServer ads =
            new AdsServer(
                    Meshes.NOBODY,
                    Clock.systemUTC(),
                    metrics,
                    2,
                    new Crowd.Limits(PER_IDENTITY, UNREAD_PER_IDENTITY, FIRST_AT_ONCE),
                    Duration.ofSeconds(7));
    private final List<Peer> peers = new ArrayList<>();
    private final List<ManagedChannel> channels = new ArrayList<>();
    private Server server;

    @BeforeEach
    void open() throws IOException {
        server =
                NettyServerBuilder.forAddress(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .directExecutor()
                        .maxInboundMessageSize(16 << 20)
                        .addService(ads.service())
                        .build()
                        .start();
    }

    @AfterEach
    void close() throws InterruptedException {
        channels.forEach(ManagedChannel::shutdownNow);
        ads.close();
        server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }

    /// A service with so many subsets that a response is larger than any buffer.
    private static Translation mesh(String revision) {
        var versions = IntStream.range(0, 300).mapToObj(i -> "v" + i).toArray(String[]::new);
        return Translation.of(
                Meshes.snapshot(
                        Meshes.config(
                                revision,
                                Meshes.service("reviews", "v1"),
                                Meshes.subsets("reviews", versions),
                                Meshes.routes(
                                        "reviews",
                                        "- {timeout: %ss, route: [{destination: {host: reviews}}]}"
                                                .formatted(revision.substring(1))))));
    }

    private void publish(String revision) {
        var translation = mesh(revision);
        ads.publish(translation::configFor, AdsServer.Audience.EVERYONE);
    }

    private ManagedChannel channel() {
        var channel =
                NettyChannelBuilder.forAddress(
                                new InetSocketAddress(
                                        InetAddress.getLoopbackAddress(), server.getPort()))
                        .usePlaintext()
                        .maxInboundMessageSize(64 << 20)
                        .flowControlWindow(65_535)
                        .build();
        channels.add(channel);
        return channel;
    }

    private enum Manner {
        GOOD,
        READS_NOTHING,
        ANSWERS_NOTHING
    }

    private Peer peer(ManagedChannel channel, String account, int number, Manner manner) {
        var peer = new Peer(account, number, manner);
        peers.add(peer);
        AggregatedDiscoveryServiceGrpc.newStub(channel).deltaAggregatedResources(peer);
        return peer;
    }

    /// An Envoy's part of the protocol, as far as clusters, listeners and a proxy's routes go.
    private static final class Peer
            implements ClientResponseObserver<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
        private final String instance;
        private final Node node;
        private final Manner manner;
        private final AtomicInteger responses = new AtomicInteger();
        private volatile @Nullable Throwable end;
        private final CompletableFuture<ClientCallStreamObserver<DeltaDiscoveryRequest>> requests =
                new CompletableFuture<>();

        Peer(String account, int number, Manner manner) {
            this.instance = "%s-%d.shop".formatted(account, number);
            this.node =
                    Node.newBuilder()
                            .setId(
                                    "sidecar~127.0.0.1~%s~shop.svc.cluster.local"
                                            .formatted(instance))
                            .setMetadata(
                                    com.google.protobuf.Struct.newBuilder()
                                            .putFields("NAMESPACE", text("shop"))
                                            .putFields("SERVICE_ACCOUNT", text(account)))
                            .build();
            this.manner = manner;
        }

        private static com.google.protobuf.Value text(String text) {
            return com.google.protobuf.Value.newBuilder().setStringValue(text).build();
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<DeltaDiscoveryRequest> stream) {
            requests.complete(stream);
            if (manner == Manner.READS_NOTHING) {
                stream.disableAutoRequestWithInitial(0);
            }
            stream.setOnReadyHandler(() -> {});
        }

        void send(DeltaDiscoveryRequest request) {
            requests.join().onNext(request);
        }

        void ask() {
            for (var type : List.of(XdsType.CDS, XdsType.LDS)) {
                send(
                        DeltaDiscoveryRequest.newBuilder()
                                .setNode(node)
                                .setTypeUrl(type.url())
                                .build());
            }
        }

        @Override
        public void onNext(DeltaDiscoveryResponse response) {
            responses.incrementAndGet();
            if (manner == Manner.GOOD) {
                send(
                        DeltaDiscoveryRequest.newBuilder()
                                .setTypeUrl(response.getTypeUrl())
                                .setResponseNonce(response.getNonce())
                                .build());
            }
        }

        @Override
        public void onError(Throwable failure) {
            end = failure;
        }

        @Override
        public void onCompleted() {}
    }

    private void awaitInForce(String revision, List<Peer> those) {
        var names = those.stream().map(peer -> peer.instance).collect(Collectors.toSet());
        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(ads.progress())
                                .filteredOn(it -> names.contains(it.proxy().instance()))
                                .hasSize(names.size())
                                .allSatisfy(it ->
                                        assertThat(it.revisionInForce()).isEqualTo(revision)));
    }

    private double pushes() {
        return metrics.find("pilot_xds_pushes").counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    @Test
    void whoDoesNotReadOrAnswerDelaysNobodyAndGetsNoBacklog() {
        publish("r1");
        var channel = channel();
        var good = new ArrayList<Peer>();
        for (int i = 0; i < 5; i++) {
            good.add(peer(channel, "good", i, Manner.GOOD));
        }
        var deaf = peer(channel(), "deaf", 1, Manner.READS_NOTHING);
        var mute = peer(channel(), "mute", 1, Manner.ANSWERS_NOTHING);
        peers.forEach(Peer::ask);
        awaitInForce("r1", good);

        for (int revision = 2; revision <= 20; revision++) {
            publish("r" + revision);
            awaitInForce("r" + revision, good);
        }

        assertThat(mute.responses).as("one of each type, until it answers").hasValueLessThan(5);
        assertThat(deaf.responses).hasValue(0);
        assertThat(pushes() - good.stream().mapToInt(peer -> peer.responses.get()).sum())
                .as("sent to the two others")
                .isLessThan(10);
        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(ads.connected())
                                .as("who reads nothing is dropped")
                                .extracting(Proxy::instance)
                                .doesNotContain(deaf.instance)
                                .contains(mute.instance));
        publish("r21");
        awaitInForce("r21", good);
    }

    @Test
    void anIdentityThatReadsNothingGetsNoMoreStreams() {
        publish("r1");
        for (int i = 0; i < UNREAD_PER_IDENTITY; i++) {
            peer(channel(), "deaf", i, Manner.READS_NOTHING).ask();
        }
        var refused = new AtomicReference<@Nullable Throwable>();
        await().atMost(LIMIT)
                .until(() -> {
                    var late = peer(channel(), "deaf", peers.size(), Manner.GOOD);
                    late.ask();
                    await().until(() -> late.end != null || late.responses.get() > 0);
                    refused.set(late.end);
                    return late.end != null;
                });
        assertThat(Status.fromThrowable(refused.get()).getCode())
                .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(refused.get()).hasMessageContaining("that nobody reads");

        var other = peer(channel(), "other", 1, Manner.GOOD);
        other.ask();
        awaitInForce("r1", List.of(other));
    }

    @Test
    void moreNamesThanAnyMeshHasEndTheStream() {
        publish("r1");
        var peer = peer(channel(), "greedy", 1, Manner.GOOD);
        peer.ask();

        for (int part = 0; part < 3; part++) {
            var from = part * 40_000;
            peer.send(
                    DeltaDiscoveryRequest.newBuilder()
                            .setTypeUrl(XdsType.EDS.url())
                            .addAllResourceNamesSubscribe(
                                    IntStream.range(from, from + 40_000)
                                            .mapToObj(i -> "outbound|80||h" + i)
                                            .toList())
                            .build());
        }

        await().atMost(LIMIT).until(() -> peer.end != null);
        assertThat(peer.end).hasMessageContaining("may ask for 100000 names");
        await().atMost(LIMIT).untilAsserted(() -> assertThat(ads.connected()).isEmpty());
    }

    @Test
    void aCrowdIsServedATurnAtATimeAndAllOfIt() {
        publish("r1");
        var crowd = new ArrayList<Peer>();
        for (int channel = 0; channel < 4; channel++) {
            var shared = channel();
            for (int i = 0; i < 100; i++) {
                crowd.add(peer(shared, "crowd" + channel, i, Manner.GOOD));
            }
        }
        // two that never answer take their turns and give them back
        crowd.forEach(Peer::ask);
        var mute = peer(channel(), "mute", 1, Manner.ANSWERS_NOTHING);
        mute.ask();

        awaitInForce("r1", crowd);
        assertThat(metrics.get("pilot_xds_waiting_proxies").gauge().value()).isZero();
    }

    @Test
    void anIdentitysStreamsAreCounted() throws ProxyRefused {
        var crowd = new Crowd(new Crowd.Limits(2, 10, 10));
        var first = connection("a");
        crowd.enter(first);
        crowd.enter(connection("a"));

        assertThatThrownBy(() -> crowd.enter(connection("a")))
                .isInstanceOf(ProxyRefused.class)
                .hasMessage("service account shop/a has 2 streams open, no more are taken");
        crowd.enter(connection("b"));
        crowd.leave(first);
        crowd.enter(connection("a"));
    }

    @Test
    void turnsGoOnInOrderAndEnd() {
        var crowd = new Crowd(new Crowd.Limits(10, 10, 2));
        var all = List.of(connection("a"), connection("b"), connection("c"), connection("d"));
        assertThat(all.stream().filter(it -> crowd.mayStart(it, 0)))
                .containsExactly(all.get(0), all.get(1));
        assertThat(crowd.waiting()).isEqualTo(2);

        assertThat(crowd.release(all.get(0))).containsExactly(all.get(2));
        assertThat(crowd.mayStart(all.get(2), 10)).isTrue();
        assertThat(crowd.mayStart(all.get(0), 10)).as("it has had its turn").isTrue();
        assertThat(crowd.endTurns(5)).as("b has taken too long").containsExactly(all.get(3));
        assertThat(crowd.mayStart(all.get(3), 10)).isTrue();
        assertThat(crowd.waiting()).isZero();
        assertThat(crowd.leave(all.get(3))).isEqualTo(Collections.emptyList());
    }

    private static Connection connection(String account) {
        return PushQueueTest.connection(account);
    }
}
