package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.Command;
import dev.quartet.testkit.ComposeMesh;
import dev.quartet.testkit.Load;
import dev.quartet.testkit.PlainHttp;
import dev.quartet.testkit.PrometheusProcess;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The real `docker-compose.yml`. The images and an engine (`DOCKER_HOST`) must be there; `tests/containers/setup.sh` makes both.
@Tag("compose")
@ExtendWith(Progress.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ComposeIT {
    private static final Duration BACK = Duration.ofSeconds(60);
    private static final List<String> WORKLOADS =
            List.of(
                    "storefront-v1",
                    "details-v1",
                    "ratings-v1",
                    "reviews-v1",
                    "reviews-v2",
                    "reviews-v3");

    /// What no request needs while it is served.
    private static final List<String> ASIDE =
            List.of("citadel", "galley", "pilot", "mixer", "prometheus", "grafana", "tokens");

    private static final ComposeMesh MESH = ComposeMesh.prepare();

    @BeforeAll
    static void up() {
        try {
            MESH.up();
        } catch (Throwable failure) {
            System.err.println(MESH.compose("ps").output());
            System.err.println(MESH.compose("logs", "--tail=15").output());
            MESH.close();
            throw failure;
        }
    }

    @AfterAll
    static void down() {
        MESH.close();
    }

    @Test
    @Order(1)
    void requestsReachEveryVersionThroughTheGateway() {
        await().atMost(BACK)
                .untilAsserted(() -> assertThat(versions(60)).containsExactly("v1", "v2", "v3"));
        assertThat(PlainHttp.get(MESH.grafana(), "/api/health", Map.of()).status()).isEqualTo(200);
    }

    @Test
    @Order(2)
    void containersHaveNoMoreThanTheyNeed() {
        for (var service : services()) {
            var user = MESH.inspect(service, "{{.Config.User}}");
            var added = MESH.inspect(service, "{{.HostConfig.CapAdd}}");
            var expected =
                    service.endsWith("-init")
                            ? "[NET_ADMIN]"
                            : List.of("init-trust", "tokens").contains(service)
                                    ? "[CHOWN DAC_OVERRIDE FOWNER]"
                                    : "[]";
            assertThat(added).as(service).isEqualTo(expected);
            if (expected.equals("[]")) {
                assertThat(user)
                        .as(service + "'s user")
                        .isNotEmpty()
                        .doesNotStartWith("0")
                        .isNotEqualTo("root");
            }
            assertThat(MESH.inspect(service, "{{.HostConfig.CapDrop}}"))
                    .as(service)
                    .isEqualTo("[ALL]");
            assertThat(MESH.inspect(service, "{{.HostConfig.ReadonlyRootfs}}"))
                    .as(service)
                    .isEqualTo("true");
            assertThat(MESH.inspect(service, "{{.HostConfig.Privileged}}"))
                    .as(service)
                    .isEqualTo("false");
            assertThat(MESH.inspect(service, "{{.HostConfig.SecurityOpt}}"))
                    .as(service)
                    .contains("no-new-privileges");
            assertThat(MESH.inspect(service, "{{.HostConfig.Memory}}"))
                    .as(service)
                    .isNotEqualTo("0");
            var bindings = MESH.inspect(service, "{{json .HostConfig.PortBindings}}");
            assertThat(bindings.replace("\"HostIp\":\"127.0.0.1\"", ""))
                    .as(service)
                    .doesNotContain("HostIp");
            var published =
                    List.of(
                            "ingressgateway",
                            "grafana",
                            "prometheus",
                            "citadel",
                            "galley",
                            "pilot",
                            "mixer");
            assertThat(bindings.contains("HostPort"))
                    .as(service + " publishes")
                    .isEqualTo(published.contains(service));
        }
    }

    @Test
    @Order(3)
    void eachTokenIsOnlyWithItsOwner() {
        for (var workload : WORKLOADS) {
            var listed =
                    MESH.exec(workload + "-proxy", "ls", "-ln", "/etc/quartet/trust")
                            .orFail()
                            .output();
            assertThat(listed.lines().filter(line -> line.endsWith(" token")))
                    .singleElement()
                    .satisfies(line ->
                            assertThat(line).startsWith("-rw-------").contains(" 1337 1337 "));
            assertThat(claims(workload + "-proxy"))
                    .contains("/ns/shop/sa/" + workload.replaceFirst("-v\\d$", ""));
            assertThat(MESH.inspect(workload + "-app", "{{json .Mounts}}"))
                    .as("what the application sees")
                    .isEqualTo("[]");
        }
        for (var service : List.of("galley", "pilot", "mixer")) {
            assertThat(claims(service)).contains("istio-" + service + "-service-account");
        }
    }

    @Test
    @Order(4)
    void applicationsKnowNothingOfTheMesh() {
        var environment =
                MESH.inspect("storefront-v1-app", "{{json .Config.Env}} {{json .Config.Cmd}}");

        assertThat(environment.toLowerCase(Locale.ROOT))
                .doesNotContain("proxy", "envoy", "pilot", "15001");
        assertThat(
                        MESH.exec("storefront-v1-app", "getent", "ahostsv4", "reviews")
                                .orFail()
                                .output()
                                .lines()
                                .map(line -> line.split(" ")[0])
                                .distinct()
                                .count())
                .as("reviews resolves to its three workloads")
                .isEqualTo(3);
    }

    @Test
    @Order(5)
    void betweenWorkloadsNothingIsReadable() {
        var details = new InetSocketAddress(address("details-v1"), 9080);
        try (var wire = WireRecorder.of(details)) {
            // that the recorder sees the wire at all: a stranger's plaintext, which is let in
            // (PERMISSIVE)
            assertThat(stranger("details", "/details/1")).contains("The Time Machine");
            await().untilAsserted(() -> assertThat(holds(wire, "The Time Machine")).isTrue());
        }
        try (var wire = WireRecorder.of(details)) {
            for (var i = 0; i < 10; i++) {
                assertThat(page().body()).contains("The Time Machine");
            }
            await().untilAsserted(() -> assertThat(wire.bytes().length).isGreaterThan(2000));
            assertThat(holds(wire, "The Time Machine")).isFalse();
            assertThat(holds(wire, "HTTP/1.1")).isFalse();
        }
    }

    @Test
    @Order(6)
    void strictRefusesAStrangerAndTheMeshGoesOn() throws IOException {
        var strict = sample("strict-mtls.yaml");
        MESH.change("apply", strict);
        try {
            await().atMost(BACK)
                    .untilAsserted(() ->
                            assertThat(stranger("details", "/details/1"))
                                    .doesNotContain("Machine"));
            assertThat(page().status()).isEqualTo(200);
        } finally {
            MESH.change("delete", strict);
        }
        await().atMost(BACK)
                .untilAsserted(
                        () -> assertThat(stranger("details", "/details/1")).contains("Machine"));
    }

    @Test
    @Order(7)
    void mixersRuleRefusesInItsWords() throws IOException {
        var rule = sample("deny-reviews-v3.yaml");
        MESH.change("apply", rule + "\n---\n" + Shop.allReviewsTo("v3"));
        try {
            await().atMost(BACK)
                    .untilAsserted(() -> {
                        var page = page();
                        assertThat(page.status()).isEqualTo(403);
                        assertThat(page.body()).contains("reviews v3 is closed today");
                    });
        } finally {
            MESH.change("delete", rule + "\n---\n" + Shop.allReviewsTo("v3"));
        }
        await().atMost(BACK).untilAsserted(() -> assertThat(page().status()).isEqualTo(200));
    }

    @Test
    @Order(7)
    void whatLiesInTheConfigFolderIsInForce() throws IOException {
        var file = SourceTree.root().resolve("docker/config/" + MESH.project() + ".yaml");
        Files.writeString(file, Shop.allReviewsTo("v2"));
        try {
            await().atMost(BACK)
                    .untilAsserted(() -> assertThat(versions(20)).containsExactly("v2"));
        } finally {
            Files.delete(file);
        }
        await().atMost(BACK)
                .untilAsserted(() -> assertThat(versions(40)).containsExactly("v1", "v2", "v3"));
    }

    @Test
    @Order(8)
    void prometheusHasBothSidesOfEveryRequest() {
        var requests =
                "istio_requests_total{destination_workload=\"storefront-v1\",response_code=\"200\",reporter=\"%s\"}";
        await().atMost(BACK)
                .untilAsserted(() -> assertThat(sum(requests.formatted("source"))).isPositive());
        var source = sum(requests.formatted("source"));
        var destination = sum(requests.formatted("destination"));

        Load.send(MESH.gateway(), "/storefront", Map.of(), 2, 40);

        await().atMost(BACK)
                .untilAsserted(() -> {
                    assertThat(sum(requests.formatted("source")) - source)
                            .isGreaterThanOrEqualTo(40);
                    assertThat(sum(requests.formatted("destination")) - destination)
                            .isGreaterThanOrEqualTo(40);
                });
        assertThat(
                        sum(
                                "istio_requests_total{reporter=\"destination\",connection_security_policy=\"mutual_tls\",source_workload=\"storefront-v1\"}"))
                .isPositive();
        await().atMost(BACK)
                .untilAsserted(
                        () -> assertThat(sum("up == 1")).as("everything is scraped").isEqualTo(11));
    }

    @Test
    @Order(8)
    void theCommandWorksWithoutAJdk() throws IOException {
        var status = MESH.mesh("", "status").orFail().output();
        assertThat(status)
                .containsPattern("citadel +UP +0\\.1\\.0 +citadel:8082")
                .containsPattern("galley +UP +0\\.1\\.0 +galley:8081 +\\S+ +\\S+")
                .containsPattern("pilot +UP")
                .containsPattern("mixer +UP")
                .contains("shop/storefront", "istio-system/istio-galley-service-account");
        assertThat(status.lines().filter(line -> line.contains(" SYNCED "))).hasSize(7);

        // a file of this folder, and one that comes by the standard input
        assertThat(
                        MESH.mesh("", "apply", "-f", "samples/bookshop/deny-reviews-v3.yaml")
                                .orFail()
                                .output())
                .contains("rule shop/deny-reviews-v3 created", "in force on 7 of 7");
        assertThat(MESH.mesh(Shop.allReviewsTo("v3"), "apply", "-f", "-").orFail().output())
                .contains("VirtualService shop/reviews created");
        await().atMost(BACK)
                .untilAsserted(() -> assertThat(page().body()).contains("reviews v3 is closed"));
        assertThat(MESH.mesh("", "get", "rule", "deny-reviews-v3", "-n", "shop").orFail().output())
                .contains("kind: rule");

        MESH.mesh("", "delete", "-f", "samples/bookshop/deny-reviews-v3.yaml").orFail();
        MESH.mesh("", "delete", "vs", "reviews", "-n", "shop").orFail();
        assertThat(MESH.mesh("", "wait").orFail().output()).contains("in force on 7 of 7");
        assertThat(page().status()).isEqualTo(200);
    }

    @Test
    @Order(8)
    void theCommandRefusesInPlainWords() {
        refused(
                MESH.mesh(
                        "kind: VirtualService\napiVersion: networking.istio.io/v1\n",
                        "apply",
                        "-f",
                        "-"),
                "stdin:",
                "metadata");
        refused(
                MESH.mesh("", "status", "--ca-file", "/here/README.md"),
                "README.md",
                "--ca-file or MESH_CA_FILE");
        refused(
                MESH.mesh("", "get", "--galley", "https://pilot:8081"),
                "Galley does not answer at https://pilot:8081 (connection refused)");
        var logs = MESH.mesh("", "logs", "pilot");
        assertThat(logs.exitCode()).isEqualTo(2);
        assertThat(logs.output()).contains("docker compose logs");
        refused(MESH.mesh("", "inject", "-f", "README.md"), "injector", "MESH_INJECTOR_URL");
    }

    private static void refused(Command.Result result, String... words) {
        assertThat(result.exitCode()).as(result.output()).isEqualTo(1);
        assertThat(result.output()).contains(words).doesNotContain("Exception");
    }

    /// Whatever no request passes through: no request fails while it is away, stopped or killed, nor while it comes back.
    static Stream<String> aside() {
        return ASIDE.stream();
    }

    @ParameterizedTest
    @MethodSource("aside")
    @Order(9)
    void noRequestFailsWhile(String service) {
        for (var end : List.of("stop", "kill")) {
            var load =
                    Load.start(MESH.gateway(), "/storefront", Map.of(), 2, Duration.ofMillis(50));
            MESH.docker(end, MESH.container(service)).orFail();
            assertThat(MESH.running(service)).isFalse();
            var before = load.tally().sent();
            await().atMost(BACK).until(() -> load.tally().sent() > before + 40);
            MESH.docker("start", MESH.container(service)).orFail();
            await().atMost(BACK).until(() -> MESH.healthy(service));
            var tally = load.stop();

            assertThat(tally.failed()).as("%s %s: %s", end, service, tally).isZero();
        }
    }

    static Stream<String> controlPlane() {
        return Stream.of("citadel", "galley", "pilot", "mixer");
    }

    /// As with a new release: another image, the state's volume as it is.
    @ParameterizedTest
    @MethodSource("controlPlane")
    @Order(10)
    void noRequestFailsWhileANewBuildReplaces(String service) {
        try (var load =
                Load.start(MESH.gateway(), "/storefront", Map.of(), 2, Duration.ofMillis(50))) {
            MESH.replace(service);
            await().atMost(BACK).until(() -> MESH.healthy(service));
            // the new one does its part
            MESH.change("apply", Shop.allReviewsTo("v2"));
            await().atMost(BACK)
                    .untilAsserted(() -> assertThat(versions(20)).containsExactly("v2"));
            MESH.change("delete", Shop.allReviewsTo("v2"));
            var tally = load.stop();

            assertThat(tally.failed()).as("%s: %s", service, tally).isZero();
        }
    }

    /// One application of three: its own proxy answers 503 for it, and the caller's tries another.
    @Test
    @Order(10)
    void noRequestFailsWhileOneOfThreeApplicationsIsAway() {
        for (var end : List.of("stop", "kill")) {
            var load =
                    Load.start(MESH.gateway(), "/storefront", Map.of(), 2, Duration.ofMillis(50));
            MESH.docker(end, MESH.container("reviews-v1-app")).orFail();
            var before = load.tally().sent();
            await().atMost(BACK).until(() -> load.tally().sent() > before + 60);
            MESH.docker("start", MESH.container("reviews-v1-app")).orFail();
            await().atMost(BACK).untilAsserted(() -> assertThat(versions(30)).contains("v1"));
            var tally = load.stop();

            assertThat(tally.failed()).as("%s: %s", end, tally).isZero();
        }
    }

    /// What there is one of: requests fail while it is away, and pass again when it is back, alone.
    static Stream<String> needed() {
        return Stream.concat(
                WORKLOADS.stream()
                        .flatMap(workload -> Stream.of(workload + "-proxy", workload + "-app")),
                Stream.of("ingressgateway"));
    }

    @ParameterizedTest
    @MethodSource("needed")
    @Order(11)
    void servesAgainAfter(String service) {
        for (var end : List.of("stop", "kill")) {
            try (var load =
                    Load.start(MESH.gateway(), "/storefront", Map.of(), 2, Duration.ofMillis(50))) {
                MESH.docker(end, MESH.container(service)).orFail();
                MESH.docker("start", MESH.container(service)).orFail();
                await().atMost(BACK)
                        .ignoreExceptions()
                        .untilAsserted(
                                () -> assertThat(versions(40)).containsExactly("v1", "v2", "v3"));
            }
        }
    }

    @Test
    @Order(12)
    void aWorkloadWhosePauseContainerWasKilledIsMadeAnewByTheDocumentedCommand()
            throws IOException {
        MESH.docker("kill", MESH.container("reviews-v1")).orFail();
        assertThat(MESH.running("reviews-v1")).as("it is not started without its rules").isFalse();
        var line =
                Files.readAllLines(SourceTree.root().resolve("docker-compose.yml")).stream()
                        .filter(text -> text.contains("docker compose up -d --force-recreate"))
                        .findFirst()
                        .orElseThrow();
        var arguments = line.substring(line.indexOf("compose ") + "compose ".length()).split(" ");

        MESH.compose(arguments).orFail();

        await().atMost(BACK)
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(versions(40)).containsExactly("v1", "v2", "v3"));
        var tally = Load.send(MESH.gateway(), "/storefront", Map.of(), 2, 100);
        assertThat(tally.failed()).as(tally.toString()).isZero();
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void downLeavesNothing() {
        MESH.compose("down", "-v", "--timeout", "3").orFail();

        assertThat(MESH.left()).isEmpty();
    }

    private static PlainHttp.Answer page() {
        return PlainHttp.get(MESH.gateway(), "/storefront", Map.of());
    }

    private static TreeSet<String> versions(int requests) {
        var versions = new TreeSet<String>();
        for (var i = 0; i < requests; i++) {
            var page = page();
            assertThat(page.status()).as(page.body()).isEqualTo(200);
            versions.add(Shop.reviewsVersion(page.body()));
        }
        return versions;
    }

    private static List<String> services() {
        return MESH.compose("config", "--services")
                .orFail()
                .output()
                .lines()
                // the command runs when somebody types it
                .filter(line -> !line.isBlank() && !line.equals("mesh"))
                .toList();
    }

    private static String address(String service) {
        return MESH.inspect(service, "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");
    }

    /// A request from a container in the network that is no part of the mesh, in plaintext; what comes back, if anything.
    private static String stranger(String host, String path) {
        var script =
                "exec 3<>/dev/tcp/%1$s/9080; printf 'GET %2$s HTTP/1.1\\r\\nHost: %1$s:9080\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3"
                        .formatted(host, path);
        return MESH.docker(
                        "run",
                        "--rm",
                        "--network",
                        MESH.project() + "_default",
                        "--entrypoint",
                        "bash",
                        "quartet/mesh-init:0.1.0",
                        "-c",
                        script)
                .output();
    }

    private static boolean holds(WireRecorder wire, String text) {
        return WireRecorder.contains(wire.bytes(), text.getBytes(StandardCharsets.UTF_8));
    }

    /// What the token of a container says, without its signature.
    private static String claims(String service) {
        var token = MESH.exec(service, "cat", "/etc/quartet/trust/token").orFail().lastLine();
        return new String(
                java.util.Base64.getUrlDecoder().decode(token.split("\\.")[1]),
                StandardCharsets.UTF_8);
    }

    private static double sum(String query) {
        return PrometheusProcess.query(MESH.prometheus(), "sum(" + query + ")").stream()
                .mapToDouble(PrometheusProcess.Sample::value)
                .sum();
    }

    private static String sample(String file) throws IOException {
        return Files.readString(SourceTree.root().resolve("samples/bookshop").resolve(file));
    }
}
