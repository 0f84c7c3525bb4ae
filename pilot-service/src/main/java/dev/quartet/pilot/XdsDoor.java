package dev.quartet.pilot;

import dev.quartet.admin.PortCheck;
import dev.quartet.identity.AccessList;
import dev.quartet.identity.Callers;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.pilot.xds.AdsServer;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// Pilot's ADS ports: mutual TLS for every proxy of the trust domain, and in plaintext on loopback where a developer
/// has asked for it. They open when there is config and a certificate: a proxy that comes earlier is refused and tries
/// again, so nobody is ever given an empty mesh.
final class XdsDoor implements SmartLifecycle {
    private static final Logger LOGGER = LoggerFactory.getLogger(XdsDoor.class);
    private static final String ADS = "envoy.service.discovery.v3.AggregatedDiscoveryService";

    /// A first request holds Envoy's node (60 kB) and the names and versions of all that it has.
    private static final int MAX_MESSAGE_BYTES = 16 << 20;

    private static final int MAX_STREAMS_PER_CONNECTION = 16;
    private static final int MAX_RESETS = 100;
    private static final int RESET_WINDOW_SECONDS = 30;

    /// @param plaintext null: none
    record Ports(InetSocketAddress mutualTls, @Nullable InetSocketAddress plaintext) {}

    private final Ports ports;
    private final String trustDomain;
    private final Duration connectionAge;
    private final ServiceIdentity identity;
    private final CompletableFuture<Void> config;
    private final AdsServer proxies;
    private volatile @Nullable Server mutualTls;
    private volatile @Nullable Server plaintext;
    private volatile @Nullable Thread opener;

    XdsDoor(
            Ports ports,
            String trustDomain,
            Duration connectionAge,
            ServiceIdentity identity,
            CompletableFuture<Void> config,
            AdsServer proxies) {
        this.ports = ports;
        this.trustDomain = trustDomain;
        this.connectionAge = connectionAge;
        this.identity = identity;
        this.config = config;
        this.proxies = proxies;
    }

    @Override
    public void start() {
        PortCheck.requireFree(
                "ADS (mTLS)", ports.mutualTls().getHostString(), ports.mutualTls().getPort());
        var open = ports.plaintext();
        if (open != null) {
            PortCheck.requireFree("ADS (plaintext)", open.getHostString(), open.getPort());
            LOGGER.atWarn()
                    .addKeyValue("address", open)
                    .log("ADS is open in plaintext, any local process can take any proxy's config");
        }
        opener = Thread.ofVirtual().name("pilot-open").start(this::open);
    }

    private void open() {
        try {
            config.get();
            var open = ports.plaintext();
            if (open != null) {
                plaintext =
                        serve(
                                NettyServerBuilder.forAddress(open)
                                        .permitKeepAliveWithoutCalls(true)
                                        .permitKeepAliveTime(5, TimeUnit.SECONDS));
            }
            identity.awaitReady();
            mutualTls =
                    serve(
                            identity.server(ports.mutualTls(), connectionAge)
                                    .intercept(
                                            AccessList.builder()
                                                    .allow(
                                                            ADS,
                                                            new Callers.TrustDomain(trustDomain))
                                                    .build()));
            LOGGER.atInfo().addKeyValue("address", ports.mutualTls()).log("ADS is open");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException e) {
            LOGGER.atDebug().addKeyValue("error", e.getMessage()).log("Stopped before serving");
        } catch (java.util.concurrent.ExecutionException | IOException e) {
            LOGGER.atError()
                    .addKeyValue("error", e.getMessage())
                    .log("The ADS port cannot be opened");
        }
    }

    /// Messages are handled on the connection's own thread: they are short, and order matters.
    private Server serve(NettyServerBuilder server) throws IOException {
        return guarded(server)
                .directExecutor()
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .addService(proxies.service())
                .build()
                .start();
    }

    /// Envoy has one stream on a connection, and resets none without need.
    static NettyServerBuilder guarded(NettyServerBuilder server) {
        return server.maxConcurrentCallsPerConnection(MAX_STREAMS_PER_CONNECTION)
                .maxRstFramesPerWindow(MAX_RESETS, RESET_WINDOW_SECONDS);
    }

    boolean isOpen() {
        return mutualTls != null;
    }

    @Override
    public void stop() {
        var waiting = opener;
        opener = null;
        if (waiting != null) {
            waiting.interrupt();
        }
        proxies.close();
        close(mutualTls);
        close(plaintext);
        mutualTls = null;
        plaintext = null;
    }

    private static void close(@Nullable Server server) {
        if (server == null) {
            return;
        }
        server.shutdown();
        try {
            if (!server.awaitTermination(1, TimeUnit.SECONDS)) {
                server.shutdownNow();
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return opener != null;
    }

    /// Before REST.
    @Override
    public int getPhase() {
        return 1;
    }

    static @Nullable InetSocketAddress loopback(boolean wanted, int port) {
        return wanted ? new InetSocketAddress(InetAddress.getLoopbackAddress(), port) : null;
    }
}
