package dev.quartet.citadel;

import dev.quartet.identity.MutualTls;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one gRPC port: TLS, client certificate optional, every call authenticated before its first message is read.
/// A message may have 16 MiB, so that one too long for its service is refused by name; only proved callers send any.
final class GrpcDoor implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(GrpcDoor.class);
    private static final int MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
    private static final int MAX_METADATA_BYTES = 16 * 1024;
    private static final int FLOW_CONTROL_WINDOW_BYTES = 256 * 1024;
    private static final int MAX_CALLS_PER_CONNECTION =
            1024; // a gateway has a stream for each credential

    private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
    private final Server server;

    GrpcDoor(
            InetSocketAddress address,
            MutualTls tls,
            ServerInterceptor authenticator,
            List<BindableService> services) {
        var builder =
                NettyServerBuilder.forAddress(address)
                        .sslContext(tls.server(ClientAuth.OPTIONAL))
                        .executor(calls)
                        .intercept(authenticator)
                        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                        .maxInboundMetadataSize(MAX_METADATA_BYTES)
                        .initialFlowControlWindow(FLOW_CONTROL_WINDOW_BYTES)
                        .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
                        .handshakeTimeout(10, TimeUnit.SECONDS)
                        .keepAliveTime(30, TimeUnit.SECONDS)
                        .keepAliveTimeout(10, TimeUnit.SECONDS)
                        .permitKeepAliveTime(5, TimeUnit.SECONDS) // Envoy pings every 10 s
                        .permitKeepAliveWithoutCalls(true)
                        .maxConnectionIdle(5, TimeUnit.MINUTES);
        services.forEach(builder::addService);
        this.server = builder.build();
    }

    GrpcDoor start() throws IOException {
        server.start();
        LOGGER.atInfo()
                .addKeyValue("name", server.getListenSockets())
                .log("SDS and certificate signing open");
        return this;
    }

    int port() {
        return server.getPort();
    }

    /// Streams are cut at once: proxies keep their secrets and come back.
    @Override
    public void close() {
        server.shutdownNow();
        try {
            server.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        calls.shutdownNow();
    }
}
