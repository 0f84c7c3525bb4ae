package dev.quartet.pilot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.quartet.pilot.node.HttpOptions;
import dev.quartet.pilot.node.Place;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.SnapshotBuilder;
import dev.quartet.pilot.translate.Translation;
import dev.quartet.pilot.xds.AdsServer;
import dev.quartet.pilot.xds.AdsServer.Audience;
import dev.quartet.pilot.xds.ConnectionStatus;
import dev.quartet.testkit.EnvoyProcess;
import dev.quartet.testkit.FreePorts;
import dev.quartet.testkit.PlainHttp;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// Two stock Envoys, the sidecars of a caller, `storefront-v1`, and of what it calls, `reviews-v1`, with Pilot's stages before them
/// and an application behind, which answers 200.
final class TwoSidecars implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private final HttpOptions http;
    private final SnapshotBuilder snapshots = new SnapshotBuilder();
    private final String network =
            "127.%d.%d."
                    .formatted(
                            ThreadLocalRandom.current().nextInt(16, 250),
                            ThreadLocalRandom.current().nextInt(250));
    private final int port = FreePorts.one();
    private final AdsServer ads =
            new AdsServer(Meshes.NOBODY, Clock.systemUTC(), new SimpleMeterRegistry(), 2);
    private final Server server;
    private final HttpServer application;
    private final List<EnvoyProcess> envoys = new ArrayList<>();
    private @Nullable Translation translation;

    private TwoSidecars(HttpOptions http) throws IOException {
        this.http = http;
        server =
                NettyServerBuilder.forAddress(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .directExecutor()
                        .addService(ads.service())
                        .addService(new TestSecrets())
                        .build()
                        .start();
        application = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        application.createContext(
                "/",
                exchange -> {
                    try (exchange) {
                        exchange.sendResponseHeaders(200, -1);
                    }
                });
        application.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        application.start();
    }

    /// Returns when the one reaches the other.
    ///
    /// @param http what both say of themselves
    static TwoSidecars start(HttpOptions http) {
        TwoSidecars sidecars;
        try {
            sidecars = new TwoSidecars(http);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        try {
            sidecars.start();
        } catch (RuntimeException | AssertionError failure) {
            sidecars.close();
            throw failure;
        }
        return sidecars;
    }

    private void start() {
        serve("start", "");
        for (var proxy : List.of(storefront(), reviews())) {
            envoys.add(
                    EnvoyProcess.start(
                            TestBootstrap.of(proxy, server.getPort(), "DELTA_GRPC"),
                            "--file-flush-interval-msec",
                            "50",
                            "--service-cluster",
                            proxy.workload() + "." + proxy.namespace(),
                            "--drain-time-s",
                            "5",
                            "--drain-strategy",
                            "immediate"));
        }
        awaitInForce("start");
        await().atMost(LIMIT)
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(get("/")).isEqualTo(200));
    }

    /// The caller's first.
    List<EnvoyProcess> envoys() {
        return List.copyOf(envoys);
    }

    List<ConnectionStatus> statuses() {
        return ads.status();
    }

    /// The caller's HTTP proxy.
    InetSocketAddress outbound() {
        return new InetSocketAddress(network + "1", port);
    }

    /// Where the called one takes requests for its application.
    InetSocketAddress inbound() {
        return new InetSocketAddress(network + "2", 9080);
    }

    /// @param settings of the MeshConfig
    void serve(String revision, String settings) {
        var config =
                Meshes.config(
                        revision,
                        mesh(settings),
                        Meshes.service("reviews", "v1"),
                        Meshes.service("storefront", "v1"));
        var snapshot = snapshots.build(Meshes.inputs(config, storefront(), reviews()));
        translation = translation == null ? Translation.of(snapshot) : translation.next(snapshot);
        var next = translation;
        ads.publish(next::configFor, Audience.EVERYONE);
    }

    void awaitInForce(String revision) {
        await().atMost(LIMIT)
                .untilAsserted(() -> {
                    assertThat(statuses()).hasSize(2);
                    for (var status : statuses()) {
                        assertThat(status.errors()).isEmpty();
                        assertThat(status.revisionInForce()).as("%s", status).isEqualTo(revision);
                        assertThat(status.state()).isEqualTo(ConnectionStatus.State.SYNCED);
                    }
                });
        for (var envoy : envoys) {
            // a listener that is replaced serves until the new one is ready
            await().atMost(LIMIT)
                    .until(() -> envoy.stat("listener_manager.total_listeners_warming") == 0);
        }
    }

    /// The status of a request from the one to the other.
    int get(String path) {
        return get(path, Map.of());
    }

    int get(String path, Map<String, String> more) {
        var headers = new TreeMap<>(more);
        headers.put("Host", "reviews:9080");
        return PlainHttp.get(outbound(), path, headers).status();
    }

    private Proxy storefront() {
        return proxy(Meshes.sidecar("storefront-v1", network + "1"), port, Map.of());
    }

    private Proxy reviews() {
        return proxy(
                Meshes.sidecar("reviews-v1", network + "2"),
                null,
                Map.of(9080, "127.0.0.1:" + application.getAddress().getPort()));
    }

    private Proxy proxy(Proxy model, @Nullable Integer httpProxy, Map<Integer, String> endpoints) {
        return new Proxy(
                model.id(),
                model.role(),
                model.namespace(),
                model.serviceAccount(),
                model.instance(),
                model.workload(),
                model.addresses(),
                model.interception(),
                model.group(),
                httpProxy,
                new TreeMap<>(endpoints),
                http,
                Place.UNKNOWN,
                model.envoyVersion(),
                model.metadata());
    }

    /// A MeshConfig with these settings.
    static String mesh(String settings) {
        return """
        apiVersion: mesh.istio.io/v1alpha1
        kind: MeshConfig
        metadata: {name: default, namespace: istio-system}
        spec:
          enableAutoMtls: true
        %s
        """
                .formatted(settings.indent(2));
    }

    @Override
    public void close() {
        envoys.forEach(EnvoyProcess::close);
        ads.close();
        server.shutdownNow();
        application.stop(0);
    }
}
