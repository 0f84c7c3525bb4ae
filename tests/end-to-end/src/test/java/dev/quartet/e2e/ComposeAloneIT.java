package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.Command;
import dev.quartet.testkit.ComposeMesh;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// `docker compose up -d SERVICE`: with what its `depends_on` brings and nothing else, a service does what it can, and its health check says what it waits for.
@Tag("compose")
@ExtendWith(Progress.class)
class ComposeAloneIT {
    private static final Duration READY = Duration.ofSeconds(60);

    private ComposeMesh mesh;

    @BeforeEach
    void nothingRuns() {
        mesh = ComposeMesh.prepare();
    }

    @AfterEach
    void nothingIsLeft() {
        mesh.close();
        assertThat(mesh.left()).isEmpty();
    }

    @Test
    void citadelNeedsNobodyAndIssues() {
        up("citadel");
        assertThat(running()).containsExactly("citadel");
        ready("citadel");

        // whoever asks with a token has a certificate at once
        compose("up", "-d", "pilot");

        await().atMost(READY)
                .untilAsserted(() ->
                        assertThat(mesh.mesh("", "status").output())
                                .contains("istio-system/istio-pilot-service-account"));
    }

    @Test
    void galleyJudgesWithCitadelAlone() {
        up("galley");
        assertThat(running()).containsExactly("citadel", "galley");
        ready("galley");

        var strict = mesh.mesh("", "apply", "--no-wait", "-f", "samples/bookshop/strict-mtls.yaml");
        assertThat(strict.orFail().output()).contains("PeerAuthentication shop/default created");
        var refused = mesh.mesh(Shop.allReviewsTo("v9"), "apply", "-f", "-");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.output()).contains("SubsetNotFound", "v9");
    }

    @Test
    void pilotWaitsForGalleyAndThenServes() {
        up("pilot");
        assertThat(running()).containsExactly("citadel", "pilot");
        waitsFor("pilot", "config from Galley at galley:9901");

        compose("up", "-d", "galley");
        ready("pilot");

        // a proxy gets all that it is for: the gateway's port opens
        compose("up", "-d", "ingressgateway");
        await().atMost(READY)
                .untilAsserted(() ->
                        assertThat(mesh.mesh("", "status").output())
                                .containsPattern("ingressgateway\\S* +SYNCED"));
    }

    @Test
    void mixerWaitsForGalleyAndThenServes() {
        up("mixer");
        assertThat(running()).containsExactly("citadel", "mixer");
        waitsFor("mixer", "config from Galley at galley:9901");

        compose("up", "-d", "galley");
        ready("mixer");
    }

    /// Without Citadel too: what each waits for first.
    @Test
    void withoutCitadelEachWaitsForItsCertificate() {
        compose("up", "-d", "--no-deps", "init-trust");
        await().atMost(READY)
                .until(() -> mesh.inspect("init-trust", "{{.State.Status}}").equals("exited"));
        compose("up", "-d", "--no-deps", "pilot", "mixer");

        waitsFor("pilot", "a certificate from Citadel at citadel:8060");
        waitsFor("mixer", "a certificate from Citadel at citadel:8060");
    }

    private void up(String service) {
        compose("up", "-d", service);
    }

    private void compose(String... arguments) {
        mesh.compose(arguments).orFail();
    }

    private List<String> running() {
        return mesh.compose("ps", "--services", "--filter", "status=running")
                .orFail()
                .output()
                .lines()
                .filter(line -> !line.isBlank())
                .sorted()
                .toList();
    }

    private void ready(String service) {
        await().atMost(READY)
                .untilAsserted(() ->
                        assertThat(mesh.health(service)).isEqualTo(new Command.Result(0, "UP\n")));
    }

    /// As the health check says, and as `docker inspect` shows it.
    private void waitsFor(String service, String what) {
        await().atMost(READY)
                .untilAsserted(() -> {
                    var health = mesh.health(service);
                    assertThat(health.exitCode()).isEqualTo(1);
                    assertThat(health.output()).startsWith("waits for: ").contains(what);
                });
        await().atMost(READY)
                .untilAsserted(() ->
                        assertThat(
                                        mesh.inspect(
                                                service,
                                                "{{range .State.Health.Log}}{{.Output}}{{end}}"))
                                .contains(what));
    }
}
