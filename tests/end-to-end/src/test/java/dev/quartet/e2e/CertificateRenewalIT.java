package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.EnvoyBinary;
import dev.quartet.testkit.Load;
import dev.quartet.testkit.MeshUnderTest;
import dev.quartet.testkit.PlainHttp;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Certificates that live a minute, under load for five: on a mesh of its own, beside the other tests.
@Tag("slow")
@Execution(ExecutionMode.CONCURRENT)
class CertificateRenewalIT {
    private static final Duration WATCHED = Duration.ofMinutes(5);
    private static final Pattern SERIAL =
            Pattern.compile("\"serial_number\"\\s*:\\s*\"([0-9a-f]+)\"");

    @Test
    void certificatesRenewUnderLoadWithoutAFailedRequest() {
        EnvoyBinary.required();
        try (var mesh =
                MeshUnderTest.up(
                        "--no-caches",
                        "--without",
                        "prometheus",
                        "--set",
                        "citadel.quartet.citadel.workload-cert-ttl=60s")) {
            mesh.apply("samples/bookshop/strict-mtls.yaml").orFail();
            // One load on kept connections, one that opens a connection per request, so that
            // handshakes happen with every certificate.
            try (var kept =
                            Load.start(
                                    mesh.gateway(),
                                    "/storefront",
                                    Map.of(),
                                    1,
                                    Duration.ofMillis(60));
                    var fresh =
                            Load.start(
                                    mesh.outboundProxy("storefront-v1"),
                                    "/details/1",
                                    Shop.to("details", Map.of("Connection", "close")),
                                    1,
                                    Duration.ofMillis(60))) {
                var serials = new TreeMap<String, Set<String>>();
                var end = Instant.now().plus(WATCHED);
                await().atMost(WATCHED.plusMinutes(1))
                        .pollInterval(Duration.ofSeconds(2))
                        .until(() -> {
                            for (var workload : MeshUnderTest.sidecars()) {
                                var matcher =
                                        SERIAL.matcher(
                                                PlainHttp.get(
                                                                mesh.envoyAdmin(workload),
                                                                "/certs",
                                                                Map.of())
                                                        .body());
                                while (matcher.find()) {
                                    serials.computeIfAbsent(workload, _ -> new HashSet<>())
                                            .add(matcher.group(1));
                                }
                            }
                            return Instant.now().isAfter(end);
                        });
                var first = kept.stop();
                var second = fresh.stop();

                assertThat(first.failed()).as(first.toString()).isZero();
                assertThat(second.failed()).as(second.toString()).isZero();
                assertThat(first.sent() + second.sent()).isGreaterThan(2000);
                assertThat(serials).hasSameSizeAs(MeshUnderTest.sidecars());
                // The root counts as one; at half life there are about ten leaves in five minutes.
                assertThat(serials)
                        .allSatisfy((workload, seen) ->
                                assertThat(seen.size()).as(workload).isGreaterThanOrEqualTo(7));
            }
            mesh.awaitInSync(Duration.ofSeconds(30));
        }
    }
}
