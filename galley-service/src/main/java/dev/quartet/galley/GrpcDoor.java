package dev.quartet.galley;

import dev.quartet.admin.PortCheck;
import dev.quartet.galley.mcp.McpSource;
import dev.quartet.galley.status.Component;
import dev.quartet.galley.status.ConfigStatusService;
import dev.quartet.identity.AccessList;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.identity.SpiffeId;
import io.grpc.Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// Galley's gRPC port: MCP and ConfigStatus by mutual TLS, for Pilot, Mixer and Citadel only.
/// A taken port ends the start. It opens when all sources are read; until Citadel has given a certificate, handshakes
/// fail and sinks try again.
final class GrpcDoor implements SmartLifecycle {
    private static final Logger LOGGER = LoggerFactory.getLogger(GrpcDoor.class);
    private static final int MAX_MESSAGE_BYTES = 64 << 20;

    private final InetSocketAddress address;
    private final String trustDomain;
    private final Duration connectionAge;
    private final ServiceIdentity identity;
    private final SourcesRead sources;
    private final McpSource mcp;
    private final ConfigStatusService status;
    private volatile @Nullable Server server;
    private volatile boolean running;
    private volatile @Nullable Thread opener;

    GrpcDoor(
            InetSocketAddress address,
            String trustDomain,
            Duration connectionAge,
            ServiceIdentity identity,
            SourcesRead sources,
            McpSource mcp,
            ConfigStatusService status) {
        this.address = address;
        this.trustDomain = trustDomain;
        this.connectionAge = connectionAge;
        this.identity = identity;
        this.sources = sources;
        this.mcp = mcp;
        this.status = status;
    }

    /// The port that is open.
    int port() {
        var open = server;
        if (open == null) {
            throw new IllegalStateException("the gRPC port is not open");
        }
        return open.getPort();
    }

    @Override
    public void start() {
        PortCheck.requireFree("MCP (mTLS)", address.getHostString(), address.getPort());
        running = true;
        if (sources.done()) {
            open();
        } else {
            LOGGER.atInfo().log("MCP waits for the first lists of all sources");
            opener = Thread.ofVirtual().name("galley-open").start(this::openWhenRead);
        }
    }

    boolean isOpen() {
        return server != null;
    }

    private void openWhenRead() {
        try {
            sources.await();
            open();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // stopped meanwhile
        } catch (UncheckedIOException e) {
            LOGGER.atError().addKeyValue("error", e.getMessage()).log("MCP cannot be opened");
        }
    }

    private void open() {
        var sinks =
                Arrays.stream(Component.values())
                        .map(component ->
                                SpiffeId.controlPlane(trustDomain, component.serviceAccount()))
                        .toArray(SpiffeId[]::new);
        var access =
                AccessList.builder()
                        .allow("istio.mcp.v1alpha1.ResourceSource", sinks)
                        .allow("quartet.status.v1.ConfigStatus", sinks)
                        .build();
        try {
            server =
                    identity.server(address, connectionAge)
                            .intercept(access)
                            .addService(mcp)
                            .addService(status)
                            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                            .build()
                            .start();
        } catch (IOException e) {
            throw new UncheckedIOException("can't open the gRPC port " + address, e);
        }
        LOGGER.atInfo()
                .addKeyValue("address", address.getHostString() + ":" + port())
                .log("MCP is open");
    }

    @Override
    public void stop() {
        running = false;
        var waiting = opener;
        if (waiting != null) {
            waiting.interrupt();
        }
        var open = server;
        server = null;
        if (open == null) {
            return;
        }
        open.shutdown();
        mcp.shutDown();
        try {
            if (!open.awaitTermination(1, TimeUnit.SECONDS)) {
                open.shutdownNow();
            }
        } catch (InterruptedException e) {
            open.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /// Before REST: who can apply can also be followed.
    @Override
    public int getPhase() {
        return 1;
    }
}
