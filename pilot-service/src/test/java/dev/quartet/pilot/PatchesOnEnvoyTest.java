package dev.quartet.pilot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.pilot.admin.PilotView;
import dev.quartet.pilot.ingest.InputLoop;
import dev.quartet.pilot.xds.AdsServer;
import dev.quartet.pilot.xds.ConnectionStatus;
import dev.quartet.testkit.EnvoyProcess;
import dev.quartet.testkit.FreePorts;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

/// Patches that a stock Envoy refuses are left out and told, whatever else there is, and the others are in force.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PatchesOnEnvoyTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /// Envoy compiles scripts when it takes a listener.
    private static final String BROKEN = "function envoy_on_request(";

    private static final String GOOD = "function envoy_on_request(handle) end";

    @TempDir private static Path folder;
    private ConfigurableApplicationContext pilot;
    private Server citadel;
    private EnvoyProcess envoy;
    private int revisions;

    @BeforeAll
    void start() throws Exception {
        var xds = FreePorts.one();
        citadel =
                NettyServerBuilder.forAddress(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .directExecutor()
                        .addService(new TestSecrets())
                        .build()
                        .start();
        pilot =
                StandalonePilot.start(
                        folder,
                        "--quartet.pilot.plaintext-xds=true",
                        "--quartet.pilot.plaintext-xds-port=" + xds);
        publish();
        envoy =
                EnvoyProcess.start(
                        TestBootstrap.of(
                                Meshes.sidecar("reviews-v1", "127.1.0.1"),
                                xds,
                                citadel.getPort(),
                                "DELTA_GRPC"));
        awaitInForce();
    }

    @AfterAll
    void stop() throws InterruptedException {
        if (envoy != null) {
            envoy.close();
        }
        if (pilot != null) {
            pilot.close();
        }
        if (citadel != null) {
            citadel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void onePatchThatIsRefusedIsLeftOutAndTold() {
        publish(filter("lua", script("broken", BROKEN)));

        awaitInForce();

        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(problems())
                                .singleElement()
                                .satisfies(problem -> {
                                    assertThat(place(problem))
                                            .isEqualTo("shop/lua spec.configPatches[0]");
                                    assertThat(problem.fault())
                                            .startsWith("reviews-v1-1.shop refuses lds")
                                            .contains("script load error");
                                }));
        await().atMost(LIMIT).until(() -> !envoy.configDump().contains("broken"));

        publish(filter("lua", script("mended", GOOD)));

        awaitHeld("mended");
        await().atMost(LIMIT).until(() -> problems().isEmpty());
    }

    @Test
    void ofSeveralPatchesOfOneListenerTheRightOneIsFound() {
        publish(
                filter("a", script("good-1", GOOD), script("good-2", GOOD)),
                filter("b", script("good-3", GOOD), script("broken", BROKEN)),
                filter("c", script("good-4", GOOD)));

        awaitHeld("good-1", "good-2", "good-3", "good-4");
        awaitInForce();
        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(problems())
                                .extracting(PatchesOnEnvoyTest::place)
                                .containsExactly("shop/b spec.configPatches[1]"));
        await().atMost(LIMIT).until(() -> !envoy.configDump().contains("broken"));
    }

    @Test
    void twoThatAreRefusedAreBothFound() {
        publish(
                filter("a", script("broken-1", BROKEN), script("good-1", GOOD)),
                filter("b", script("broken-2", BROKEN), script("good-2", GOOD)));

        awaitHeld("good-1", "good-2");
        awaitInForce();
        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(problems())
                                .extracting(PatchesOnEnvoyTest::place)
                                .containsExactlyInAnyOrder(
                                        "shop/a spec.configPatches[0]",
                                        "shop/b spec.configPatches[0]"));
    }

    @Test
    void whatIsNoneOfEnvoysIsLeftOutAndTold() {
        publish(
                filter(
                        "old",
                        """
                        {applyTo: HTTP_FILTER, match: {context: SIDECAR_OUTBOUND}, patch: {operation: ADD, value:
                          {name: old, typed_config: {"@type": type.googleapis.com/envoy.config.filter.http.lua.v2.Lua, inline_code: ""}}}}
                        """,
                        script("beside-it", GOOD)));

        awaitHeld("beside-it");
        awaitInForce();
        assertThat(problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.path().text())
                            .isEqualTo("spec.configPatches[0].patch.value");
                    assertThat(problem.fault())
                            .isEqualTo(
                                    "no HTTP_FILTER can be read from it: type.googleapis.com/envoy.config.filter.http.lua.v2.Lua is of Envoy's API v2, which no Envoy of today reads");
                });
    }

    private static String place(Problem problem) {
        return Objects.requireNonNull(problem.resource()).namespacedName()
                + " "
                + problem.path().text();
    }

    private void awaitHeld(String... filters) {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(envoy.configDump()).contains(filters));
    }

    private void awaitInForce() {
        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(pilot.getBean(AdsServer.class).progress())
                                .singleElement()
                                .satisfies(proxy -> {
                                    assertThat(proxy.state())
                                            .as("%s", proxy)
                                            .isEqualTo(ConnectionStatus.State.SYNCED);
                                    assertThat(proxy.revisionInForce()).isEqualTo("r" + revisions);
                                }));
    }

    private List<Problem> problems() {
        return pilot.getBean(PilotView.class).problems().stream()
                .filter(problem -> problem.reason() == Reason.PATCH_NOT_IN_FORCE)
                .toList();
    }

    private void publish(String... filters) {
        revisions++;
        pilot.getBean(InputLoop.class)
                .onSnapshot(
                        Meshes.config(
                                "r" + revisions,
                                Stream.concat(
                                                Stream.of(Meshes.service("reviews", "v1")),
                                                Stream.of(filters))
                                        .toArray(String[]::new)));
    }

    private static String filter(String name, String... patches) {
        return """
        apiVersion: networking.istio.io/v1alpha3
        kind: EnvoyFilter
        metadata: {name: %s, namespace: shop}
        spec: {configPatches: [%s]}
        """
                .formatted(name, String.join(",", patches));
    }

    private static String script(String name, String code) {
        return """
        {applyTo: HTTP_FILTER, match: {context: SIDECAR_OUTBOUND}, patch: {operation: ADD, value:
          {name: %s, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua, default_source_code: {inline_string: "%s"}}}}}
        """
                .formatted(name, code);
    }
}
