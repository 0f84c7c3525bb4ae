package dev.quartet.mixer;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.PortCheck;
import dev.quartet.admin.Ports;
import dev.quartet.admin.StartupFailure;
import dev.quartet.config.Kind;
import dev.quartet.identity.IdentitySettings;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.identity.SpiffeId;
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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
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
    private static final String CONTROL_PLANE = "istio-system";
    private static final String GALLEY_ACCOUNT = "istio-galley-service-account";
    private static final EnumSet<Kind> KINDS =
            EnumSet.of(Kind.RULE, Kind.HANDLER, Kind.INSTANCE, Kind.MESH_CONFIG);
    private static final Duration EXPIRY_CHECK = Duration.ofSeconds(5);

    private final MixerSettings settings;
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
            AdminProperties shared,
            Ports ports,
            MeterRegistry registry,
            Clock clock) {
        this.settings = settings;
        this.shared = shared;
        this.ports = ports;
        this.clock = clock;
        var mixer = settings.mixer();
        this.replica = mixer.replica() == null ? defaultReplica() : mixer.replica();

        this.series =
                new SeriesStore(
                        new CardinalityLimits(mixer.maxLabelValues(), mixer.maxSeries()), clock);
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

        this.peers = new Peers(settings.trustDomain());
        this.front = new FrontServer(dispatcher, peers, registry, clock);
        this.pusher =
                mixer.remoteWriteUrl() == null
                        ? null
                        : new MetricPusher(
                                series,
                                new PushTarget(
                                        mixer.remoteWriteUrl(),
                                        mixer.pushInterval(),
                                        mixer.pushTimeout(),
                                        Map.of("job", "istio-mesh", "instance", instance()),
                                        PushTarget.DEFAULT_MAX_SAMPLES),
                                clock,
                                registry);
    }

    private String defaultReplica() {
        try {
            return "%s-%d"
                    .formatted(
                            InetAddress.getLocalHost().getHostName(),
                            ports.of(settings.mixer().grpcPort()));
        } catch (UnknownHostException e) {
            return "mixer-%d".formatted(ports.of(settings.mixer().grpcPort()));
        }
    }

    /// A series belongs to one life of one Mixer. The counts that a killed Mixer had pushed stay where they are, and
    /// the new one begins at zero beside them, so a plain sum loses nothing; `rate()` and `increase()` are right anyway.
    private String instance() {
        var given = settings.mixer().instance();
        return given == null
                ? replica + "-" + Long.toString(clock.instant().getEpochSecond(), 36)
                : given;
    }

    /// What exists only while Mixer runs.
    private record Running(
            ServiceIdentity identity,
            ManagedChannel galley,
            ConfigStream stream,
            ConfigReporter reporter,
            MeshMetricsPort metricsPort,
            ScheduledExecutorService chores,
            Thread opener) {}

    @Override
    public void start() {
        var mixer = settings.mixer();
        int grpcPort = ports.of(mixer.grpcPort());
        int metricsPort = ports.of(mixer.metricsPort());
        PortCheck.requireFree("Check and Report (mTLS)", shared.bindAddress(), grpcPort);
        PortCheck.requireFree("mesh metrics", shared.bindAddress(), metricsPort);

        var identity = identity();
        var galley = galley(identity);
        var toGalley = ConfigReporter.start(galley, clock);
        reporter.complete(toGalley);
        var stream =
                ConfigStream.start(
                        new ConfigStreamSettings(shared.stateDir(), "mixer~" + replica, KINDS),
                        galley,
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
        var opener = Thread.ofVirtual().name("mixer-open").start(() -> open(identity, grpcPort));
        running = new Running(identity, galley, stream, toGalley, scrape, chores, opener);
    }

    private ManagedChannel galley(ServiceIdentity identity) {
        try {
            return identity.channel(
                    settings.galley().address(),
                    SpiffeId.controlPlane(settings.trustDomain(), GALLEY_ACCOUNT));
        } catch (IllegalArgumentException e) {
            identity.close();
            throw new StartupFailure(
                    "quartet.galley.address \"%s\" is no address: %s"
                            .formatted(settings.galley().address(), e.getMessage()),
                    "give it as host:port, e.g. 127.0.0.1:9901",
                    e);
        }
    }

    private void report(ConfigReport report) {
        reporter.thenAccept(started -> started.report(report));
    }

    private ServiceIdentity identity() {
        var given = settings.identity();
        Path root =
                given.rootCertFile() == null
                        ? shared.stateDir().resolve("root-cert.pem")
                        : given.rootCertFile();
        try {
            return ServiceIdentity.start(
                    new IdentitySettings(
                            shared.stateDir(),
                            settings.trustDomain(),
                            CONTROL_PLANE,
                            given.serviceAccount(),
                            given.tokenFile(),
                            root,
                            given.citadelAddress()),
                    clock);
        } catch (IllegalArgumentException e) {
            throw new StartupFailure(
                    "quartet.trust-domain or quartet.identity.service-account is wrong: "
                            + e.getMessage(),
                    "correct the setting",
                    e);
        } catch (IOException e) {
            throw new StartupFailure(
                    "the state folder %s cannot be used: %s"
                            .formatted(shared.stateDir(), e.getMessage()),
                    "correct quartet.state-dir or its permissions",
                    e);
        }
    }

    /// Waits for certificate and configuration, then lets Envoys in: before that a check could only fail.
    private void open(ServiceIdentity identity, int port) {
        try {
            identity.awaitReady();
            config.ready().get();
            front.start(
                    identity,
                    settings.trustDomain(),
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
        front.stop(settings.mixer().drain());
        stopping.stream().close();
        stopping.reporter().close();
        stopping.galley().shutdownNow();
        stopping.chores().shutdownNow();
        if (pusher != null) {
            pusher.close();
        }
        stopping.metricsPort().close();
        stopping.identity().close();
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
    public Optional<ServiceIdentity> identityInUse() {
        return Optional.ofNullable(running).map(Running::identity);
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
    public int grpcPort() {
        return front.serving() ? front.port() : ports.of(settings.mixer().grpcPort());
    }

    @Override
    public int meshMetricsPort() {
        var now = running;
        return now == null ? ports.of(settings.mixer().metricsPort()) : now.metricsPort().port();
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
