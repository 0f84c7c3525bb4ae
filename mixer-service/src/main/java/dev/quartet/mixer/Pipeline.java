package dev.quartet.mixer;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.PortCheck;
import dev.quartet.admin.Ports;
import dev.quartet.admin.Readiness;
import dev.quartet.admin.ServiceName;
import dev.quartet.admin.mesh.GalleyProperties;
import dev.quartet.admin.mesh.IdentityProperties;
import dev.quartet.config.Kind;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.mixer.adapter.HandlerFactory;
import dev.quartet.mixer.adapter.denier.DenierAdapter;
import dev.quartet.mixer.adapter.prometheus.CardinalityLimits;
import dev.quartet.mixer.adapter.prometheus.PrometheusAdapter;
import dev.quartet.mixer.adapter.prometheus.SeriesStore;
import dev.quartet.mixer.adapter.prometheus.StoreMetrics;
import dev.quartet.mixer.admin.MixerView;
import dev.quartet.mixer.attributes.Peers;
import dev.quartet.mixer.config.ConfigApplier;
import dev.quartet.mixer.config.InForce;
import dev.quartet.mixer.dispatch.Dispatcher;
import dev.quartet.mixer.front.FrontServer;
import dev.quartet.mixer.push.MetricPusher;
import dev.quartet.mixer.push.PushStatus;
import dev.quartet.mixer.push.PushTarget;
import dev.quartet.mixer.routing.DispatchMeters;
import dev.quartet.mixer.routing.RoutingTableBuilder;
import dev.quartet.mixer.scrape.MeshMetricsPort;
import dev.quartet.stream.ConfigReporter;
import dev.quartet.stream.ConfigStream;
import dev.quartet.stream.ConfigStreamSettings;
import dev.quartet.stream.ConfigStreamStatus;
import dev.quartet.wire.status.ConfigReport;
import io.grpc.ManagedChannel;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// Mixer's stages in flow order:
///
/// ```
/// Check, Report ─▶ attributes ─▶ dispatch (over routing) ─▶ adapter.* ─▶ verdict, metrics ─▶ push, scrape
/// Galley (MCP)  ─▶ config ─▶ routing
/// ```
///
/// It serves as soon as it has a certificate and a configuration, each also from its own disk, and stops from the
/// front to the end: no new reports, then the last push.
@Component
final class Pipeline implements SmartLifecycle, MixerView {
    private static final Logger LOGGER = LoggerFactory.getLogger(Pipeline.class);
    private static final EnumSet<Kind> KINDS =
            EnumSet.of(Kind.RULE, Kind.HANDLER, Kind.INSTANCE, Kind.MESH_CONFIG);
    private static final Duration EXPIRY_CHECK = Duration.ofSeconds(5);

    private final MixerSettings settings;
    private final ServiceIdentity identity;
    private final IdentityProperties trust;
    private final GalleyProperties galley;
    private final AdminProperties shared;
    private final Ports ports;
    private final Clock clock;
    private final String replica;

    private final Peers peers;
    private final SeriesStore series;
    private final Dispatcher dispatcher;
    private final FrontServer front;
    private final ConfigApplier config;
    private final @Nullable MetricPusher pusher;

    /// Made at start, after what reports by it.
    private final CompletableFuture<ConfigReporter> reporter = new CompletableFuture<>();

    private volatile @Nullable Running running;

    Pipeline(
            MixerSettings settings,
            ServiceIdentity identity,
            IdentityProperties trust,
            GalleyProperties galley,
            AdminProperties shared,
            ServiceName service,
            Ports ports,
            MeterRegistry registry,
            Clock clock) {
        this.settings = settings;
        this.identity = identity;
        this.trust = trust;
        this.galley = galley;
        this.shared = shared;
        this.ports = ports;
        this.clock = clock;
        this.replica =
                settings.replica() == null
                        ? service.replica(ports.of(settings.grpcPort()))
                        : settings.replica();

        this.series =
                new SeriesStore(
                        new CardinalityLimits(settings.maxLabelValues(), settings.maxSeries()),
                        clock);
        StoreMetrics.register(series, registry);
        List<HandlerFactory<?>> adapters =
                List.of(new DenierAdapter(), new PrometheusAdapter(series));

        var meters = new DispatchMeters(registry);
        this.dispatcher = new Dispatcher(meters);
        this.config =
                new ConfigApplier(
                        new RoutingTableBuilder(adapters, meters),
                        dispatcher,
                        this::report,
                        replica,
                        registry,
                        clock);

        this.peers = new Peers(shared.trustDomain());
        this.front = new FrontServer(dispatcher, peers, registry, clock);
        this.pusher =
                settings.remoteWriteUrl() == null
                        ? null
                        : new MetricPusher(
                                series,
                                new PushTarget(
                                        settings.remoteWriteUrl(),
                                        settings.pushInterval(),
                                        settings.pushTimeout(),
                                        Map.of("job", "istio-mesh", "instance", instance()),
                                        PushTarget.DEFAULT_MAX_SAMPLES),
                                clock,
                                registry);
    }

