package dev.quartet.pilot.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.TestBootstrap;
import dev.quartet.pilot.TestSecrets;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.node.ProxyListener;
import dev.quartet.pilot.translate.Translation;
import dev.quartet.pilot.xds.AdsServer;
import dev.quartet.pilot.xds.AdsServer.Audience;
import dev.quartet.pilot.xds.ConnectionStatus;
import dev.quartet.testkit.EnvoyProcess;
import dev.quartet.testkit.FreePorts;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;

/// One Envoy that gets one config after the other from Pilot's stages.
final class TrafficProxy implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final ProxyListener NOBODY =
            new ProxyListener() {
                @Override
                public void connected(Proxy proxy) {}

                @Override
                public void disconnected(Proxy proxy) {}
            };

    private final AdsServer ads =
            new AdsServer(NOBODY, Clock.systemUTC(), new SimpleMeterRegistry(), 2);
    private final int port = FreePorts.one();
    private final Proxy proxy;
    private final Server server;
    private final EnvoyProcess envoy;

    /// @param role `gateway`, or the sidecar's workload
    TrafficProxy(String role, TestSecrets secrets) {
        proxy = role.equals("gateway") ? Meshes.gateway() : sidecar(role, port);
        try {
            server =
                    NettyServerBuilder.forAddress(
                                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                            .directExecutor()
                            .addService(ads.service())
                            .addService(secrets)
                            .build()
                            .start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        envoy =
                EnvoyProcess.start(
                        TestBootstrap.of(proxy, server.getPort(), "DELTA_GRPC"),
                        "--file-flush-interval-msec",
                        "50");
    }

    /// In capture mode NONE, with its HTTP proxy on a port that is free.
    private static Proxy sidecar(String workload, int port) {
        var model = Meshes.sidecar(workload, "127.0.0.1");
        return new Proxy(
                model.id(),
                model.role(),
                model.namespace(),
                model.serviceAccount(),
                model.instance(),
                model.workload(),
                List.of(model.address()),
                model.interception(),
                model.group(),
                port,
                new TreeMap<>(),
                model.envoyVersion());
    }

    /// Where requests go: the sidecar's HTTP proxy, or the gateway's server.
    InetSocketAddress address() {
        return new InetSocketAddress(proxy.address(), port);
    }

    EnvoyProcess envoy() {
        return envoy;
    }

    /// Gives Envoy the config and waits until all of it is in force.
    void serve(String revision, String... config) {
        var translation = Translation.of(Meshes.snapshot(Meshes.config(revision, config), proxy));
        ads.publish(translation::configFor, Audience.EVERYONE);
        await().atMost(LIMIT)
                .untilAsserted(() -> {
                    assertThat(ads.status()).hasSize(1);
                    var status = ads.status().getFirst();
                    assertThat(status.errors()).isEmpty();
                    assertThat(status.revisionInForce()).as("%s", status).isEqualTo(revision);
                    assertThat(status.state()).isEqualTo(ConnectionStatus.State.SYNCED);
                    assertThat(envoy.stat("cluster_manager.warming_clusters")).isZero();
                });
    }

    @Override
    public void close() {
        envoy.close();
        ads.close();
        server.shutdownNow();
    }
}
