package dev.quartet.bootstrap;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.bootstrap.BootstrapSpec.Address;
import dev.quartet.bootstrap.BootstrapSpec.Process;
import dev.quartet.bootstrap.BootstrapSpec.Role;
import dev.quartet.bootstrap.BootstrapSpec.Server;
import dev.quartet.bootstrap.BootstrapSpec.Traffic;
import dev.quartet.bootstrap.BootstrapSpec.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// The proxies of `docker-compose.yml`: one bootstrap file for all, in `docker/envoy`, and the arguments of each.
class ComposeFilesTest {
    private static final Path ROOT = Path.of("../..");

    static Stream<BootstrapSpec> proxies() {
        return Stream.of(
                sidecar("storefront", "v1"),
                sidecar("details", "v1"),
                sidecar("ratings", "v1"),
                sidecar("reviews", "v1"),
                sidecar("reviews", "v2"),
                sidecar("reviews", "v3"),
                spec(
                        Role.GATEWAY,
                        new Workload(
                                "ingressgateway",
                                "istio-system",
                                "istio-ingressgateway-service-account",
                                "ingressgateway-1",
                                List.of("0.0.0.0"),
                                Map.of("app", "ingressgateway", "istio", "ingressgateway"),
                                "ingressgateway"),
                        new Traffic.Explicit(null, Map.of())));
    }

    private static BootstrapSpec sidecar(String app, String version) {
        var name = app + "-" + version;
        return spec(
                Role.SIDECAR,
                new Workload(
                        name,
                        "shop",
                        app,
                        name + "-1",
                        // not known before the container runs; Pilot takes the stream's
                        List.of("0.0.0.0"),
                        Map.of("app", app, "version", version),
                        name),
                new Traffic.Redirect());
    }

    private static BootstrapSpec spec(Role role, Workload workload, Traffic traffic) {
        var accounts = "spiffe://cluster.local/ns/istio-system/sa/";
        return new BootstrapSpec(
                role,
                workload,
                traffic,
                new Address("127.0.0.1", 15000),
                new Address("0.0.0.0", 15020),
                new Server(new Address("pilot", 15011), accounts + "istio-pilot-service-account"),
                new Server(
                        new Address("citadel", 8060), accounts + "istio-citadel-service-account"),
                SharedFiles.TRUST,
                Process.DEFAULT);
    }

    @ParameterizedTest
    @MethodSource("proxies")
    void allProxiesShareTheCommittedFiles(BootstrapSpec spec) throws IOException {
        SharedFiles.assertCommitted(spec, ROOT.resolve("docker/envoy"));
    }

    @ParameterizedTest
    @MethodSource("proxies")
    void composeStartsEachWithItsOwnArguments(BootstrapSpec spec) throws IOException {
        SharedFiles.assertArguments(spec, command(service(spec)));
    }

    @Test
    void thereIsNoOtherProxy() throws IOException {
        var proxies = new ArrayList<String>();
        services()
                .forEach((name, service) -> {
                    if (String.valueOf(service.get("command")).contains("--service-node")) {
                        proxies.add(name);
                    }
                });

        assertThat(proxies)
                .containsExactlyInAnyOrderElementsOf(
                        proxies().map(ComposeFilesTest::service).toList());
    }

    private static String service(BootstrapSpec spec) {
        return spec.workload().name() + (spec.role() == Role.SIDECAR ? "-proxy" : "");
    }

    @SuppressWarnings("unchecked")
    private static List<String> command(String service) throws IOException {
        return (List<String>)
                requireNonNull(requireNonNull(services().get(service)).get("command"));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Map<String, Object>> services() throws IOException {
        try (var in = Files.newInputStream(ROOT.resolve("docker-compose.yml"))) {
            var compose =
                    (Map<String, Object>)
                            new Load(
                                            LoadSettings.builder()
                                                    .setMaxAliasesForCollections(500)
                                                    .build())
                                    .loadFromInputStream(in);
            return (Map<String, Map<String, Object>>) requireNonNull(compose.get("services"));
        }
    }
}
