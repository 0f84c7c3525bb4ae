package dev.quartet.mixer.front;

import dev.quartet.identity.AccessList;
import dev.quartet.identity.Callers;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.mixer.attributes.Peers;
import dev.quartet.mixer.dispatch.Dispatcher;
import io.envoyproxy.envoy.service.accesslog.v3.AccessLogServiceGrpc;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.grpc.Server;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Mixer's gRPC port: checks and reports of every workload of the trust domain, over mutual TLS.
///
/// Calls are worked through on the connection's own thread: nothing in them blocks, and a hand-over to another thread
/// would cost more than the work.
public final class FrontServer {
    private static final Logger LOGGER = LoggerFactory.getLogger(FrontServer.class);
    private static final int MAX_MESSAGE_BYTES = 4 << 20;
    private static final int FLOW_WINDOW_BYTES = 1 << 20;

    /// A connection's end cuts its report stream and costs the entries under way, so connections live long.
    private static final Duration CONNECTION_AGE = Duration.ofHours(6);

    private final CheckFront checks;
    private final ReportFront reports;
    private final FrontMetrics metrics;
    private volatile @Nullable Server server;

    public FrontServer(Dispatcher dispatcher, Peers peers, MeterRegistry registry, Clock clock) {
        this.metrics = new FrontMetrics(registry, clock);
        this.checks = new CheckFront(dispatcher, peers, metrics);
        this.reports = new ReportFront(dispatcher, peers, metrics, clock);
    }

    public void start(ServiceIdentity identity, String trustDomain, InetSocketAddress address)
            throws IOException {
        var callers = new Callers.TrustDomain(trustDomain);
        var started =
                identity.server(address, CONNECTION_AGE)
                        .directExecutor()
                        .permitKeepAliveTime(5, TimeUnit.SECONDS)
                        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                        .flowControlWindow(FLOW_WINDOW_BYTES)
                        .intercept(
                                AccessList.builder()
                                        .allow(AuthorizationGrpc.SERVICE_NAME, callers)
                                        .allow(AccessLogServiceGrpc.SERVICE_NAME, callers)
                                        .build())
                        .addService(checks)
                        .addService(reports)
                        .build()
                        .start();
        server = started;
        LOGGER.atInfo().addKeyValue("port", started.getPort()).log("Serving checks and reports");
    }

    public boolean serving() {
        var running = server;
        return running != null && !running.isShutdown();
    }

    /// @throws IllegalStateException when it does not serve
    public int port() {
        var running = server;
        if (running == null) {
            throw new IllegalStateException("Mixer's gRPC port is not open");
        }
        return running.getPort();
    }

    public int openReportStreams() {
        return metrics.openStreams();
    }

    public double secondsWithoutReportStream() {
        return metrics.absentSeconds();
    }

    /// Takes no new calls, reads for `drain` what proxies still send, and ends their streams.
    public void stop(Duration drain) {
        var running = server;
        if (running == null) {
            return;
        }
        running.shutdown();
        try {
            if (!running.awaitTermination(drain.toMillis(), TimeUnit.MILLISECONDS)) {
                reports.endStreams();
                running.awaitTermination(500, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            running.shutdownNow();
        }
    }
}
