package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.Json;
import dev.quartet.testkit.Load;
import dev.quartet.testkit.MeshUnderTest;
import dev.quartet.testkit.PlainHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Changes of the config under load, and changes that are refused.
@ExtendWith(SharedMesh.class)
class ApplyIT {
    private static final int APPLIES = 100;

    @Test
    void newSubsetAndItsRouteInOneApplyCostNoRequest(MeshUnderTest mesh) {
        try (var load =
                Load.start(
                        mesh.outboundProxy("storefront-v1"),
                        "/reviews/1",
                        Shop.to("reviews"),
                        3,
                        Duration.ofMillis(3))) {
            for (var i = 0; i < APPLIES; i++) {
                var rule = destinationRule("s" + i, "v" + (1 + i % 3));
                var route = Shop.allReviewsTo("s" + i);
                var answer =
                        mesh.rest(
                                "galley",
                                "POST",
                                "/admin/v1/config/apply",
                                json(i % 2 == 0 ? rule + "---\n" + route : route + "---\n" + rule));
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                // Every fourth is followed by the next one at once: changes that overtake each
                // other.
                if (i % 4 != 3) {
                    awaitInForce(mesh, revision(answer.body()));
                }
            }
            awaitInForce(mesh, newestRevision(mesh));
            var version = reviewsVersion(mesh);
            var tally = load.stop();

            assertThat(version).isEqualTo("v" + (1 + (APPLIES - 1) % 3));
            assertThat(tally.failed()).as(tally.toString()).isZero();
            assertThat(tally.sent()).isGreaterThan(1000);
        } finally {
            Applied.clear(mesh);
        }
        await().atMost(Duration.ofSeconds(20)).until(mesh::inSync);
    }

    private static void awaitInForce(MeshUnderTest mesh, String revision) {
        await().atMost(Duration.ofSeconds(20)).until(() -> mesh.inForceSoon(revision));
    }

    private static String revision(String json) {
        return Json.read(json) instanceof Map<?, ?> view
                        && view.get("revision") instanceof String it
                ? it
                : fail("there is no revision in " + json);
    }

    private static String newestRevision(MeshUnderTest mesh) {
        return revision(mesh.rest("galley", "GET", "/admin/v1/config", null).body());
    }

    private static String reviewsVersion(MeshUnderTest mesh) {
        return Shop.reviewsVersion(Shop.call(mesh, "storefront-v1", "reviews", Map.of()).body());
    }

