package dev.quartet.mixer;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.identity.Pem;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.mixer.adapter.denier.DenierAdapter;
import dev.quartet.mixer.adapter.prometheus.CardinalityLimits;
import dev.quartet.mixer.adapter.prometheus.PrometheusAdapter;
import dev.quartet.mixer.adapter.prometheus.SeriesStore;
import dev.quartet.mixer.adapter.prometheus.TextExposition;
import dev.quartet.mixer.attributes.Peers;
import dev.quartet.mixer.config.ConfigApplier;
import dev.quartet.mixer.dispatch.Dispatcher;
import dev.quartet.mixer.front.FrontServer;
import dev.quartet.mixer.routing.DispatchMeters;
import dev.quartet.mixer.routing.RoutingTableBuilder;
import dev.quartet.policy.DefaultPolicies;
import dev.quartet.stream.ConfigSnapshot;
import dev.quartet.wire.status.ConfigReport;
import io.grpc.ManagedChannel;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/// Mixer's stages wired as in `Pipeline`, without Spring, Galley and Citadel.
public final class TestMixer implements AutoCloseable {
    public static final SpiffeId MIXER =
            SpiffeId.controlPlane("cluster.local", "istio-mixer-service-account");
    public static final SpiffeId REVIEWS = new SpiffeId("cluster.local", "shop", "reviews");
    public static final SpiffeId STOREFRONT = new SpiffeId("cluster.local", "shop", "storefront");

    public final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    public final SeriesStore series;
    public final Peers peers = new Peers("cluster.local");
    public final Dispatcher dispatcher;
    public final ConfigApplier applier;
    public final FrontServer front;
    public final List<ConfigReport> reported = new CopyOnWriteArrayList<>();
    private final Clock clock;
    private final TestAuthority authority;
    private final List<ManagedChannel> channels = new CopyOnWriteArrayList<>();
    private int revision;

    public TestMixer() {
        this(new CardinalityLimits(1_000, 20_000), Clock.systemUTC());
    }

    public TestMixer(CardinalityLimits limits, Clock clock) {
        this.clock = clock;
        this.authority = new TestAuthority(Clock.systemUTC());
        this.series = new SeriesStore(limits, clock);
        var meters = new DispatchMeters(registry);
        this.dispatcher = new Dispatcher(meters);
        this.applier =
                new ConfigApplier(
                        new RoutingTableBuilder(
                                List.of(new DenierAdapter(), new PrometheusAdapter(series)),
                                meters),
                        dispatcher,
                        reported::add,
                        "mixer-1",
                        registry,
                        clock);
        this.front = new FrontServer(dispatcher, peers, registry, clock);
    }

    /// A new revision: the mesh's default metrics and `yaml`.
    public TestMixer with(String... yaml) {
        return only(defaults(), yaml);
    }

    /// A new revision of nothing but `yaml`.
    public TestMixer only(String first, String... yaml) {
        var all = new TreeMap<ResourceKey, Resource<?>>();
        add(all, first);
        for (var text : yaml) {
            add(all, text);
        }
        applier.onSnapshot(new ConfigSnapshot("r" + ++revision, all));
        return this;
    }

    private static void add(TreeMap<ResourceKey, Resource<?>> all, String yaml) {
        var read = new ResourceReader("shop").readYaml("test.yaml", yaml);
        if (read.hasErrors()) {
            throw new IllegalArgumentException(read.problems().toString());
        }
        read.plainResources().forEach(resource -> all.put(resource.key(), resource));
    }

    /// A handler that refuses, and a rule that asks it.
    ///
    /// @param code a gRPC status code
    public static String denier(
            String namespace, String name, int code, String message, String match) {
        return """
        apiVersion: config.istio.io/v1alpha2
        kind: handler
        metadata: {name: %2$s, namespace: %1$s}
        spec:
          compiledAdapter: denier
          params: {status: {code: %3$d, message: "%4$s"}}
        ---
        apiVersion: config.istio.io/v1alpha2
        kind: instance
        metadata: {name: %2$s-nothing, namespace: %1$s}
        spec: {compiledTemplate: checknothing}
        ---
        apiVersion: config.istio.io/v1alpha2
        kind: rule
        metadata: {name: %2$s-rule, namespace: %1$s}
        spec:
          match: '%5$s'
          actions: [{handler: %2$s, instances: [%2$s-nothing]}]
        """
                .formatted(namespace, name, code, message, match);
    }

    public static String defaults() {
        return DefaultPolicies.documents().stream()
                .map(DefaultPolicies.Document::yaml)
                .reduce((a, b) -> a + "\n---\n" + b)
                .orElseThrow();
    }

    public TestMixer serve() {
        try {
            front.start(
                    authority.identity(MIXER),
                    "cluster.local",
                    new InetSocketAddress("127.0.0.1", 0));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A proxy's connection, with a certificate of `caller`.
    public ManagedChannel channel(SpiffeId caller) {
        var channel = authority.identity(caller).channel("127.0.0.1:" + front.port(), MIXER);
        channels.add(channel);
        return channel;
    }

    /// Key, certificate and chain of a proxy in one PEM.
    public String pem(SpiffeId proxy) {
        return authority.issue(proxy, Duration.ofHours(1)).toPem();
    }

    public String rootPem() {
        return Pem.encode(authority.root());
    }

    public String exposition() {
        var text = new StringBuilder();
        try {
            TextExposition.write(series, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    public double counter(String name, String... tags) {
        return registry.get(name).tags(tags).counter().count();
    }

    public Clock clock() {
        return clock;
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
        front.stop(Duration.ZERO);
        for (var channel : channels) {
            try {
                channel.awaitTermination(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
