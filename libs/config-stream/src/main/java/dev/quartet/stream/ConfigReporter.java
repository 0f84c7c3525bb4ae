package dev.quartet.stream;

import dev.quartet.config.Problem;
import dev.quartet.wire.status.ConfigReport;
import dev.quartet.wire.status.ConfigReportAck;
import dev.quartet.wire.status.ConfigStatusGrpc;
import dev.quartet.wire.status.ReportedProblem;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells Galley what this replica has in force (`quartet.status.v1.ConfigStatus/Report`).
///
/// A changed report goes out at once, but no two within 50 ms, of which the later wins; an unchanged one is repeated
/// every 5 s, because Galley forgets a replica 15 s after its last report. A lost stream is opened again after 0.5 to
/// 3 s. Thread-safe; [#report] never blocks. The channels belong to the caller.
public final class ConfigReporter implements AutoCloseable {
    public static final Duration REPEAT = Duration.ofSeconds(5);
    static final Duration SPACING = Duration.ofMillis(50);

    private static final Logger LOGGER = LoggerFactory.getLogger(ConfigReporter.class);

    /// @param acknowledged when Galley last said that it took a report, null before the first
    public record Status(
            boolean connected, @Nullable Instant acknowledged, @Nullable String error) {}

    private final Clock clock;
    private final ScheduledExecutorService worker =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("config-reporter").factory());
    private final Dialer dialer;
    private volatile @Nullable ConfigReport latest;
    private volatile Status status = new Status(false, null, null);
    // All below belongs to the worker's thread.
    private @Nullable Stream stream;
    private @Nullable ConfigReport sent;
    private long sentNanos = System.nanoTime() - REPEAT.toNanos();
    private boolean flushPlanned;

    private ConfigReporter(Supplier<ManagedChannel> channel, Clock clock) {
        this.clock = clock;
        this.dialer = new Dialer(channel, worker, this::open, this::retry);
    }

    /// @param channel asked at each attempt to connect, on the reporter's own thread; what it throws is tried again
    public static ConfigReporter start(Supplier<ManagedChannel> channel, Clock clock) {
        var reporter = new ConfigReporter(channel, clock);
        reporter.dialer.dial();
        reporter.worker.scheduleAtFixedRate(
                reporter::repeat, REPEAT.toMillis(), REPEAT.toMillis(), TimeUnit.MILLISECONDS);
        return reporter;
    }

    public static ConfigReporter start(ManagedChannel channel, Clock clock) {
        return start(() -> channel, clock);
    }

    /// The state of this replica from now on.
    public void report(ConfigReport report) {
        latest = report;
        run(this::flush);
    }

    public Status status() {
        return status;
    }

    @Override
    public void close() {
        run(() -> {
            if (stream != null) {
                stream.requests().onCompleted();
            }
        });
        worker.shutdown();
    }

    /// A problem as the wire says it.
    public static ReportedProblem reported(Problem problem) {
        var wire =
                ReportedProblem.newBuilder()
                        .setReason(problem.reason().label())
                        .setFieldPath(problem.path().text())
                        .setFault(problem.fault())
                        .setFix(problem.fix());
        var resource = problem.resource();
        if (resource != null) {
            wire.setKind(resource.kind().label())
                    .setNamespace(resource.namespace())
                    .setName(resource.name());
        }
        return wire.build();
    }

    private void run(Runnable step) {
        try {
            worker.execute(step);
        } catch (RejectedExecutionException e) {
            LOGGER.atDebug().log("Reporter is closed");
        }
    }

    private void open(ManagedChannel target) {
        var next = new Stream();
        stream = next;
        sent = null;
        ConfigStatusGrpc.newStub(target).report(next);
        flush();
    }

    private void retry(Throwable cause) {
        stream = null;
        var text = String.valueOf(cause.getMessage());
        status = new Status(false, status.acknowledged(), text);
        LOGGER.atDebug()
                .addKeyValue("error", text)
                .addKeyValue("retryIn", dialer.redial())
                .log("Report stream to Galley is down");
    }

    /// What it throws would end the repetition, and Galley would forget this replica.
    private void repeat() {
        try {
            sent = null;
            flush();
        } catch (RuntimeException e) {
            LOGGER.atWarn().addKeyValue("error", e.toString()).log("Report not repeated");
        }
    }

    private void flush() {
        var report = latest;
        var to = stream;
        if (report == null || to == null || report.equals(sent) || !to.requests().isReady()) {
            return; // becoming ready, a new stream or a new report comes back here
        }
        var sinceLast = System.nanoTime() - sentNanos;
        if (sinceLast < SPACING.toNanos()) {
            if (!flushPlanned && !worker.isShutdown()) {
                flushPlanned = true;
                worker.schedule(
                        () -> {
                            flushPlanned = false;
                            flush();
                        },
                        SPACING.toNanos() - sinceLast,
                        TimeUnit.NANOSECONDS);
            }
            return;
        }
        sent = report;
        sentNanos = System.nanoTime();
        to.requests().onNext(report);
    }

    private final class Stream implements ClientResponseObserver<ConfigReport, ConfigReportAck> {
        private @Nullable ClientCallStreamObserver<ConfigReport> opened;

        ClientCallStreamObserver<ConfigReport> requests() {
            return java.util.Objects.requireNonNull(opened, "gRPC calls beforeStart first");
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<ConfigReport> requests) {
            opened = requests;
            requests.setOnReadyHandler(() -> run(ConfigReporter.this::flush));
        }

        @Override
        public void onNext(ConfigReportAck ack) {
            status = new Status(true, clock.instant(), null);
            dialer.connected();
        }

        @Override
        public void onError(Throwable cause) {
            run(() -> {
                if (stream == this) {
                    retry(cause);
                }
            });
        }

        @Override
        public void onCompleted() {
            onError(new IllegalStateException("Galley ended the stream"));
        }
    }
}
