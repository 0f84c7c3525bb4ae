package dev.quartet.pilot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.pilot.ingest.InputLoop;
import dev.quartet.pilot.ingest.MeshInputs;
import dev.quartet.pilot.ingest.Presences;
import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.xds.AdsServer;
import dev.quartet.stream.ConfigSnapshot;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What makes each figure of the mesh move.
class MeshMetricsTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private AdsServer proxies;
    private Mesh mesh;
    private MeshMetrics metrics;

    @BeforeEach
    void start() {
        proxies = new AdsServer(Meshes.NOBODY, Clock.systemUTC(), meters, 1);
        mesh = new Mesh(proxies, meters);
        metrics = new MeshMetrics(mesh, meters, registry);
    }

    @AfterEach
    void stop() {
        proxies.close();
    }

    @Test
    void aServiceWithoutWorkloadsHasAClusterWithoutEndpoints() {
        accept(
                Meshes.config(
                        "one", Meshes.service("reviews", "v1"), Meshes.service("ratings", "v1")));

        assertThat(gauge("pilot_eds_no_instances")).isEqualTo(2);
        assertThat(clusters())
                .containsExactly(
                        "outbound|9080||ratings.shop.svc.cluster.local",
                        "outbound|9080||reviews.shop.svc.cluster.local");

        accept(
                Meshes.config("one", Meshes.service("reviews", "v1")),
                Meshes.sidecar("reviews-v1", "127.1.0.1"));
        assertThat(gauge("pilot_eds_no_instances")).isZero();
        assertThat(clusters()).isEmpty();
    }

    @Test
    void onlySoManyClustersAreNamed() {
        accept(
                Meshes.config(
                        "one",
                        IntStream.range(0, MeshMetrics.MAX_CLUSTERS + 10)
                                .mapToObj(i -> Meshes.service("s" + i, "v1"))
                                .toArray(String[]::new)));

        assertThat(gauge("pilot_eds_no_instances")).isEqualTo(MeshMetrics.MAX_CLUSTERS + 10);
        assertThat(clusters()).hasSize(MeshMetrics.MAX_CLUSTERS);
    }

    @Test
    void whatIsThereTwiceIsCounted() {
        var routes = "- route: [{destination: {host: reviews}}]";
        accept(
                Meshes.config(
                        "one",
                        Meshes.service("reviews", "v1"),
                        Meshes.routes("reviews", routes),
                        Meshes.routes("reviews", routes).replace("name: reviews", "name: other"),
                        Meshes.subsets("reviews", "v1", "v2"),
                        Meshes.subsets("reviews", "v2").replace("name: reviews,", "name: other,")));

        assertThat(gauge("pilot_vservice_dup_domain")).isEqualTo(1);
        assertThat(gauge("pilot_destrule_subsets")).isEqualTo(1);
    }

    @Test
    void twoPortsOfOneNumberMakeOneClusterTwice() {
        accept(
                new Registry(
                        List.of(
                                RegisteredService.named(
                                        "db.shop.svc.cluster.local",
                                        "shop",
                                        "db",
                                        List.of(
                                                new Registry.Port(53, "tcp-a", null),
                                                new Registry.Port(53, "tcp-b", null)),
                                        Map.of(),
                                        List.of())),
                        List.of()));

        assertThat(gauge("pilot_duplicate_envoy_clusters")).isEqualTo(1);
    }

    @Test
    void aPortOnWhichTwoServicesSpeakDifferentlyIsAConflict() {
        accept(
                Meshes.config(
                        "one",
                        Meshes.service("reviews", "v1"),
                        Meshes.service("reviews", "v1")
                                .replace("hosts: [reviews.", "hosts: [streams.")
                                .replace("name: reviews, n", "name: streams, n")
                                .replace(
                                        "name: http, protocol: HTTP", "name: http, protocol: TCP")),
                Meshes.sidecar("reviews-v1", "127.1.0.1"));

        assertThat(gauge("pilot_conflict_inbound_listener")).isEqualTo(1);
    }

    @Test
    void aWorkloadWithoutAnAddressIsCounted() {
        accept(
                Meshes.config(
                        "one",
                        Meshes.service("reviews", "v1"),
                        """
                        apiVersion: networking.istio.io/v1alpha3
                        kind: WorkloadEntry
                        metadata: {name: reviews-v9, namespace: shop}
                        spec: {network: elsewhere, labels: {app: reviews}}
                        """));

        assertThat(gauge("pilot_no_ip")).isEqualTo(1);
    }

    @Test
    void connectionsThatAnotherServiceHasAreAConflictOnceAProxyAsks() {
        accept(Meshes.config("one", tcp("a"), tcp("b")));
        var client = Meshes.sidecar("client-v1", "127.1.0.1", Proxy.Interception.REDIRECT);
        mesh.current().orElseThrow().translation().configFor(client);

        assertThat(gauge("pilot_conflict_outbound_listener_tcp_over_current_tcp")).isEqualTo(1);
        assertThat(gauge("pilot_total_rejected_configs")).isEqualTo(1);
    }

    @Test
    void whatComesInIsCountedByWhatItChanges() {
        var config = Meshes.config("one", Meshes.service("reviews", "v1"));
        accept(config);
        assertThat(updates()).containsExactly(1.0, 1.0, 1.0);

        accept(config, Meshes.sidecar("reviews-v1", "127.1.0.1"));
        assertThat(updates()).as("an endpoint").containsExactly(1.0, 1.0, 2.0);

        accept(
                Meshes.config("two", Meshes.service("reviews", "v1")),
                Meshes.sidecar("reviews-v1", "127.1.0.1"));
        assertThat(updates()).as("a revision").containsExactly(2.0, 1.0, 2.0);
    }

    @Test
    void whatCannotBeWorkedWithIsCountedAndTheNextGoesOn() {
        var good = Meshes.config("good", Meshes.service("reviews", "v1"));
        var loop =
                new InputLoop(
                        () -> new Presences(List.of(), true),
                        () -> Optional.of(Registry.EMPTY),
                        metrics.counted(inputs -> {
                            if (inputs.config().revision().equals("bad")) {
                                throw new IllegalStateException("a fault of Pilot itself");
                            }
                            mesh.accept(inputs);
                        }));
        try (loop) {
            loop.onSnapshot(Meshes.config("bad"));
            await().until(() -> failures() == 1);
            assertThat(mesh.current()).isEmpty();

            loop.onSnapshot(good);
            await().until(() -> mesh.current().isPresent());
            assertThat(failures()).isOne();
        }
    }

    private double failures() {
        return meters.get("pilot_xds_push_context_errors").counter().count();
    }

    private List<Double> updates() {
        return List.of("config", "svc", "eds").stream()
                .map(type ->
                        meters.get("pilot_inbound_updates").tag("type", type).counter().count())
                .toList();
    }

    private void accept(ConfigSnapshot config, Proxy... connected) {
        accept(Meshes.inputs(config, connected));
    }

    private void accept(Registry registered) {
        accept(
                new MeshInputs(
                        Meshes.config("one", Meshes.service("reviews", "v1")),
                        new Presences(List.of(), true),
                        registered));
    }

    private void accept(MeshInputs inputs) {
        metrics.counted(mesh::accept).accept(inputs);
    }

    private double gauge(String name) {
        return meters.get(name).gauge().value();
    }

    private List<String> clusters() {
        return registry.scrape().stream()
                .filter(it -> it.getMetadata().getName().equals("pilot_xds_eds_instances"))
                .flatMap(it -> ((GaugeSnapshot) it).getDataPoints().stream())
                .map(point -> point.getLabels().get("cluster"))
                .toList();
    }

    private static String tcp(String name) {
        return """
        apiVersion: networking.istio.io/v1alpha3
        kind: ServiceEntry
        metadata: {name: %1$s, namespace: shop}
        spec:
          hosts: [%1$s.example.com]
          resolution: STATIC
          ports: [{number: 9000, name: tcp, protocol: TCP}]
          endpoints: [{address: 10.0.0.1}]
        """
                .formatted(name);
    }
}
