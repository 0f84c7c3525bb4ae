package dev.quartet.galley;

import static dev.quartet.galley.TestDocuments.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.quartet.admin.MetricsServer;
import dev.quartet.admin.webhook.Webhook;
import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.kube.IngressObjects;
import dev.quartet.galley.kube.TestCluster;
import dev.quartet.galley.register.ValidationWebhooks;
import dev.quartet.identity.Pem;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.testkit.PlainHttp;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhook;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.IngressLoadBalancerIngress;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Config stored on a real kube-apiserver that asks the started Galley first, whose certificate a Citadel gave it, and
/// whose rights `k8s/galley` gives it.
@Tag("apiserver")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ValidationOnKubernetesTest {
    private static final String HANDLER =
            """
            apiVersion: config.istio.io/v1alpha2
            kind: handler
            metadata: {name: %s, namespace: shop}
            spec:
              compiledAdapter: denier
              params: {status: {code: 7, message: closed}}
            """;
    private static final String INSTANCE =
            """
            apiVersion: config.istio.io/v1alpha2
            kind: instance
            metadata: {name: %s, namespace: shop}
            spec: {compiledTemplate: checknothing}
            """;
    private static final String RULE =
            """
            apiVersion: config.istio.io/v1alpha2
            kind: rule
            metadata: {name: %s, namespace: shop}
            spec:
              match: destination.labels["app"] == "reviews"
              actions:
              - handler: %s
                instances: [%s]
            """;

    @RegisterExtension static final TestCluster cluster = new TestCluster();
    private JudgingGalley galley;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        galley = JudgingGalley.start(cluster, folder);
        assertThat(open("/healthz/ready").status()).as("no certificate, no reviews").isEqualTo(503);
        assertThat(configuration().get()).as("nobody can be called yet").isNull();
        cluster.put(route("before", "10s").replace("10s", "-10s"));
        galley.giveToken();
        awaitValidation();
    }

    @AfterAll
    void stop() {
        if (galley != null) {
            galley.close();
        }
    }

    /// By the rights of the manifests.
    @Test
    void mayReadIngressesAndGiveThemTheAddressesOfTheGateways() {
        var ingress = IngressObjects.ingress("rights");
        cluster.put(ingress);
        cluster.put(
                """
                apiVersion: v1
                kind: Node
                metadata: {name: edge}
                ---
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: default, namespace: istio-system}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: gateway, namespace: istio-system, labels: {app: istio-ingressgateway}}
                spec:
                  nodeName: edge
                  containers: [{name: istio-proxy, image: envoy}]
                """);
        var client = cluster.client();
        client.nodes()
                .withName("edge")
                .editStatus(node ->
                        new NodeBuilder(node)
                                .editOrNewStatus()
                                .addNewAddress("192.0.2.7", "InternalIP")
                                .endStatus()
                                .build());
        client.pods()
                .inNamespace("istio-system")
                .withName("gateway")
                .editStatus(pod ->
                        new PodBuilder(pod)
                                .editOrNewStatus()
                                .withPhase("Running")
                                .endStatus()
                                .build());
        cluster.put(
                """
                apiVersion: v1
                kind: Service
                metadata: {name: istio-ingressgateway, namespace: istio-system}
                spec: {selector: {app: istio-ingressgateway}, ports: [{name: http2, port: 80}]}
                """);

        await().atMost(TestCluster.LIMIT)
                .untilAsserted(() ->
                        assertThat(
                                        client.network()
                                                .v1()
                                                .ingresses()
                                                .inNamespace("shop")
                                                .withName("rights")
                                                .require()
                                                .getStatus()
                                                .getLoadBalancer()
                                                .getIngress())
                                .extracting(IngressLoadBalancerIngress::getIp)
                                .containsExactly("192.0.2.7"));
        cluster.delete(ingress);
    }

    private PlainHttp.Answer open(String path) {
        return PlainHttp.get(
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(),
                        galley.context().getBean(MetricsServer.class).port()),
                path,
                Map.of());
    }

    private Resource<ValidatingWebhookConfiguration> configuration() {
        return cluster.client()
                .admissionRegistration()
                .v1()
                .validatingWebhookConfigurations()
                .withName(ValidationWebhooks.NAME);
    }

    /// kube-apiserver takes a moment to know a new configuration.
    private void awaitValidation() {
        await().atMost(TestCluster.LIMIT)
                .untilAsserted(() ->
                        assertThatThrownBy(() -> cluster.put(route("probe", "-1s")))
                                .hasMessageContaining("denied the request"));
    }

    /// What Galley has not seen yet, it cannot judge by.
    private void awaitInForce(ResourceKey resource) {
        var desk = galley.context().getBean(ChangeDesk.class);
        await().atMost(TestCluster.LIMIT).until(() -> desk.resource(resource).isPresent());
    }

    private boolean isStored(String kind, String name) {
        var version =
                kind.equals("VirtualService")
                        ? "networking.istio.io/v1"
                        : "config.istio.io/v1alpha2";
        return cluster.client()
                        .genericKubernetesResources(version, kind)
                        .inNamespace("shop")
                        .withName(name)
                        .get()
                != null;
    }

    @Test
    void aBadObjectIsRefusedInTheWordsOfFilesAndRest() {
        var failure =
                catchThrowableOfType(
                        KubernetesClientException.class,
                        () ->
                                cluster.put(
                                        """
                                        apiVersion: networking.istio.io/v1beta1
                                        kind: VirtualService
                                        metadata: {name: bad, namespace: shop}
                                        spec:
                                          hosts: [reviews]
                                          http:
                                          - match: [{uri: {regex: "("}}]
                                            route:
                                            - {destination: {host: reviews, subset: v1}, weight: 90}
                                            - {destination: {host: reviews, subset: v2}, weight: -5}
                                        """));

        assertThat(failure.getCode()).isEqualTo(422);
        assertThat(failure.getStatus().getReason()).isEqualTo("Invalid");
        assertThat(failure.getStatus().getMessage())
                .startsWith(
                        "admission webhook \"pilot.validation.istio.io\" denied the request: InvalidValue VirtualService shop/bad spec.http[0]")
                .contains("spec.http[0].match[0].uri")
                .contains("spec.http[0].route[1].weight");
        assertThat(failure.getStatus().getDetails().getCauses())
                .extracting(StatusCause::getField)
                .contains("spec.http[0].route[1].weight");
        assertThat(isStored("VirtualService", "bad")).isFalse();
    }

    @Test
    void aGoodObjectIsStoredAndItsWarningsComeThrough() throws Exception {
        cluster.put(route("good", "3s"));
        assertThat(isStored("VirtualService", "good")).isTrue();

        var http = cluster.client().getHttpClient();
        var answer =
                http.sendAsync(
                                http.newHttpRequestBuilder()
                                        .uri(
                                                cluster.apiServer().url()
                                                        + "/apis/networking.istio.io/v1/namespaces/shop/virtualservices?dryRun=All")
                                        .post(
                                                "application/yaml",
                                                route("warned", "3s")
                                                        .replace(
                                                                "kubernetes.default.svc.cluster.local",
                                                                "nowhere"))
                                        .build(),
                                String.class)
                        .get();

        assertThat(answer.code()).as(answer.bodyString()).isEqualTo(201);
        assertThat(answer.headers("Warning"))
                .anySatisfy(warning ->
                        assertThat(warning)
                                .contains("HostNotFound VirtualService shop/warned spec.http[0]"));
        assertThat(isStored("VirtualService", "warned")).as("it was a dry run").isFalse();
    }

    /// By Galley's own rights.
    @Test
    void aStoredObjectGetsItsStatus() {
        cluster.put(route("told", "3s"));

        await().atMost(TestCluster.LIMIT)
                .untilAsserted(() ->
                        assertThat(
                                        cluster.client()
                                                .genericKubernetesResources(
                                                        "networking.istio.io/v1", "VirtualService")
                                                .inNamespace("shop")
                                                .withName("told")
                                                .require()
                                                .getAdditionalProperties()
                                                .get("status"))
                                .asString()
                                .contains("type=Accepted", "type=InForce", "reason=NoReport"));
        for (var kind : Kind.values()) {
            if (kind.scope() != Kind.Scope.MESH) {
                assertThat(mayWriteStatus(kind)).as("right to write %s/status", kind).isTrue();
            }
        }
    }

    private boolean mayWriteStatus(Kind kind) {
        var review =
                new SubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withUser("system:serviceaccount:istio-system:" + JudgingGalley.ACCOUNT)
                        .withNewResourceAttributes()
                        .withGroup(kind.group())
                        .withResource(kind.plural())
                        .withSubresource("status")
                        .withVerb("update")
                        .withNamespace("shop")
                        .endResourceAttributes()
                        .endSpec()
                        .build();
        return cluster.client().resource(review).create().getStatus().getAllowed();
    }

    @Test
    void aNameThatKubernetesMakesIsFine() {
        cluster.client()
                .load(
                        new java.io.ByteArrayInputStream(
                                route("x", "3s")
                                        .replace("name: x", "generateName: made-")
                                        .getBytes(StandardCharsets.UTF_8)))
                .create();
    }

    /// One after the other, as `kubectl apply` and `kubectl delete` of one file do it; what is still needed goes with the
    /// second delete.
    @Test
    void whatBelongsTogetherComesAndGoes() {
        assertThatThrownBy(() -> cluster.put(RULE.formatted("alone", "nobody", "nothing")))
                .hasMessageContaining("mixer.validation.istio.io")
                .hasMessageContaining("UnknownHandler rule shop/alone");

        var handler = HANDLER.formatted("deny");
        var instance = INSTANCE.formatted("nothing");
        var rule = RULE.formatted("deny-reviews", "deny", "nothing");
        cluster.put(handler);
        cluster.put(instance);
        cluster.put(rule);
        assertThat(isStored("rule", "deny-reviews")).isTrue();

        awaitInForce(new ResourceKey(Kind.RULE, "shop", "deny-reviews"));
        for (var needed : List.of(handler, instance)) {
            assertThatThrownBy(() -> cluster.delete(needed))
                    .hasMessageContaining("delete.mixer.validation.istio.io")
                    .hasMessageContaining("is still needed")
                    .hasMessageContaining("rule shop/deny-reviews names it in spec.actions[0]");
        }
        cluster.delete(rule);
        cluster.delete(handler);
        cluster.delete(instance);
        assertThat(isStored("handler", "deny")).isFalse();
        assertThat(isStored("instance", "nothing")).isFalse();
        assertThat(isStored("rule", "deny-reviews")).isFalse();
    }

    /// Also a Gateway, of which a VirtualService that has lost it says only a warning.
    @Test
    void aGoingNamespaceAndKubernetesOwnCleanersAreNotHeldUp() {
        var gateway =
                """
                apiVersion: networking.istio.io/v1
                kind: Gateway
                metadata: {name: edge, namespace: leaving}
                spec:
                  selector: {istio: ingressgateway}
                  servers:
                  - {port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}
                """;
        var other = gateway.replace("edge", "side");
        var route =
                route("bound", "3s")
                        .replace("namespace: shop", "namespace: leaving")
                        .replace("  http:", "  gateways: [edge, side]\n  http:");
        cluster.put(
                """
                apiVersion: v1
                kind: Namespace
                metadata: {name: leaving}
                """);
        cluster.put(gateway);
        cluster.put(other);
        cluster.put(route);
        awaitInForce(new ResourceKey(Kind.VIRTUAL_SERVICE, "leaving", "bound"));
        assertThatThrownBy(() -> cluster.delete(gateway))
                .hasMessageContaining("VirtualService leaving/bound names it in spec.gateways[0]");

        try (var collector =
                cluster.client("system:serviceaccount:kube-system:generic-garbage-collector")) {
            collector.resource(gateway).delete();
        }
        cluster.client().namespaces().withName("leaving").delete();
        cluster.delete(other);

        assertThat(
                        cluster.client()
                                .genericKubernetesResources("networking.istio.io/v1", "Gateway")
                                .inNamespace("leaving")
                                .list()
                                .getItems())
                .isEmpty();
    }

    /// It was stored before anybody judged.
    @Test
    void aBadObjectFromBeforeCanBeRepairedAndDeleted() {
        assertThat(isStored("VirtualService", "before")).isTrue();
        assertThatThrownBy(() -> cluster.put(route("before", "-11s")))
                .hasMessageContaining("spec.http[0].timeout");

        cluster.put(route("before", "11s"));
        cluster.delete(route("before", "11s"));

        assertThat(isStored("VirtualService", "before")).isFalse();
    }

    /// Hardening case 49. What an operator has changed beside it stays.
    @Test
    void aWrongBundleIsPutRightAndADeletedConfigurationComesBack() {
        var right = bundle();
        configuration()
                .edit(found -> {
                    for (var webhook : found.getWebhooks()) {
                        webhook.getClientConfig().setCaBundle(otherAuthority());
                        webhook.setTimeoutSeconds(7);
                    }
                    return found;
                });
        await().atMost(TestCluster.LIMIT).until(() -> bundle().equals(right));
        awaitValidation();
        assertThat(configuration().get().getWebhooks())
                .allSatisfy(webhook -> assertThat(webhook.getTimeoutSeconds()).isEqualTo(7));

        configuration().delete();

        await().atMost(TestCluster.LIMIT).until(() -> configuration().get() != null);
        assertThat(configuration().get().getWebhooks())
                .extracting(ValidatingWebhook::getTimeoutSeconds)
                .containsOnly(10);
        assertThat(configuration().get().getMetadata().getOwnerReferences())
                .as("it goes with the service")
                .extracting(OwnerReference::getKind)
                .containsExactly("ClusterRole");
        awaitValidation();
    }

    /// What an older Galley, or one with other settings, has left.
    @Test
    void anotherVersionsWebhooksAreReplaced() {
        configuration()
                .edit(found -> {
                    found.getMetadata().getAnnotations().put("quartet.dev/webhooks", "older");
                    for (var webhook : found.getWebhooks()) {
                        webhook.setRules(List.of());
                        webhook.setFailurePolicy("Ignore");
                    }
                    return found;
                });

        await().atMost(TestCluster.LIMIT)
                .untilAsserted(() ->
                        assertThat(configuration().get().getWebhooks())
                                .allSatisfy(it -> assertThat(it.getRules()).isNotEmpty())
                                .extracting(ValidatingWebhook::getFailurePolicy)
                                .containsExactly("Fail", "Fail", "Ignore", "Ignore"));
        awaitValidation();
    }

    private String bundle() {
        return configuration().get().getWebhooks().getFirst().getClientConfig().getCaBundle();
    }

    private static String otherAuthority() {
        return Base64.getEncoder()
                .encodeToString(
                        Pem.encode(new TestAuthority(Clock.systemUTC()).root())
                                .getBytes(StandardCharsets.US_ASCII));
    }

    /// Hardening case 49: nothing that a repair needs waits for Galley.
    @Test
    void whileGalleyIsAwayOnlyConfigIsHeldUp() {
        cluster.put(route("standing", "3s"));
        cluster.put(HANDLER.formatted("standing"));
        var held =
                route("finalized", "3s")
                        .replace("namespace: shop", "namespace: shop, finalizers: [example.org/x]");
        cluster.put(held);
        galley.gate().shut();
        try {
            assertThatThrownBy(() -> cluster.put(route("held-up", "3s")))
                    .hasMessageContaining("failed calling webhook \"pilot.validation.istio.io\"");
            assertThatThrownBy(() -> cluster.put(HANDLER.formatted("held-up")))
                    .hasMessageContaining("failed calling webhook \"mixer.validation.istio.io\"");

            cluster.put(
                    """
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {name: repair, namespace: istio-system}
                    ---
                    apiVersion: v1
                    kind: Secret
                    metadata: {name: repair, namespace: istio-system}
                    ---
                    apiVersion: apps/v1
                    kind: Deployment
                    metadata: {name: repair, namespace: istio-system}
                    spec:
                      selector: {matchLabels: {app: repair}}
                      template:
                        metadata: {labels: {app: repair}}
                        spec: {containers: [{name: repair, image: "repair:1"}]}
                    """);
            cluster.put(route("system", "3s").replace("namespace: shop", "namespace: kube-system"));
            cluster.put(
                    HANDLER.formatted("system")
                            .replace("namespace: shop", "namespace: kube-system"));
            cluster.delete(route("standing", "3s"));
            cluster.delete(HANDLER.formatted("standing"));

            cluster.delete(held);
            cluster.client()
                    .genericKubernetesResources("networking.istio.io/v1", "VirtualService")
                    .inNamespace("shop")
                    .withName("finalized")
                    .edit(found -> {
                        found.getMetadata().setFinalizers(List.of());
                        return found;
                    });

            assertThat(isStored("VirtualService", "finalized")).isFalse();
            assertThat(isStored("VirtualService", "standing")).isFalse();
            assertThat(isStored("handler", "standing")).isFalse();
        } finally {
            galley.gate().open();
        }
        awaitValidation();
        cluster.put(route("held-up", "3s"));
    }

    @Test
    void countsUnderIstiosNamesAndSaysHowItStands() {
        assertThatThrownBy(() -> cluster.put(route("counted", "-3s")))
                .hasMessageContaining("denied the request");
        cluster.put(route("counted", "3s"));

        var metrics = open("/metrics").body();
        assertThat(metrics)
                .containsPattern(
                        "galley_validation_failed\\{group=\"networking.istio.io\",reason=\"InvalidValue\",resource=\"virtualservices\",version=\"v1alpha3\"} [1-9]")
                .containsPattern(
                        "galley_validation_passed\\{group=\"networking.istio.io\",resource=\"virtualservices\",version=\"v1alpha3\"} [1-9]")
                .containsPattern("galley_validation_config_updates [1-9]")
                .containsPattern("galley_validation_cert_key_updates [1-9]");
        assertThat(galley.context().getBean(Webhook.class).status().state()).isEqualTo("serving");
        assertThat(open("/healthz/ready").status()).isEqualTo(200);
    }
}
