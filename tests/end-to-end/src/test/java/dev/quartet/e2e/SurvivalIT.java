package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.Load;
import dev.quartet.testkit.MeshUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// Services that are killed, under load that needs no policy.
@ExtendWith(SharedMesh.class)
class SurvivalIT {
    static final List<String> SERVICES = MeshUnderTest.SERVICES;
    private static final Duration BACK = Duration.ofSeconds(60);

    @ParameterizedTest
    @FieldSource("SERVICES")
    void killedServiceCostsNoRequestAndComesBackInSync(String service, MeshUnderTest mesh) {
        mesh.awaitInSync(BACK);
        try (var load = load(mesh)) {
            mesh.kill(service);
            requestsGoOn(load, 150);
            mesh.restart(service).orFail();
            mesh.awaitInSync(BACK);
            requestsGoOn(load, 50);

            var tally = load.stop();
            assertThat(tally.failed()).as(tally.toString()).isZero();
        }
        // It does its work again: a change reaches all proxies.
        try (var route = Applied.sample(mesh, "route-by-header.yaml")) {
            assertThat(Shop.reviewsVersion(Shop.page(mesh, Map.of("end-user", "jason")).body()))
                    .isEqualTo("v2");
        }
    }

    /// Hardening case 40: Galley (and Citadel) down; who starts meanwhile does so with what it has on disk.
    @Test
    void pilotAndMixerComeBackWhileGalleyAndCitadelAreDown(MeshUnderTest mesh) {
        mesh.awaitInSync(BACK);
        var proxies = MeshUnderTest.sidecars().size() + 1;
        try (var deny = Applied.sample(mesh, "deny-reviews-v3.yaml");
                var all = Applied.text(mesh, "all-to-v3.yaml", Shop.allReviewsTo("v3"));
                var load =
                        Load.start(
                                mesh.outboundProxy("storefront-v1"),
                                "/details/1",
                                Shop.to("details"),
                                2,
                                Duration.ofMillis(10))) {
            mesh.kill("galley");
            mesh.kill("citadel");
            try {
                for (var service : List.of("pilot", "mixer")) {
                    mesh.kill(service);
                    requestsGoOn(load, 50);
                    mesh.restart(service).orFail();
                    await().atMost(BACK).until(() -> mesh.ready(service));
                }
                await().atMost(BACK)
                        .untilAsserted(() ->
                                assertThat(mesh.proxyStates())
                                        .hasSize(proxies)
                                        .allSatisfy((_, state) ->
                                                assertThat(state).isEqualTo("SYNCED")));
                assertThat(Shop.call(mesh, "storefront-v1", "reviews", Map.of()).status())
                        .as("Mixer still denies")
                        .isEqualTo(403);
                assertThat(mesh.rest("pilot", "GET", "/admin/v1/status", null).body())
                        .as("the age of the config is visible")
                        .containsPattern("(?i)age");
                requestsGoOn(load, 50);
            } finally {
                mesh.restart("citadel").orFail();
                mesh.restart("galley").orFail();
            }
            mesh.awaitInSync(BACK);

            var tally = load.stop();
            assertThat(tally.failed()).as(tally.toString()).isZero();
        }
    }

    /// Hardening case 36: a Pilot that knows nothing yet is not ready and pushes nothing; the proxies keep what they have.
    @Test
    void pilotWithoutConfigPushesNothing(MeshUnderTest mesh) throws IOException {
        mesh.awaitInSync(BACK);
        try (var load = load(mesh)) {
            Signals.send(mesh.pid("galley"), "STOP");
            CompletableFuture<MeshUnderTest.Result> starting;
            try {
                mesh.kill("pilot");
                // Its last config is gone; that workloads exist it remembers.
                Files.delete(mesh.home().resolve("state/pilot/config-stream/last-good-config"));
                starting = CompletableFuture.supplyAsync(() -> mesh.restart("pilot"));
                await("Pilot is there").atMost(BACK).until(() -> answers(mesh, "pilot"));
                requestsGoOn(load, 200);
                assertThat(mesh.ready("pilot")).isFalse();
            } finally {
                Signals.send(mesh.pid("galley"), "CONT");
            }
            starting.join().orFail();
            mesh.awaitInSync(BACK);
            var tally = load.stop();
            assertThat(tally.failed()).as(tally.toString()).isZero();
        }
    }

