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

/// Certificates that live a minute, under load for five minutes (`-Dsoak.minutes`), most of them without Pilot: on a mesh of its own, beside
/// the other tests. Hardening cases 38 and 44.
@Tag("slow")
@Tag("soak")
@Execution(ExecutionMode.CONCURRENT)
class CertificateRenewalIT {
    private static final Duration WATCHED = Duration.ofMinutes(Long.getLong("soak.minutes", 5));

    /// At its beginning and at its end Pilot is there.
    private static final Duration WITH_PILOT = Duration.ofMinutes(1);

    private static final Duration BACK = Duration.ofSeconds(60);
    private static final Pattern SERIAL =
            Pattern.compile("\"serial_number\"\\s*:\\s*\"([0-9a-f]+)\"");
    private static final Pattern REFUSED =
            Pattern.compile("cluster\\.xds-grpc\\.upstream_cx_connect_fail: ([0-9]+)");

    @Test
    void certificatesRenewWithoutAFailedRequestWithAndWithoutPilot() {
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
                watch(mesh, WITH_PILOT, serials);
                mesh.kill("pilot");
                var away = new TreeMap<String, Set<String>>();
                watch(mesh, WATCHED.minus(WITH_PILOT.multipliedBy(2)), away);
                var attempts = attempts(mesh);
                mesh.restart("pilot").orFail();
                mesh.awaitInSync(BACK);
                watch(mesh, WITH_PILOT, serials);
                var first = kept.stop();
                var second = fresh.stop();

                assertThat(first.failed()).as(first.toString()).isZero();
                assertThat(second.failed()).as(second.toString()).isZero();
                assertThat(first.sent() + second.sent()).isGreaterThan(WATCHED.toSeconds() * 6);
                // The root counts as one; at half life there are about two leaves in a minute.
                assertRenewed(away, 1 + WATCHED.minus(WITH_PILOT.multipliedBy(2)).toMinutes());
                assertRenewed(serials, 1 + WITH_PILOT.multipliedBy(2).toMinutes());
                // Each tries again and again, none without a pause, and not all in step.
                assertThat(attempts).hasSameSizeAs(MeshUnderTest.sidecars());
                assertThat(attempts.values())
                        .allSatisfy(tried ->
                                assertThat(tried)
                                        .isBetween(
                                                WATCHED.toSeconds() / 15, WATCHED.toSeconds() * 2));
                assertThat(new HashSet<>(attempts.values()))
                        .as("%s", attempts)
                        .hasSizeGreaterThan(1);
            }
            // It does its work again: a change reaches all proxies.
            try (var _ = Applied.sample(mesh, "route-by-header.yaml")) {
                mesh.awaitInSync(BACK);
            }
        }
    }

    private static void assertRenewed(Map<String, Set<String>> serials, long least) {
        assertThat(serials).hasSameSizeAs(MeshUnderTest.sidecars());
        assertThat(serials)
                .allSatisfy((workload, seen) ->
                        assertThat((long) seen.size()).as(workload).isGreaterThanOrEqualTo(least));
    }

    /// Notes the certificates that proxies have meanwhile.
    private static void watch(MeshUnderTest mesh, Duration time, Map<String, Set<String>> serials) {
        var end = Instant.now().plus(time);
        await().atMost(time.plusMinutes(1))
                .pollInterval(Duration.ofSeconds(2))
                .until(() -> {
                    for (var workload : MeshUnderTest.sidecars()) {
                        SERIAL.matcher(envoy(mesh, workload, "/certs"))
                                .results()
                                .forEach(found ->
                                        serials.computeIfAbsent(workload, _ -> new HashSet<>())
                                                .add(found.group(1)));
                    }
                    return Instant.now().isAfter(end);
                });
    }

    /// How often each proxy found no Pilot.
    private static Map<String, Long> attempts(MeshUnderTest mesh) {
        var attempts = new TreeMap<String, Long>();
        for (var workload : MeshUnderTest.sidecars()) {
            REFUSED.matcher(
                            envoy(
                                    mesh,
                                    workload,
                                    "/stats?filter=xds-grpc.upstream_cx_connect_fail"))
                    .results()
                    .forEach(found -> attempts.put(workload, Long.parseLong(found.group(1))));
        }
        return attempts;
    }

    private static String envoy(MeshUnderTest mesh, String workload, String path) {
        return PlainHttp.get(mesh.envoyAdmin(workload), path, Map.of()).body();
    }
}
