package dev.quartet.injector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quartet.admin.MetricsServer;
import dev.quartet.identity.Pem;
import dev.quartet.identity.PrivateFiles;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.identity.testing.TestCitadel;
import dev.quartet.identity.testing.Trusting;
import dev.quartet.injector.register.InjectionWebhooks;
import dev.quartet.testkit.ApiServerProcess;
import dev.quartet.testkit.FreePorts;
import dev.quartet.testkit.PlainHttp;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/// Pods created on a real kube-apiserver that calls the started injector, whose certificate a Citadel gave it, and whose
/// rights `k8s/injector` gives it.
@Tag("apiserver")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InjectionOnKubernetesTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String KUBECONFIG = "kubeconfig"; // fabric8's system property

    private ApiServerProcess apiServer;
    private KubernetesClient client;
    private TestAuthority authority;
    private TestCitadel citadel;
    private ConfigurableApplicationContext injector;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        apiServer = ApiServerProcess.create();
        client =
                new KubernetesClientBuilder()
                        .withConfig(Config.fromKubeconfig(Files.readString(apiServer.kubeconfig())))
                        .build();
        namespace("istio-system", Map.of());
        applyStrictly(Path.of("../k8s/injector/manifests"));
        namespace("in-mesh", Map.of("istio-injection", "enabled"));
        namespace("no-word", Map.of());
        namespace("left-out", Map.of("istio-injection", "disabled"));
        authority = new TestAuthority(Clock.systemUTC());
        citadel =
                new TestCitadel(
                        authority,
                        SpiffeId.controlPlane(
                                "cluster.local", "istio-sidecar-injector-service-account"),
                        0);
        var port = FreePorts.several(1).getFirst();
        var token = folder.resolve("token");
        System.setProperty(KUBECONFIG, kubeconfig(folder).toString());
        injector =
                SpringApplication.run(
                        InjectorApplication.class,
                        "--spring.profiles.active=kubernetes",
                        "--server.port=0",
                        "--quartet.metrics.port=0",
                        "--quartet.bind-address=127.0.0.1",
                        "--quartet.state-dir=" + folder.resolve("state"),
                        "--quartet.identity.token-file=" + token,
                        "--quartet.identity.root-cert-file="
                                + authority.writeRoot(folder.resolve("root-cert.pem")),
                        "--quartet.identity.citadel-address=" + citadel.address(),
                        "--quartet.injector.webhook-port=" + port,
                        "--quartet.injector.webhook-url=https://127.0.0.1:%d/inject"
                                .formatted(port));
        assertThat(readiness()).as("no certificate, no pods").isEqualTo(503);
        assertThat(configuration().get()).as("nobody can be called yet").isNull();
        PrivateFiles.write(folder.resolve("fresh"), TestCitadel.TOKEN);
        Files.move(folder.resolve("fresh"), token, StandardCopyOption.ATOMIC_MOVE);
        awaitInjection();
    }

    @AfterAll
    void stop() {
        System.clearProperty(KUBECONFIG);
        if (injector != null) {
            injector.close();
            citadel.close();
        }
        if (client != null) {
            client.close();
            apiServer.close();
        }
    }

    private void applyStrictly(Path manifests) throws IOException {
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

    /// The injector's own, not an administrator's.
    private Path kubeconfig(Path folder) throws IOException {
        var token =
                client.serviceAccounts()
                        .inNamespace("istio-system")
                        .withName("istio-sidecar-injector-service-account")
                        .tokenRequest(new TokenRequestBuilder().withNewSpec().endSpec().build())
                        .getStatus()
                        .getToken();
        return Files.writeString(
                folder.resolve("kubeconfig"),
                Files.readString(apiServer.kubeconfig())
                        .replaceAll("token: .*", "token: " + token));
    }

    private int readiness() {
        return PlainHttp.get(
                        new InetSocketAddress(
                                InetAddress.getLoopbackAddress(),
                                injector.getBean(MetricsServer.class).port()),
                        "/healthz/ready",
                        Map.of())
                .status();
    }

    private void namespace(String name, Map<String, String> labels) {
        client.resource(
                        new NamespaceBuilder()
                                .withNewMetadata()
                                .withName(name)
                                .withLabels(labels)
                                .endMetadata()
                                .build())
                .create();
    }

    private Resource<MutatingWebhookConfiguration> configuration() {
        return client.admissionRegistration()
                .v1()
                .mutatingWebhookConfigurations()
                .withName(InjectionWebhooks.NAME);
    }

    /// Nothing is stored of a dry run.
    private Pod created(String namespace, @Nullable String label, @Nullable String annotation) {
        var pod =
                new PodBuilder()
                        .withNewMetadata()
                        .withGenerateName("web-")
                        .withNamespace(namespace)
                        .addToLabels("app", "web")
                        .endMetadata()
                        .withNewSpec()
                        .withServiceAccountName("web") // a controller's work, which is not here
                        .addNewContainer()
                        .withName("web")
                        .withImage("web:1")
                        .withNewReadinessProbe()
                        .withNewHttpGet()
                        .withNewPort(8080)
                        .withPath("/ready")
                        .endHttpGet()
                        .endReadinessProbe()
                        .endContainer()
                        .endSpec();
        if (label != null) {
            pod.editMetadata().addToLabels("sidecar.istio.io/inject", label).endMetadata();
        }
        if (annotation != null) {
            pod.editMetadata()
                    .addToAnnotations("sidecar.istio.io/inject", annotation)
                    .endMetadata();
        }
        return client.resource(pod.build()).dryRun().create();
    }

    private static List<String> proxies(Pod pod) {
        return pod.getSpec().getInitContainers().stream().map(Container::getName).toList();
    }

    private void awaitInjection() {
        await().atMost(LIMIT)
                .ignoreExceptionsInstanceOf(KubernetesClientException.class)
                .until(() -> !proxies(created("in-mesh", null, null)).isEmpty());
    }

    @Test
    void aPodOfALabelledNamespaceComesBackWithItsSidecar() {
        var pod = created("in-mesh", null, null);

        assertThat(proxies(pod)).containsExactly("istio-init", "istio-proxy");
        assertThat(pod.getMetadata().getLabels())
                .containsEntry("security.istio.io/tlsMode", "istio");
        assertThat(pod.getSpec().getContainers().getFirst().getReadinessProbe().getHttpGet())
                .satisfies(probe -> {
                    assertThat(probe.getPath()).isEqualTo("/app-health/web/readyz");
                    assertThat(probe.getPort().getIntVal()).isEqualTo(15_020);
                });
        assertThat(readiness()).isEqualTo(200);
    }

    @Test
    void restShowsTheCertificateThatCitadelGave() throws Exception {
        var rest =
                "https://127.0.0.1:"
                        + injector.getEnvironment().getRequiredProperty("local.server.port");
        try (var http =
                HttpClient.newBuilder().sslContext(Trusting.only(authority.root())).build()) {
            var answer =
                    http.send(
                            HttpRequest.newBuilder(URI.create(rest + "/actuator/health")).build(),
                            HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(200);
        }
    }

    @Test
    void labelsAndAnnotationsDecide() {
        assertThat(proxies(created("no-word", null, null))).isEmpty();
        assertThat(proxies(created("no-word", "true", null))).hasSize(2);
        assertThat(proxies(created("no-word", null, "true")))
                .as("webhooks are chosen by labels only")
                .isEmpty();
        assertThat(proxies(created("left-out", "true", null))).isEmpty();
        assertThat(proxies(created("in-mesh", "false", null))).isEmpty();
        assertThat(proxies(created("in-mesh", "no", null))).isEmpty();
        assertThat(proxies(created("in-mesh", null, "false"))).isEmpty();
        assertThat(proxies(created("in-mesh", "true", "false"))).hasSize(2);
        assertThat(proxies(created("kube-system", "true", null))).isEmpty();
        assertThat(proxies(created("istio-system", "true", null))).isEmpty();
    }

    @Test
    void aBadAnnotationRefusesThePodInWords() {
        var pod =
                new PodBuilder()
                        .withNewMetadata()
                        .withName("bad")
                        .withNamespace("in-mesh")
                        .addToAnnotations("traffic.sidecar.istio.io/excludeInboundPorts", "all")
                        .endMetadata()
                        .withNewSpec()
                        .addNewContainer()
                        .withName("web")
                        .withImage("web:1")
                        .endContainer()
                        .endSpec()
                        .build();

        assertThatThrownBy(() -> client.resource(pod).create())
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("sidecar injection")
                .hasMessageContaining("traffic.sidecar.istio.io/excludeInboundPorts")
                .hasMessageContaining("\"all\" is not a port");
        assertThat(client.pods().inNamespace("in-mesh").withName("bad").get()).isNull();
    }

    /// Hardening case 49. What an operator has changed beside it stays.
    @Test
    void aWrongBundleIsPutRightAndADeletedConfigurationComesBack() {
        var right = bundle();
        changed(webhooks ->
                webhooks.getWebhooks()
                        .forEach(webhook -> {
                            webhook.getClientConfig().setCaBundle(otherAuthority());
                            webhook.setFailurePolicy("Ignore");
                        }));
        await().atMost(LIMIT).until(() -> bundle().equals(right));
        awaitInjection();
        assertThat(configuration().get().getWebhooks())
                .allSatisfy(webhook -> assertThat(webhook.getFailurePolicy()).isEqualTo("Ignore"));

        configuration().delete();

        await().atMost(LIMIT).until(() -> configuration().get() != null);
        assertThat(configuration().get().getWebhooks())
                .allSatisfy(webhook -> assertThat(webhook.getFailurePolicy()).isEqualTo("Fail"));
        assertThat(configuration().get().getMetadata().getOwnerReferences())
                .as("it goes with the service")
                .extracting(OwnerReference::getKind)
                .containsExactly("ClusterRole");
        awaitInjection();
    }

    private String bundle() {
        return configuration().get().getWebhooks().getFirst().getClientConfig().getCaBundle();
    }

    private void changed(Consumer<MutatingWebhookConfiguration> change) {
        configuration()
                .edit(found -> {
                    change.accept(found);
                    return found;
                });
    }

    private static String otherAuthority() {
        return Base64.getEncoder()
                .encodeToString(
                        Pem.encode(new TestAuthority(Clock.systemUTC()).root())
                                .getBytes(StandardCharsets.US_ASCII));
    }
}