    private static void awaitReviews(MeshUnderTest mesh, String version) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(reviewsVersion(mesh)).isEqualTo(version));
    }

    private static String destinationRule(String subset, String version) {
        return """
        apiVersion: networking.istio.io/v1alpha3
        kind: DestinationRule
        metadata: {name: reviews, namespace: shop}
        spec:
          host: reviews.shop.svc.cluster.local
          subsets: [{name: %s, labels: {version: %s}}]
        """
                .formatted(subset, version);
    }

    /// Galley's upload: files by name.
    static String json(String yaml) {
        return "{\"files\":[{\"name\":\"test.yaml\",\"content\":\""
                + yaml.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n")
                + "\"}]}";
    }

    @Test
    void oneBadDocumentRefusesTheWholeSetAndSaysWhere(MeshUnderTest mesh) {
        var before = newestRevision(mesh);

        var result =
                mesh.applyText(
                        "set.yaml",
                        Shop.allReviewsTo("v2")
                                + """
                                ---
                                apiVersion: networking.istio.io/v1alpha3
                                kind: VirtualService
                                metadata:
                                  name: details
                                  namespace: shop
                                spec:
                                  hosts:
                                  - details.shop.svc.cluster.local
                                  http:
                                  - timeout: soon
                                    route:
                                    - destination:
                                        host: details.shop.svc.cluster.local
                                """);

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.err())
                .contains("set.yaml:19")
                .contains("VirtualService shop/details")
                .contains("spec.http[0].timeout")
                .contains("soon");
        assertThat(newestRevision(mesh)).as("nothing was applied").isEqualTo(before);
        assertThat(Shop.page(mesh, Map.of()).status()).isEqualTo(200);
    }

    @Test
    void everyProblemOfASetIsShown(MeshUnderTest mesh) {
        var result =
                mesh.applyText(
                        "many.yaml",
                        """
                        apiVersion: networking.istio.io/v1alpha3
                        kind: VirtualService
                        metadata: {name: one, namespace: shop}
                        spec:
                          hosts: [details.shop.svc.cluster.local]
                          http:
                          - rout: []
                        ---
                        apiVersion: networking.istio.io/v1alpha3
                        kind: VirtualServic
                        metadata: {name: two, namespace: shop}
                        spec: {}
                        """);

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.err())
                .contains("many.yaml:7")
                .contains("rout")
                .contains("many.yaml:10")
                .contains("VirtualServic")
                .contains("did you mean route?");
    }

    @Test
    void malformedYamlIsRefusedWithItsLine(MeshUnderTest mesh) {
        var result =
                mesh.applyText(
                        "broken.yaml",
                        "apiVersion: networking.istio.io/v1alpha3\nkind: VirtualService\nmetadata: {name: x\nspec: ]\n");

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.err()).containsPattern("broken\\.yaml:[34]");
        assertThat(result.err()).doesNotContain("at dev.quartet").doesNotContain("Exception");
    }

    @Test
    void rollbackIsWaitedForAndTheLogSaysSo(MeshUnderTest mesh) {
        try {
            mesh.applyText("second.yaml", Shop.allReviewsTo("v2")).orFail();
            var second = newestNumber(mesh);
            mesh.applyText("third.yaml", Shop.allReviewsTo("v3")).orFail();

            var diff = mesh.command("diff");
            var rollback =
                    mesh.command("rollback", second, "--yes", "-m", "v3 is too slow").orFail();

            assertThat(diff.exitCode()).isEqualTo(1);
            assertThat(diff.out())
                    .containsPattern("(?m)^- +subset: v2$")
                    .containsPattern("(?m)^\\+ +subset: v3$");
            assertThat(rollback.out()).contains(" changed\n", "in force on ");
            assertThat(reviewsVersion(mesh)).isEqualTo("v2");
            assertThat(mesh.command("revisions").orFail().out())
                    .contains("rollback to " + second + " (", "v3 is too slow");
        } finally {
            Applied.clear(mesh);
        }
        await().atMost(Duration.ofSeconds(20)).until(mesh::inSync);
    }

    private static String newestNumber(MeshUnderTest mesh) {
        return mesh.json("galley", "/admin/v1/config/revisions?limit=1") instanceof Map<?, ?> log
                        && log.get("revisions") instanceof List<?> revisions
                        && revisions.getFirst() instanceof Map<?, ?> newest
                ? String.valueOf(newest.get("number"))
                : fail("there is no revision");
    }

    /// Hardening case 46: a file that is half written while it is watched.
    @Test
    void halfWrittenFileInTheWatchedFolderKeepsTheOldConfig(MeshUnderTest mesh) throws IOException {
        var file = mesh.home().resolve("config/reviews-route.yaml");
        try {
            Files.writeString(file, Shop.allReviewsTo("v2"));
            awaitReviews(mesh, "v2");
            await().until(mesh::inForce);

            var third = Shop.allReviewsTo("v3");
            Files.writeString(file, third.substring(0, third.indexOf("  hosts") + 5));
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() ->
                            assertThat(
                                            mesh.rest("galley", "GET", "/admin/v1/status", null)
                                                            .body()
                                                    + mesh.rest(
                                                                    "galley",
                                                                    "GET",
                                                                    "/admin/v1/config/status",
                                                                    null)
                                                            .body())
                                    .contains("reviews-route.yaml"));
            for (var i = 0; i < 20; i++) {
                assertThat(reviewsVersion(mesh)).isEqualTo("v2");
            }

            Files.writeString(file, third);
            awaitReviews(mesh, "v3");
        } finally {
            Files.deleteIfExists(file);
        }
        await().atMost(Duration.ofSeconds(20))
                .until(() ->
                        !mesh.rest("galley", "GET", "/admin/v1/config", null)
                                        .body()
                                        .contains("reviews-route.yaml")
                                && mesh.inSync());
    }

    /// Hardening case 26: the proxy refuses a listener, because somebody else has its port.
    @Test
    void whatAProxyRefusesIsNamedAndTheOldConfigGoesOn(MeshUnderTest mesh) throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
            var gateway =
                    """
                    apiVersion: networking.istio.io/v1alpha3
                    kind: Gateway
                    metadata: {name: taken, namespace: shop}
                    spec:
                      selector: {istio: ingressgateway}
                      servers:
                      - port: {number: %d, name: http, protocol: HTTP}
                        hosts: ["*"]
                    ---
                    apiVersion: networking.istio.io/v1alpha3
                    kind: VirtualService
                    metadata: {name: taken, namespace: shop}
                    spec:
                      hosts: ["*"]
                      gateways: [taken]
                      http: [{route: [{destination: {host: details.shop.svc.cluster.local}}]}]
                    """
                            .formatted(taken.getLocalPort());
            var result = mesh.command("apply", "--timeout", "5s", "-f", write(mesh, gateway));
            try {
                assertThat(result.exitCode()).isNotZero();
                assertThat(result.out() + result.err())
                        .contains("ingressgateway")
                        .containsIgnoringCase("address already in use");
                assertThat(mesh.proxyStates())
                        .containsEntry("ingressgateway-1.istio-system", "NACKED");
                assertThat(Shop.page(mesh, Map.of()).status()).isEqualTo(200);

                var first = rejected(mesh);
                await("no loop of pushes")
                        .during(Duration.ofSeconds(3))
                        .atMost(Duration.ofSeconds(10))
                        .until(() -> rejected(mesh) - first <= 2);
            } finally {
                mesh.command("delete", "-f", write(mesh, gateway));
            }
            await().atMost(Duration.ofSeconds(20)).until(mesh::inSync);
        }
    }

    private static String write(MeshUnderTest mesh, String yaml) throws IOException {
        return Files.writeString(
                        Files.createDirectories(mesh.home().resolve("test-files"))
                                .resolve("taken.yaml"),
                        yaml)
                .toString();
    }

    private static long rejected(MeshUnderTest mesh) {
        return PlainHttp.get(
                        mesh.envoyAdmin("ingressgateway"),
                        "/stats?filter=lds.update_rejected",
                        Map.of())
                .body()
                .lines()
                .filter(line -> line.startsWith("listener_manager.lds.update_rejected: "))
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
