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
/// It opens at once, so that a taken port ends the start; until Citadel has given a certificate, handshakes fail and
/// sinks try again.
final class GrpcDoor implements SmartLifecycle {
    private static final Logger LOGGER = LoggerFactory.getLogger(GrpcDoor.class);
    private static final int MAX_MESSAGE_BYTES = 64 << 20;

    private final InetSocketAddress address;
    private final String trustDomain;
    private final Duration connectionAge;
    private final ServiceIdentity identity;
    private final McpSource mcp;
    private final ConfigStatusService status;
    private volatile @Nullable Server server;

    GrpcDoor(
            InetSocketAddress address,
            String trustDomain,
            Duration connectionAge,
            ServiceIdentity identity,
            McpSource mcp,
            ConfigStatusService status) {
        this.address = address;
        this.trustDomain = trustDomain;
        this.connectionAge = connectionAge;
        this.identity = identity;
        this.mcp = mcp;
        this.status = status;
    }

    /// The port that is open.
    int port() {
        var running = server;
        if (running == null) {
            throw new IllegalStateException("the gRPC port is not open");
        }
        return running.getPort();
    }

    @Override
    public void start() {
        PortCheck.requireFree("MCP (mTLS)", address.getHostString(), address.getPort());
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
        var running = server;
        server = null;
        if (running == null) {
            return;
        }
        running.shutdown();
        mcp.shutDown();
        try {
            if (!running.awaitTermination(1, TimeUnit.SECONDS)) {
                running.shutdownNow();
            }
        } catch (InterruptedException e) {
            running.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return server != null;
    }

    /// Before REST: who can apply can also be followed.
    @Override
    public int getPhase() {
        return 1;
    }
}
