package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.testkit.Load;
import dev.quartet.testkit.MeshUnderTest;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Where a request goes.
@ExtendWith(SharedMesh.class)
class RequestPathIT {
    @Test
    @Tag("quick")
    void requestPassesGatewayStorefrontReviewsAndRatings(MeshUnderTest mesh) {
        try (var v2 = Applied.text(mesh, "all-to-v2.yaml", Shop.allReviewsTo("v2"))) {
            var page = Shop.page(mesh, Map.of());

            assertThat(page.status()).as(page.body()).isEqualTo(200);
            assertThat(page.headers()).containsKey("x-envoy-upstream-service-time");
            assertThat(page.body())
                    .containsPattern("\"service\":\"storefront\"")
                    .containsPattern("\"details\":\\{\"service\":\"details\"")
                    .containsPattern("\"reviews\":\\{\"service\":\"reviews\",\"version\":\"v2\"")
                    .containsPattern("\"ratings\":\\{\"service\":\"ratings\"");
        }
    }

    @Test
    @Tag("quick")
    void headerLeadsToAnotherVersion(MeshUnderTest mesh) {
        try (var route = Applied.sample(mesh, "route-by-header.yaml")) {
            for (var i = 0; i < 20; i++) {
                assertThat(Shop.reviewsVersion(Shop.page(mesh, Map.of("end-user", "jason")).body()))
                        .isEqualTo("v2");
                assertThat(Shop.reviewsVersion(Shop.page(mesh, Map.of()).body())).isEqualTo("v1");
                assertThat(
                                Shop.reviewsVersion(
                                        Shop.page(mesh, Map.of("end-user", "jason2")).body()))
                        .isEqualTo("v1");
            }
        }
    }

    @Test
    void oneInTenGoesToTheCanary(MeshUnderTest mesh) {
        var requests = 1000;
        try (var canary = Applied.sample(mesh, "canary-90-10.yaml")) {
            var versions = new TreeMap<String, Integer>();
            for (var i = 0; i < requests; i++) {
                var answer = Shop.call(mesh, "storefront-v1", "reviews", Map.of());
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                versions.merge(Shop.reviewsVersion(answer.body()), 1, Integer::sum);
            }

            var expected = requests * 0.1;
            var fourSigma = 4 * Math.sqrt(requests * 0.1 * 0.9);
            assertThat(versions).containsOnlyKeys("v1", "v2");
            assertThat((double) versions.getOrDefault("v2", 0))
                    .isBetween(expected - fourSigma, expected + fourSigma);
        }
    }

    @Test
    void withoutARouteAllVersionsTakePart(MeshUnderTest mesh) {
        var tally = Load.send(mesh.gateway(), "/storefront", Map.of(), 2, 60);
        var versions = new TreeMap<String, Integer>();
        for (var i = 0; i < 30; i++) {
            versions.merge(
                    Shop.reviewsVersion(
                            Shop.call(mesh, "storefront-v1", "reviews", Map.of()).body()),
                    1,
                    Integer::sum);
        }

        assertThat(tally.failed()).as(tally.toString()).isZero();
        assertThat(versions).containsOnlyKeys("v1", "v2", "v3");
    }
}
