package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.Load;
import dev.quartet.testkit.MeshUnderTest;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Mixer's check: what it refuses, and what its absence means.
@ExtendWith(SharedMesh.class)
class PolicyIT {
    private static final Duration BACK = Duration.ofSeconds(60);

    @Test
    void ruleDeniesWithItsHandlersWords(MeshUnderTest mesh) {
        try (var all = Applied.text(mesh, "all-to-v3.yaml", Shop.allReviewsTo("v3"))) {
            assertThat(Shop.call(mesh, "storefront-v1", "reviews", Map.of()).status())
                    .isEqualTo(200);

            try (var deny = Applied.sample(mesh, "deny-reviews-v3.yaml")) {
                var denied = Shop.call(mesh, "storefront-v1", "reviews", Map.of());
                assertThat(denied.status()).isEqualTo(403);
                assertThat(denied.body())
                        .isEqualTo(
                                "PERMISSION_DENIED:deny-reviews-v3.shop:reviews v3 is closed today");
                assertThat(Shop.page(mesh, Map.of()).status())
                        .as("the page shows it")
                        .isEqualTo(403);
            }
            assertThat(Shop.call(mesh, "storefront-v1", "reviews", Map.of()).status())
                    .as("taken back")
                    .isEqualTo(200);
        }
    }

    @Test
    void otherVersionsAreNotRefused(MeshUnderTest mesh) {
        try (var all = Applied.text(mesh, "all-to-v2.yaml", Shop.allReviewsTo("v2"));
                var deny = Applied.sample(mesh, "deny-reviews-v3.yaml")) {
            var tally = Load.send(mesh.gateway(), "/storefront", Map.of(), 2, 50);
            assertThat(tally.failed()).as(tally.toString()).isZero();
        }
    }

    /// Hardening case 41, first half.
    @Test
    void withoutMixerItsFailClosedRoutesAnswer503AndTheRestGoesOn(MeshUnderTest mesh) {
        try (var all = Applied.text(mesh, "all-to-v3.yaml", Shop.allReviewsTo("v3"));
                var deny = Applied.sample(mesh, "deny-reviews-v3.yaml")) {
            mesh.kill("mixer");
            try {
                assertThat(Shop.call(mesh, "storefront-v1", "reviews", Map.of()).status())
                        .isEqualTo(503);
                assertThat(Shop.call(mesh, "storefront-v1", "details", Map.of()).status())
                        .as("no rule, no hop")
                        .isEqualTo(200);
            } finally {
                mesh.restart("mixer").orFail();
                mesh.awaitInSync(BACK);
            }
            await().untilAsserted(() ->
                    assertThat(Shop.call(mesh, "storefront-v1", "reviews", Map.of()).status())
                            .isEqualTo(403));
        }
    }

    @Test
    void withoutMixerFailOpenRoutesPass(MeshUnderTest mesh) {
        var failOpen =
                """
                apiVersion: networking.istio.io/v1alpha3
                kind: ServiceEntry
                metadata:
                  name: reviews
                  namespace: shop
                  annotations: {quartet.dev/policyCheckFailOpen: "true"}
                spec:
                  hosts: [reviews.shop.svc.cluster.local]
                  location: MESH_INTERNAL
                  resolution: STATIC
                  ports: [{number: 9080, name: http, protocol: HTTP}]
                  workloadSelector: {labels: {app: reviews}}
                """;
        try (var open = Applied.text(mesh, "fail-open.yaml", failOpen);
                var all = Applied.text(mesh, "all-to-v3.yaml", Shop.allReviewsTo("v3"));
                var deny = Applied.sample(mesh, "deny-reviews-v3.yaml")) {
            assertThat(Shop.call(mesh, "storefront-v1", "reviews", Map.of()).status())
                    .as("with Mixer")
                    .isEqualTo(403);
            mesh.kill("mixer");
            try {
                await().untilAsserted(() ->
                        assertThat(Shop.call(mesh, "storefront-v1", "reviews", Map.of()).status())
                                .isEqualTo(200));
                var tally =
                        Load.send(
                                mesh.outboundProxy("storefront-v1"),
                                "/reviews/1",
                                Shop.to("reviews"),
                                2,
                                40);
                assertThat(tally.failed()).as(tally.toString()).isZero();
            } finally {
                mesh.restart("mixer").orFail();
                mesh.awaitInSync(BACK);
            }
            await().untilAsserted(() ->
                    assertThat(Shop.call(mesh, "storefront-v1", "reviews", Map.of()).status())
                            .isEqualTo(403));
        }
    }

    /// Hardening case 41, second half: a Mixer that hangs costs a bounded time, and what needs no policy costs nothing.
    @Test
    void mixerThatHangsCostsABoundedTime(MeshUnderTest mesh) {
        try (var all = Applied.text(mesh, "all-to-v3.yaml", Shop.allReviewsTo("v3"));
                var deny = Applied.sample(mesh, "deny-reviews-v3.yaml")) {
            Signals.send(mesh.pid("mixer"), "STOP");
            try {
                var start = System.nanoTime();
                assertThat(Shop.call(mesh, "storefront-v1", "reviews", Map.of()).status())
                        .isEqualTo(503);
                assertThat(Duration.ofNanos(System.nanoTime() - start))
                        .isLessThan(Duration.ofSeconds(4));
                start = System.nanoTime();
                var tally =
                        Load.send(
                                mesh.outboundProxy("storefront-v1"),
                                "/details/1",
                                Shop.to("details"),
                                2,
                                50);
                assertThat(tally.failed()).as(tally.toString()).isZero();
                assertThat(Duration.ofNanos(System.nanoTime() - start))
                        .isLessThan(Duration.ofSeconds(4));
            } finally {
                Signals.send(mesh.pid("mixer"), "CONT");
            }
            await().atMost(BACK)
                    .untilAsserted(() ->
                            assertThat(
                                            Shop.call(mesh, "storefront-v1", "reviews", Map.of())
                                                    .status())
                                    .isEqualTo(403));
        }
    }
}
