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
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The ingress gateway of `k8s/gateway`, which no injector makes: the system's namespace gets no sidecars.
class GatewayManifestTest {
    private static final Path FOLDER = Path.of("../../k8s/gateway/manifests");
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String ACCOUNTS = "spiffe://cluster.local/ns/istio-system/sa/";

    private static final BootstrapSpec SPEC =
            new BootstrapSpec(
                    Role.GATEWAY,
                    new Workload(
                            "istio-ingressgateway",
                            "istio-system",
                            "istio-ingressgateway-service-account",
                            "$(POD_NAME)",
                            List.of("$(POD_IP)"),
                            Map.of("app", "istio-ingressgateway", "istio", "ingressgateway"),
                            null),
                    new Traffic.Explicit(null, Map.of()),
                    new Address("127.0.0.1", 15_000),
                    new Address("0.0.0.0", 15_020),
                    new Server(
                            new Address("istio-pilot.istio-system.svc", 15_011),
                            ACCOUNTS + "istio-pilot-service-account"),
                    new Server(
                            new Address("istio-citadel.istio-system.svc", 8060),
                            ACCOUNTS + "istio-citadel-service-account"),
                    SharedFiles.TRUST,
                    new Process(2, Duration.ofSeconds(5), "warning"));

    @Test
    void theCommittedFilesAreWhatTheSpecSays() throws IOException {
        SharedFiles.assertCommitted(SPEC, FOLDER);
    }

    @Test
    void theDeploymentStartsItWithItsOwnArguments() throws IOException {
        var pod = deployment().at("/spec/template");
        var arguments =
                pod.at("/spec/containers/0/args").valueStream().map(JsonNode::asString).toList();

        SharedFiles.assertArguments(SPEC, arguments);
        SPEC.workload()
                .labels()
                .forEach((name, value) ->
                        assertThat(pod.at("/metadata/labels").path(name).asString())
                                .as("the pod's label " + name)
                                .isEqualTo(value));
        assertThat(pod.at("/spec/serviceAccountName").asString())
                .isEqualTo(SPEC.workload().serviceAccount());
    }

    private static JsonNode deployment() throws IOException {
        try (var in = Files.newInputStream(FOLDER.resolve("deployment.yaml"))) {
            return JSON.valueToTree(
                    requireNonNull(
                            new Load(LoadSettings.builder().build()).loadFromInputStream(in)));
        }
    }
}
