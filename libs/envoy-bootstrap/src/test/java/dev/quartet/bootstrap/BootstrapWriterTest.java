package dev.quartet.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quartet.bootstrap.BootstrapSpec.Address;
import dev.quartet.bootstrap.BootstrapSpec.Server;
import dev.quartet.bootstrap.BootstrapSpec.TrustFiles;
import dev.quartet.bootstrap.BootstrapSpec.Workload;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BootstrapWriterTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Path TESTDATA = Path.of("src/test/resources/testdata");

    @TempDir Path folder;

    static Stream<String> names() {
        return Specs.all().keySet().stream().sorted();
    }

    private static BootstrapSpec spec(String name) {
        return java.util.Objects.requireNonNull(Specs.all().get(name));
    }

    @ParameterizedTest
    @MethodSource("names")
    void writesTheGoldenBootstrap(String name) throws IOException {
        assertGolden(name + ".json", BootstrapWriter.prettyJson(spec(name)));
    }

    @Test
    void writesTheGoldenSecretSources() throws IOException {
        var files = TrustFiles.in(Specs.FOLDER);

        assertGolden("token-sds.json", files.tokenSourceJson());
        assertGolden("root-sds.json", files.rootSourceJson());
    }

    /// Rewritten by -Dgolden.update.
    private static void assertGolden(String file, String text) throws IOException {
        Path golden = TESTDATA.resolve(file);
        String update = System.getProperty("golden.update", "");
        if (!update.isEmpty() && !update.startsWith("$")) {
            Files.writeString(golden, text);
        }
        assertThat(text).isEqualTo(Files.readString(golden));
    }

    @ParameterizedTest
    @MethodSource("names")
    void stockEnvoyAcceptsTheBootstrapWithoutAWarning(String name) throws Exception {
        Path envoy = envoy();
        String config = placed(BootstrapWriter.json(spec(name)));

        var run = run(command(envoy, spec(name), config, "--mode", "validate"));

        assertThat(run.exitCode()).as(run.output()).isZero();
        assertThat(run.output())
                .doesNotContainIgnoringCase("deprecated")
                .doesNotContain("[warning]");
    }

    @Test
    void stockEnvoyRefusesAFieldThatIsNotThere() throws Exception {
        Path envoy = envoy(); // shows that the test above can fail
        String config =
                placed(BootstrapWriter.json(Specs.localSidecar()))
                        .replace("\"overwrite\"", "\"overwritten\"");

        var run = run(command(envoy, Specs.localSidecar(), config, "--mode", "validate"));

        assertThat(run.exitCode()).isNotZero();
        assertThat(run.output()).contains("overwritten");
    }

    @Test
    void startedEnvoyKnowsWhoItIsAndWaitsForCitadel() throws Exception {
        Path envoy = envoy();
        int adminPort = freePort();
        var golden = Specs.localSidecar();
        var spec =
                new BootstrapSpec(
                        golden.role(),
                        golden.workload(),
                        golden.traffic(),
                        new Address("127.0.0.1", adminPort),
                        new Address("127.0.0.1", freePort()),
                        new Server(new Address("127.0.0.1", freePort()), golden.pilot().spiffeId()),
                        new Server(
                                new Address("127.0.0.1", freePort()), golden.citadel().spiffeId()),
                        golden.trust(),
                        golden.process());
        Path log = folder.resolve("envoy.log");
        Process process =
                new ProcessBuilder(command(envoy, spec, placed(BootstrapWriter.json(spec))))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try {
            var admin = URI.create("http://127.0.0.1:" + adminPort);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .ignoreExceptions()
                    .untilAsserted(() ->
                            assertThat(get(admin.resolve("/ready"))).contains("PRE_INITIALIZING"));

            JsonNode node = JSON.readTree(get(admin.resolve("/server_info"))).path("node");
            String stats = get(admin.resolve("/stats?filter=deprecated_feature"));

            assertThat(node.path("id").asString())
                    .isEqualTo("sidecar~127.1.0.4~reviews-v1-1.shop~shop.svc.cluster.local");
            assertThat(node.path("cluster").asString()).isEqualTo("reviews-v1.shop");
            assertThat(node.path("metadata").path("PEER").asString())
                    .isEqualTo(
                            "workload=reviews-v1;namespace=shop;app=reviews;version=v1;service_account=reviews;uid=reviews-v1-1.shop");
            assertThat(stats.lines()).isNotEmpty().allMatch(line -> line.endsWith(": 0"));
        } finally {
            process.destroy();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void sameSpecGivesTheSameTextInAnyOrderOfItsMaps() {
        var one = workload(Map.of("app", "web", "version", "v1", "tier", "front"));
        var reversed = new java.util.LinkedHashMap<String, String>();
        List.of("version", "tier", "app").forEach(key -> reversed.put(key, one.labels().get(key)));

        assertThat(workload(reversed)).isEqualTo(one);
    }

    @Test
    void refusesWhatTheContractCannotCarry() {
        assertThatThrownBy(() -> with(workload(Map.of("app", "a;namespace=other"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("app")
                .hasMessageContaining(";");
        assertThatThrownBy(() ->
                        new Workload(
                                "a~b", "shop", "a", "a-1", List.of("127.0.0.1"), Map.of(), null))
                .hasMessageContaining("workload name");
        assertThatThrownBy(() -> new Workload("a", "shop", "a", "a-1", List.of(), Map.of(), null))
                .hasMessageContaining("IP address");
        assertThatThrownBy(() -> new Address("127.0.0.1", 0))
                .hasMessageContaining("0 is not a port");
        assertThatThrownBy(() -> new Server(new Address("127.0.0.1", 1), "pilot"))
                .hasMessageContaining("SPIFFE");
        assertThatThrownBy(() -> new BootstrapSpec.Process(1, Duration.ZERO, "loud"))
                .hasMessageContaining("loud");
    }

    @Test
    void refusesAProbeThatEnvoyWouldRefuse() {
        assertThatThrownBy(() -> new AppProbe.Header("X-A", "a\r\nb"))
                .hasMessageContaining("header value \"a??b\"");
        assertThatThrownBy(() -> new AppProbe.Header(":path", "/"))
                .hasMessageContaining("header name");
        assertThatThrownBy(() -> new AppProbe.Check.Http(false, "no-slash", null, List.of()))
                .hasMessageContaining("path");
        assertThatThrownBy(() ->
                        new AppProbe(
                                "/app-health/web/livez",
                                70_000,
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(1),
                                new AppProbe.Check.Tcp()))
                .hasMessageContaining("70000 is not a port");
    }

    private static Workload workload(Map<String, String> labels) {
        return new Workload("web", "shop", "web", "web-1", List.of("10.0.0.7"), labels, null);
    }

    private static BootstrapSpec with(Workload workload) {
        var spec = Specs.localSidecar();
        return new BootstrapSpec(
                spec.role(),
                workload,
                spec.traffic(),
                spec.admin(),
                spec.status(),
                spec.pilot(),
                spec.citadel(),
                spec.trust(),
                spec.process());
    }

    private static Path envoy() throws IOException {
        var envoy = EnvoyBinary.find();
        assumeTrue(
                envoy.isPresent(),
                "no Envoy to ask: set ENVOY_BIN, or run ./mesh test, which fetches one");
        return envoy.get();
    }

    /// The config with its files in this test's folder, where they exist.
    private String placed(String config) throws IOException {
        var files = TrustFiles.in(folder);
        Files.writeString(files.tokenSource(), files.tokenSourceJson());
        Files.writeString(files.rootSource(), files.rootSourceJson());
        Files.writeString(files.token(), "a-token");
        Files.writeString(files.rootCertificate(), someCertificate());
        return config.replace(Specs.FOLDER.toString(), folder.toString());
    }

    /// Any CA will do: nobody is reached.
    private static String someCertificate() {
        try {
            var trust =
                    javax.net.ssl.TrustManagerFactory.getInstance(
                            javax.net.ssl.TrustManagerFactory.getDefaultAlgorithm());
            trust.init((java.security.KeyStore) null);
            var issuer =
                    ((javax.net.ssl.X509TrustManager) trust.getTrustManagers()[0])
                            .getAcceptedIssuers()[0];
            var base64 =
                    java.util.Base64.getMimeEncoder(64, new byte[] {'\n'})
                            .encodeToString(issuer.getEncoded());
            return "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n";
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException("this JDK trusts nobody", e);
        }
    }

    private static List<String> command(
            Path envoy, BootstrapSpec spec, String config, String... more) {
        var command = new ArrayList<String>(List.of(envoy.toString(), "--config-yaml", config));
        command.addAll(BootstrapWriter.arguments(spec));
        command.addAll(List.of(more));
        return command;
    }

    record Run(int exitCode, String output) {}

    private Run run(List<String> command) throws Exception {
        Path output = folder.resolve("output");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ended by itself").isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Run(process.exitValue(), Files.readString(output));
    }

    private static String get(URI uri) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build(),
                            BodyHandlers.ofString())
                    .body();
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