    /// A series belongs to one life of one Mixer. The counts that a killed Mixer had pushed stay where they are, and
    /// the new one begins at zero beside them, so a plain sum loses nothing; `rate()` and `increase()` are right anyway.
    private String instance() {
        var given = settings.instance();
        return given == null
                ? replica + "-" + Long.toString(clock.instant().getEpochSecond(), 36)
                : given;
    }

    /// What exists only while Mixer runs.
    private record Running(
            ManagedChannel galley,
            ConfigStream stream,
            ConfigReporter reporter,
            MeshMetricsPort metricsPort,
            ScheduledExecutorService chores,
            Thread opener) {}

    @Override
    public void start() {
        int grpcPort = ports.of(settings.grpcPort());
        int metricsPort = ports.of(settings.metricsPort());
        PortCheck.requireFree("Check and Report (mTLS)", shared.bindAddress(), grpcPort);
        PortCheck.requireFree("mesh metrics", shared.bindAddress(), metricsPort);

        var channel = galley.channel(identity, shared);
        var toGalley = ConfigReporter.start(channel, clock);
        reporter.complete(toGalley);
        var stream =
                ConfigStream.start(
                        new ConfigStreamSettings(shared.stateDir(), "mixer~" + replica, KINDS),
                        channel,
                        clock,
                        config);
        var scrape = new MeshMetricsPort(series, shared.bindAddress(), metricsPort);
        var chores =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofVirtual().name("mixer-chores").factory());
        if (pusher == null) {
            chores.scheduleWithFixedDelay(
                    series::expire,
                    EXPIRY_CHECK.toMillis(),
                    EXPIRY_CHECK.toMillis(),
                    TimeUnit.MILLISECONDS);
        } else {
            pusher.start();
        }
        var opener = Thread.ofVirtual().name("mixer-open").start(() -> open(grpcPort));
        running = new Running(channel, stream, toGalley, scrape, chores, opener);
    }

    private void report(ConfigReport report) {
        reporter.thenAccept(started -> started.report(report));
    }

    /// Waits for certificate and configuration, then lets Envoys in: before that a check could only fail.
    private void open(int port) {
        try {
            identity.awaitReady();
            config.ready().get();
            front.start(
                    identity,
                    shared.trustDomain(),
                    new InetSocketAddress(shared.bindAddress(), port));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException e) {
            LOGGER.atDebug().addKeyValue("error", e.getMessage()).log("Stopped before serving");
        } catch (ExecutionException | IOException e) {
            LOGGER.atError()
                    .addKeyValue("error", e.getMessage())
                    .log("Port for checks and reports cannot be opened");
        }
    }

    @Override
    public void stop() {
        var stopping = running;
        running = null;
        if (stopping == null) {
            return;
        }
        end(stopping.opener());
        front.stop(settings.drain());
        stopping.stream().close();
        stopping.reporter().close();
        stopping.galley().shutdownNow();
        stopping.chores().shutdownNow();
        if (pusher != null) {
            pusher.close();
        }
        stopping.metricsPort().close();
    }

    /// So that it cannot open the port after this.
    private static void end(Thread opener) {
        opener.interrupt();
        try {
            opener.join(Duration.ofSeconds(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running != null;
    }

    /// After the control port for metrics, before REST: what REST shows is there by then.
    @Override
    public int getPhase() {
        return 1;
    }

    @Override
    public String replica() {
        return replica;
    }

    @Override
    public Optional<InForce> inForce() {
        return config.inForce();
    }

    @Override
    public Optional<ConfigStreamStatus> stream() {
        return Optional.ofNullable(running).map(it -> it.stream().status());
    }

    @Override
    public ServiceIdentity identity() {
        return identity;
    }

    @Override
    public Optional<PushStatus> push() {
        return Optional.ofNullable(pusher).map(MetricPusher::status);
    }

    @Override
    public SeriesStore series() {
        return series;
    }

    @Override
    public boolean serving() {
        return front.serving();
    }

    @Override
    public Readiness readiness() {
        return new Readiness()
                .needs(identity.ready(), trust.missing(identity, shared))
                .needs(config.inForce().isPresent(), galley.missing(shared))
                .lastly(front.serving(), "its own port for checks and reports");
    }

    @Override
    public int grpcPort() {
        return front.serving() ? front.port() : ports.of(settings.grpcPort());
    }

    @Override
    public int meshMetricsPort() {
        var now = running;
        return now == null ? ports.of(settings.metricsPort()) : now.metricsPort().port();
    }

    @Override
    public int reportStreams() {
        return front.openReportStreams();
    }

    @Override
    public double secondsWithoutReportStream() {
        return front.secondsWithoutReportStream();
    }
}
