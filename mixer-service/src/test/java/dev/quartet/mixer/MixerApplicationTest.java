package dev.quartet.mixer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.admin.MetricsServer;
import dev.quartet.admin.RestTls;
import dev.quartet.admin.testing.AdminContract;
import dev.quartet.admin.testing.MetricsContract;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.identity.PrivateFiles;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.mixer.admin.MixerView;
import dev.quartet.stream.testing.ScriptedGalley;
import dev.quartet.testkit.PrometheusProcess;
import io.envoyproxy.envoy.service.accesslog.v3.AccessLogServiceGrpc;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsResponse;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.grpc.stub.StreamObserver;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/// The whole service as a process would start it: a certificate cached on disk, a Galley over mutual TLS, a real
/// Prometheus.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MixerApplicationTest {
    private static final String DENY =
            TestMixer.denier(
                            "shop",
                            "closed",
                            7,
                            "no",
                            "source.principal == \"cluster.local/ns/shop/sa/storefront\"")
                    + "---\n";

    @TempDir static Path folder;

    private final TestAuthority authority = new TestAuthority(Clock.systemUTC());
    private final HttpClient http = HttpClient.newHttpClient();
    private ScriptedGalley galley;
    private PrometheusProcess prometheus;
    private ConfigurableApplicationContext mixer;

    @BeforeAll
    void start() throws Exception {
        var state = PrivateFiles.folder(folder.resolve("state"));
        authority.writeRoot(folder.resolve("root.pem"));
        PrivateFiles.write(
                PrivateFiles.folder(state.resolve("identity")).resolve("identity.pem"),
                authority.issue(TestMixer.MIXER, Duration.ofDays(1)).toPem());
        galley =
                ScriptedGalley.as(authority.identity(SpiffeId.galley("cluster.local")))
                        .publish(
                                "rev-1",
                                new ResourceReader("shop")
                                        .readYaml("galley.yaml", DENY + TestMixer.defaults())
                                        .plainResources());
        prometheus = PrometheusProcess.create();
        mixer = run(galley.address());
    }

    private ConfigurableApplicationContext run(String galleyAddress, String... more) {
        var arguments =
                new ArrayList<>(
                        List.of(
                                "--server.port=0",
                                "--quartet.metrics.port=0",
                                "--quartet.state-dir=" + folder.resolve("state"),
                                "--quartet.identity.root-cert-file=" + folder.resolve("root.pem"),
                                "--quartet.identity.citadel-address=127.0.0.1:1",
                                "--quartet.galley.address=" + galleyAddress,
                                "--quartet.mixer.grpc-port=0",
                                "--quartet.mixer.metrics-port=0",
                                "--quartet.mixer.push-interval=200ms",
                                "--quartet.mixer.drain=200ms",
                                "--quartet.mixer.remote-write-url=" + prometheus.remoteWriteUrl()));
        arguments.addAll(List.of(more));
        var started =
                SpringApplication.run(MixerApplication.class, arguments.toArray(String[]::new));
        await().atMost(Duration.ofSeconds(20))
                .until(() -> started.getBean(MixerView.class).serving());
        return started;
    }

    @AfterAll
    void stop() {
        if (mixer != null) {
            mixer.close();
        }
        if (galley != null) {
            galley.close();
        }
        if (prometheus != null) {
            prometheus.close();
        }
    }

    private URI rest(ConfigurableApplicationContext of) {
        return URI.create(
                "http://127.0.0.1:" + of.getEnvironment().getProperty("local.server.port"));
    }

    private String token() throws Exception {
        return Files.readString(folder.resolve("state/admin-token")).strip();
    }

    private HttpResponse<String> get(URI uri) throws Exception {
        return http.send(
                HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + token()).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private String post(String path, String json) throws Exception {
        return http.send(
                        HttpRequest.newBuilder(rest(mixer).resolve(path))
                                .header("Authorization", "Bearer " + token())
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(json))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private void check(ConfigurableApplicationContext of, int expected) throws Exception {
        var channel =
                authority
                        .identity(TestMixer.REVIEWS)
                        .channel(
                                "127.0.0.1:" + of.getBean(MixerView.class).grpcPort(),
                                TestMixer.MIXER);
        try {
            var answer =
                    AuthorizationGrpc.newBlockingStub(channel)
                            .withDeadlineAfter(10, TimeUnit.SECONDS)
                            .check(EnvoySamples.check("check-mtls.json"));
            assertThat(answer.getStatus().getCode()).isEqualTo(expected);
        } finally {
            channel.shutdownNow();
        }
    }

    private void report() throws Exception {
        var channel =
                authority
                        .identity(TestMixer.REVIEWS)
                        .channel(
                                "127.0.0.1:" + mixer.getBean(MixerView.class).grpcPort(),
                                TestMixer.MIXER);
        var done = new CountDownLatch(1);
        try {
            var stream =
                    AccessLogServiceGrpc.newStub(channel)
                            .streamAccessLogs(
                                    new StreamObserver<>() {
                                        @Override
                                        public void onNext(StreamAccessLogsResponse answer) {}

                                        @Override
                                        public void onError(Throwable cause) {
                                            done.countDown();
                                        }

                                        @Override
                                        public void onCompleted() {
                                            done.countDown();
                                        }
                                    });
            stream.onNext(EnvoySamples.reports("als-destination.json"));
            stream.onCompleted();
            assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            channel.shutdownNow();
        }
    }

    @TestFactory
    Stream<DynamicTest> keepsTheAdminContract() throws Exception {
        return new AdminContract(rest(mixer), token()).tests();
    }

    @Test
    void decidesCountsAndPushes() throws Exception {
        check(mixer, 7);
        report();

        await().until(() ->
                prometheus
                                .query(
                                        "sum by (response_code) (istio_requests_total{reporter=\"destination\"})")
                                .size()
                        == 3);
        assertThat(prometheus.query("istio_requests_total"))
                .allSatisfy(sample ->
                        assertThat(sample.labels())
                                .containsEntry("job", "istio-mesh")
                                .hasEntrySatisfying(
                                        "instance", instance -> assertThat(instance).isNotEmpty()));
        var scraped =
                get(
                        URI.create(
                                "http://127.0.0.1:"
                                        + mixer.getBean(MixerView.class).meshMetricsPort()
                                        + "/metrics"));
        assertThat(scraped.body())
                .contains("# TYPE istio_requests_total counter", "response_flags=\"UAEX\"");
    }

    @Test
    void tellsGalleyWhatIsInForce() {
        await().until(() ->
                galley.reports().stream().anyMatch(report -> report.getRevision().equals("rev-1")));
        assertThat(galley.reports().getLast().getComponent()).isEqualTo("mixer");
        assertThat(galley.reports().getLast().getProblemsList()).isEmpty();
    }

    @Test
    void showsItsConfigStatusAndSeries() throws Exception {
        report();
        assertThat(get(rest(mixer).resolve("/admin/v1/config")).body())
                .contains(
                        "\"revision\":\"rev-1\"",
                        "\"handler\":\"closed.shop\"",
                        "\"adapter\":\"prometheus\"",
                        "\"does\":\"report\"");
        assertThat(get(rest(mixer).resolve("/admin/v1/status")).body())
                .contains(
                        "\"serving\":true",
                        "\"revision\":\"rev-1\"",
                        "\"push\"",
                        "istio-mixer-service-account",
                        "\"lastSuccess\"");
        assertThat(
                        get(rest(mixer)
                                        .resolve(
                                                "/admin/v1/series?metric=istio_requests_total&limit=1"))
                                .body())
                .contains(
                        "\"name\":\"istio_requests_total\"",
                        "\"truncated\":true",
                        "\"distinctValues\"");
        assertThat(get(rest(mixer).resolve("/admin/v1/series?limit=-1")).statusCode())
                .isEqualTo(400);
        assertThat(get(rest(mixer).resolve("/actuator/health/readiness")).body()).contains("UP");
    }

    /// With `quartet.admin.tls.from-identity`, as in containers.
    @Test
    void hasItsOwnCertificateForRest() {
        assertThat(mixer.getBean(RestTls.class).context().getProtocol()).isEqualTo("TLS");
    }

    @Test
    void triesExpressions() throws Exception {
        assertThat(
                        post(
                                "/admin/v1/expressions/evaluate",
                                """
                                {"expression": "source.labels[\\"app\\"] == \\"x\\" && response.duration > \\"1s\\"",
                                 "attributes": {"source.labels": {"type": "STRING_MAP", "value": {"app": "x"}},
                                                "response.duration": {"type": "DURATION", "value": "1.5s"}}}
                                """))
                .contains("\"type\":\"BOOL\"", "\"value\":true", "source.labels[app]");
        assertThat(post("/admin/v1/expressions/evaluate", "{\"expression\": \"request.pth == 1\"}"))
                .contains("\"phase\":\"compile\"", "\"position\"");
        assertThat(post("/admin/v1/expressions/evaluate", "{\"expression\": \"request.path\"}"))
                .contains("\"phase\":\"evaluate\"");
        assertThat(
                        post(
                                "/admin/v1/expressions/evaluate",
                                "{\"expression\": \"x\", \"attributes\": {\"x\": {\"type\": \"DURATION\", \"value\": \"soon\"}}}"))
                .contains("1.5s");
        assertThat(
                        post(
                                "/admin/v1/expressions/evaluate",
                                "{\"expression\": \"x\", \"attributes\": {\"x\": {\"type\": \"DURATION\", \"value\": \"99999999h\"}}}"))
                .contains("\"status\":400", "is no DURATION");
    }

    @Test
    void printsTheMetricsThatTheDocumentLists() throws Exception {
        check(mixer, 7);
        report();

        contract("Mixer", mixer.getBean(MetricsServer.class).port()).verify();
        contract("The mesh", mixer.getBean(MixerView.class).meshMetricsPort()).verifyAlone();
    }

    private static MetricsContract contract(String section, int port) {
        return new MetricsContract(
                Path.of("../docs/metrics.md"),
                section,
                URI.create("http://127.0.0.1:" + port + "/metrics"));
    }

    @Test
    void startsAgainWhileGalleyAndCitadelAreAway() throws Exception {
        check(mixer, 7);
        var again = run("127.0.0.1:1", "--quartet.mixer.replica=again");
        try {
            check(again, 7);
            assertThat(get(rest(again).resolve("/admin/v1/status")).body())
                    .contains("\"fromDisk\":true", "\"connected\":false");
        } finally {
            again.close();
        }
    }
}
