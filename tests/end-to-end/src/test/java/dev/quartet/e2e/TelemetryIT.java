package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.Load;
import dev.quartet.testkit.MeshUnderTest;
import dev.quartet.testkit.PrometheusProcess;
import dev.quartet.testkit.PrometheusProcess.Sample;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// What Prometheus knows of the requests, by its own HTTP API.
@ExtendWith(SharedMesh.class)
class TelemetryIT {
    private static final Duration PUSHED = Duration.ofSeconds(40);

    @Test
    void bothSidesReportEveryRequestWithTheirIdentities(MeshUnderTest mesh) {
        var source =
                "istio_requests_total{reporter=\"source\",source_workload=\"storefront-v1\",destination_workload=\"details-v1\"}";
        var destination = source.replace("\"source\",", "\"destination\",");
        var sourceBefore = sum(mesh, source);
        var destinationBefore = sum(mesh, destination);

        var tally =
                Load.send(
                        mesh.outboundProxy("storefront-v1"),
                        "/details/1",
                        Shop.to("details"),
                        4,
                        250);

        assertThat(tally.failed()).as(tally.toString()).isZero();
        await().atMost(PUSHED)
                .untilAsserted(() -> {
                    assertThat(sum(mesh, source) - sourceBefore).isEqualTo(250);
                    assertThat(sum(mesh, destination) - destinationBefore).isEqualTo(250);
                });
        for (var sample : query(mesh, source)) {
            assertCommonLabels(sample);
            assertThat(sample.labels()).containsEntry("connection_security_policy", "unknown");
        }
        for (var sample : query(mesh, destination)) {
            assertCommonLabels(sample);
            assertThat(sample.labels()).containsEntry("connection_security_policy", "mutual_tls");
        }
    }

    private static void assertCommonLabels(Sample sample) {
        assertThat(sample.labels())
                .containsEntry("source_workload_namespace", "shop")
                .containsEntry("source_app", "storefront")
                .containsEntry("source_version", "v1")
                .containsEntry("source_principal", "cluster.local/ns/shop/sa/storefront")
                .containsEntry("destination_workload_namespace", "shop")
                .containsEntry("destination_app", "details")
                .containsEntry("destination_version", "v1")
                .containsEntry("destination_principal", "cluster.local/ns/shop/sa/details")
                .containsEntry("destination_service", "details.shop.svc.cluster.local")
                .containsEntry("destination_service_name", "details")
                .containsEntry("destination_service_namespace", "shop")
                .containsEntry("request_protocol", "http")
                .containsEntry("response_code", "200")
                .containsEntry("response_flags", "-");
    }

    @Test
    void requestsFromTheGatewayBearItsName(MeshUnderTest mesh) {
        var gateway =
                "istio_requests_total{source_workload=\"ingressgateway\",destination_workload=\"storefront-v1\",response_code=\"200\"}";
        var before = sum(mesh, gateway);

        var tally = Load.send(mesh.gateway(), "/storefront", Map.of(), 2, 40);

        assertThat(tally.failed()).as(tally.toString()).isZero();
        await().atMost(PUSHED)
                .untilAsserted(() ->
                        assertThat(sum(mesh, gateway) - before).as("both reporters").isEqualTo(80));
        assertThat(query(mesh, gateway))
                .extracting(sample -> sample.labels().get("source_principal"))
                .containsOnly(
                        "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account");
    }

