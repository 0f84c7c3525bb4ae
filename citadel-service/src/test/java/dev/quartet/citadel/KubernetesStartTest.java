package dev.quartet.citadel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quartet.admin.MetricsServer;
import dev.quartet.admin.StartupFailure;
import dev.quartet.citadel.authenticate.Authentication;
import dev.quartet.citadel.authenticate.ForeignTokens;
import dev.quartet.citadel.credential.CredentialFolder;
import dev.quartet.citadel.credential.Credentials;
import dev.quartet.citadel.kube.SecretCredentials;
import dev.quartet.citadel.root.RootAuthority;
import dev.quartet.identity.SpiffeId;
import dev.quartet.testkit.ApiServerProcess;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/// The whole service with profile `kubernetes`, beside a real apiserver, with the rights that `k8s/citadel` gives it.
@Tag("apiserver")
class KubernetesStartTest {

    private static final String KUBECONFIG = "kubeconfig";

    private static final String ACCOUNT = "istio-citadel-service-account";

    @TempDir static Path folder;
    private static ApiServerProcess apiServer;
    private static KubernetesClient client;

    @BeforeAll
    static void start() throws IOException {
        apiServer = ApiServerProcess.create();
        client =
                new KubernetesClientBuilder()
                        .withConfig(Config.fromKubeconfig(Files.readString(apiServer.kubeconfig())))
                        .build();
        client.resource(
                        new NamespaceBuilder()
                                .withNewMetadata()
                                .withName("istio-system")
                                .endMetadata()
                                .build())
                .create();
        applyStrictly(Path.of("../k8s/citadel/manifests"));
        System.setProperty(KUBECONFIG, kubeconfig(token(null)).toString());
    }

    private static void applyStrictly(Path manifests) throws IOException {
        for (var file : List.of("rbac.yaml", "deployment.yaml", "service.yaml")) {
            try (var in = Files.newInputStream(manifests.resolve(file))) {
                for (var object : client.load(in).items()) {
                    client.resource(object)
                            .fieldValidation(FieldValidateable.Validation.STRICT)
                            .create();
                }
            }
        }
    }

    /// @param audience null: the apiserver itself
    private static String token(@Nullable String audience) {
        return client.serviceAccounts()
                .inNamespace("istio-system")
                .withName(ACCOUNT)
                .tokenRequest(
                        new TokenRequestBuilder()
                                .withNewSpec()
                                .withAudiences(audience == null ? List.of() : List.of(audience))
                                .endSpec()
                                .build())
                .getStatus()
                .getToken();
    }

    private static Path kubeconfig(String token) throws IOException {
        return Files.writeString(
                folder.resolve("kubeconfig"),
                Files.readString(apiServer.kubeconfig())
                        .replaceAll("token: .*", "token: " + token));
    }

    @AfterAll
    static void stop() {
        System.clearProperty(KUBECONFIG);
        if (client != null) {
            client.close();
            apiServer.close();
        }
    }

    private ConfigurableApplicationContext citadel(String state) {
        return SpringApplication.run(
                CitadelApplication.class,
                "--spring.profiles.active=kubernetes",
                "--server.port=0",
                "--quartet.metrics.port=0",
                "--quartet.citadel.grpc-port=0",
                "--quartet.bind-address=127.0.0.1",
                "--quartet.admin.tls.from-identity=false",
                "--quartet.state-dir=" + folder.resolve(state));
    }

    /// A replica that comes later, on a disk of its own, has the same root.
    @Test
    void startsReadyWithTheClustersRootAndEndsOnABrokenOne() throws Exception {
        String pem;
        try (var one = citadel("one");
                var two = citadel("two")) {
            pem = one.getBean(RootAuthority.class).pem();

            assertThat(two.getBean(RootAuthority.class).pem()).isEqualTo(pem);
            assertThat(readiness(one)).isEqualTo(200);
            assertThat(one.getBean(ForeignTokens.class).judge(token("istio-ca")))
                    .isInstanceOfSatisfying(
                            Authentication.Proved.class,
                            proved ->
                                    assertThat(proved.caller().id())
                                            .isEqualTo(SpiffeId.citadel("cluster.local")));
            assertThat(one.getBean(Credentials.class)).isInstanceOf(SecretCredentials.class);
            assertThat(one.getBeanProvider(CredentialFolder.class).getIfAvailable()).isNull();
            assertThat(folder.resolve("one/root.pem")).doesNotExist();
            assertThat(folder.resolve("one/token-key.jwk")).doesNotExist();
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() ->
                            assertThat(
                                            client.configMaps()
                                                    .inNamespace("istio-system")
                                                    .withName("istio-ca-root-cert")
                                                    .get())
                                    .isNotNull()
                                    .satisfies(map ->
                                            assertThat(map.getData())
                                                    .containsEntry("root-cert.pem", pem)));
        }
        client.secrets()
                .inNamespace("istio-system")
                .withName("istio-ca-secret")
                .edit(secret -> {
                    secret.setData(Map.of("ca-cert.pem", "", "ca-key.pem", ""));
                    return secret;
                });

        assertThatThrownBy(() -> citadel("three"))
                .hasStackTraceContaining(
                        "Citadel's state can't be used: Secret istio-system/istio-ca-secret has no key ca-cert.pem")
                .rootCause()
                .isInstanceOfAny(StartupFailure.class, IOException.class);
    }

    private static int readiness(ConfigurableApplicationContext service) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(
                                            URI.create(
                                                    "http://127.0.0.1:%d/healthz/ready"
                                                            .formatted(
                                                                    service.getBean(
                                                                                    MetricsServer
                                                                                            .class)
                                                                            .port())))
                                    .build(),
                            BodyHandlers.discarding())
                    .statusCode();
        }
    }
}