    /// A Pilot whose disk is lost does not know who is there: the proxies keep their endpoints until all can be back.
    @Test
    void pilotThatLostItsDiskTakesNoEndpointAway(MeshUnderTest mesh) throws IOException {
        mesh.awaitInSync(BACK);
        try (var load = load(mesh)) {
            mesh.kill("pilot");
            var state = mesh.home().resolve("state/pilot");
            Files.deleteIfExists(state.resolve("presences")); // none yet in its first seconds
            Files.delete(state.resolve("config-stream/last-good-config"));

            mesh.restart("pilot").orFail();
            mesh.awaitInSync(BACK);
            requestsGoOn(load, 100);

            var tally = load.stop();
            assertThat(tally.failed()).as(tally.toString()).isZero();
        }
    }

    /// Hardening case 46: `kill -9` in the middle of writes. What was answered is there, what was not is whole or not there.
    @Test
    void galleyKilledWhileItWritesKeepsAWholeConfig(MeshUnderTest mesh) {
        mesh.awaitInSync(BACK);
        try {
            for (var round = 0; round < 3; round++) {
                var confirmed = new java.util.concurrent.atomic.AtomicInteger(-1);
                var kill = round;
                var writer =
                        Thread.ofVirtual()
                                .start(() -> {
                                    for (var i = 0; i < 500; i++) {
                                        try {
                                            if (mesh.rest(
                                                                    "galley",
                                                                    "POST",
                                                                    "/admin/v1/config/apply",
                                                                    ApplyIT.json(
                                                                            both(kill * 1000 + i)))
                                                            .status()
                                                    == 200) {
                                                confirmed.set(kill * 1000 + i);
                                            }
                                        } catch (java.io.UncheckedIOException _) {
                                            return; // killed
                                        }
                                    }
                                });
                await().pollInterval(Duration.ofMillis(20))
                        .until(() -> confirmed.get() >= kill * 1000 + 5);
                mesh.kill("galley");
                join(writer);
                mesh.restart("galley").orFail();
                await().atMost(BACK).until(() -> mesh.ready("galley"));

                var first = marker(mesh, "one");
                assertThat(first)
                        .as("both resources of a set are of the same apply")
                        .isEqualTo(marker(mesh, "two"));
                assertThat(first)
                        .as("what was confirmed is there")
                        .isBetween(confirmed.get(), confirmed.get() + 1);
            }
        } finally {
            Applied.clear(mesh);
        }
        mesh.awaitInSync(BACK);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private static String both(int marker) {
        return workloadEntry("one", marker) + "---\n" + workloadEntry("two", marker);
    }

    private static String workloadEntry(String name, int marker) {
        return """
        apiVersion: networking.istio.io/v1alpha3
        kind: WorkloadEntry
        metadata: {name: %s, namespace: shop}
        spec:
          address: 127.0.0.9
          labels: {app: nobody, marker: m%d}
        """
                .formatted(name, marker);
    }

    private static int marker(MeshUnderTest mesh, String name) {
        var body =
                mesh.rest("galley", "GET", "/admin/v1/config/workloadentries/shop/" + name, null)
                        .body();
        var matcher =
                java.util.regex.Pattern.compile("\"marker\"\\s*:\\s*\"m(\\d+)\"").matcher(body);
        assertThat(matcher.find()).as(body).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    private static Load load(MeshUnderTest mesh) {
        return Load.start(mesh.gateway(), "/storefront", Map.of(), 2, Duration.ofMillis(20));
    }

    private static void requestsGoOn(Load load, int more) {
        var before = load.tally().sent();
        await().atMost(Duration.ofSeconds(60)).until(() -> load.tally().sent() > before + more);
    }

    private static boolean answers(MeshUnderTest mesh, String service) {
        try {
            dev.quartet.testkit.PlainHttp.get(
                    mesh.rest(service), "/actuator/health/liveness", Map.of());
            return true;
        } catch (java.io.UncheckedIOException _) {
            return false;
        }
    }
}