    @Test
    void failuresBearTheirCodeAndFlag(MeshUnderTest mesh) {
        var denied =
                "istio_requests_total{destination_workload=\"reviews-v3\",response_code=\"403\"}";
        var before = sum(mesh, denied);
        try (var all = Applied.text(mesh, "all-to-v3.yaml", Shop.allReviewsTo("v3"));
                var deny = Applied.sample(mesh, "deny-reviews-v3.yaml")) {
            Load.send(mesh.outboundProxy("storefront-v1"), "/reviews/1", Shop.to("reviews"), 2, 30);
        }
        await().atMost(PUSHED)
                .untilAsserted(() -> assertThat(sum(mesh, denied) - before).isEqualTo(60));
        assertThat(query(mesh, denied.replace("{", "{reporter=\"destination\",")))
                .extracting(sample -> sample.labels().get("response_flags"))
                .containsOnly("UAEX");

        var empty =
                """
                apiVersion: networking.istio.io/v1alpha3
                kind: DestinationRule
                metadata: {name: ratings, namespace: shop}
                spec:
                  host: ratings.shop.svc.cluster.local
                  subsets: [{name: nobody, labels: {version: v77}}]
                ---
                apiVersion: networking.istio.io/v1alpha3
                kind: VirtualService
                metadata: {name: ratings, namespace: shop}
                spec:
                  hosts: [ratings.shop.svc.cluster.local]
                  http: [{route: [{destination: {host: ratings.shop.svc.cluster.local, subset: nobody}}]}]
                """;
        var unhealthy =
                "istio_requests_total{reporter=\"source\",destination_service=\"ratings.shop.svc.cluster.local\",response_code=\"503\",response_flags=\"UH\"}";
        var unhealthyBefore = sum(mesh, unhealthy);
        try (var nobody = Applied.text(mesh, "nobody.yaml", empty)) {
            var tally =
                    Load.send(
                            mesh.outboundProxy("reviews-v2"),
                            "/ratings/1",
                            Shop.to("ratings"),
                            2,
                            20);
            assertThat(tally.count(503)).as(tally.toString()).isEqualTo(20);
        }
        await().atMost(PUSHED)
                .untilAsserted(
                        () -> assertThat(sum(mesh, unhealthy) - unhealthyBefore).isEqualTo(20));
    }

    @Test
    void nothingIsLostWhilePrometheusIsAway(MeshUnderTest mesh) {
        var requests =
                "istio_requests_total{reporter=\"destination\",source_workload=\"storefront-v1\",destination_workload=\"details-v1\"}";
        Load.send(mesh.outboundProxy("storefront-v1"), "/details/1", Shop.to("details"), 2, 10);
        await().atMost(PUSHED).untilAsserted(() -> assertThat(sum(mesh, requests)).isPositive());
        var before = settled(mesh, requests);

        mesh.kill("prometheus");
        var away = Instant.now();
        var load =
                Load.start(
                        mesh.outboundProxy("storefront-v1"),
                        "/details/1",
                        Shop.to("details"),
                        2,
                        Duration.ofMillis(20));
        await().atMost(Duration.ofSeconds(45))
                .pollInterval(Duration.ofMillis(250))
                .until(() -> Duration.between(away, Instant.now()).toSeconds() >= 30);
        var tally = load.stop();
        mesh.restart("prometheus").orFail();

        assertThat(tally.failed()).as(tally.toString()).isZero();
        await().atMost(PUSHED)
                .untilAsserted(
                        () -> assertThat(sum(mesh, requests) - before).isEqualTo(tally.sent()));
    }

    /// The sum once nothing is on its way any more: after two pushes (5 s each) without a change.
    private static double settled(MeshUnderTest mesh, String query) {
        var last = new double[] {sum(mesh, query)};
        var since = new Instant[] {Instant.now()};
        await().atMost(PUSHED)
                .pollInterval(Duration.ofMillis(500))
                .until(() -> {
                    var now = sum(mesh, query);
                    if (now != last[0]) {
                        last[0] = now;
                        since[0] = Instant.now();
                    }
                    return Duration.between(since[0], Instant.now()).toSeconds() >= 11;
                });
        return last[0];
    }

    private static java.util.List<Sample> query(MeshUnderTest mesh, String query) {
        return PrometheusProcess.query(mesh.prometheus(), query);
    }

    /// With the series of a Mixer that was killed some minutes before: an instant query forgets those after five minutes.
    private static double sum(MeshUnderTest mesh, String query) {
        return query(mesh, "sum(last_over_time(" + query + "[1h]))").stream()
                .mapToDouble(Sample::value)
                .sum();
    }
}
