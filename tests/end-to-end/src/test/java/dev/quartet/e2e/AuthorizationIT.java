package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.MeshUnderTest;
import dev.quartet.testkit.PlainHttp;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Who may call what, by the certificates that workloads have.
@ExtendWith(SharedMesh.class)
class AuthorizationIT {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @Test
    void whoIsNotAllowedGets403AndWhoIsGetsAnAnswer(MeshUnderTest mesh) {
        assertThat(ratings(mesh, "storefront-v1").status()).isEqualTo(200);

        try (var only = Applied.sample(mesh, "only-reviews-calls-ratings.yaml")) {
            await().atMost(LIMIT)
                    .untilAsserted(() ->
                            assertThat(ratings(mesh, "storefront-v1").status()).isEqualTo(403));
            assertThat(ratings(mesh, "reviews-v2").status()).isEqualTo(200);
            assertThat(
                            PlainHttp.request(
                                            "POST",
                                            mesh.outboundProxy("reviews-v2"),
                                            "/ratings/1",
                                            Shop.to("ratings"),
                                            "")
                                    .status())
                    .isEqualTo(403);
            assertThat(Shop.page(mesh, Map.of()).status()).isEqualTo(200);
        }

        await().atMost(LIMIT)
                .untilAsserted(
                        () -> assertThat(ratings(mesh, "storefront-v1").status()).isEqualTo(200));
    }

    private static PlainHttp.Answer ratings(MeshUnderTest mesh, String from) {
        return Shop.call(mesh, from, "ratings", Map.of());
    }
}
