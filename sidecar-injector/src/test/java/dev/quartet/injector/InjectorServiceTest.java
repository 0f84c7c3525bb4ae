package dev.quartet.injector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.admin.MetricsServer;
import dev.quartet.admin.testing.AdminContract;
import dev.quartet.admin.testing.MetricsContract;
import dev.quartet.admin.testing.WebhookContract;
import dev.quartet.admin.webhook.Webhook;
import dev.quartet.identity.AdminToken;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.identity.testing.TestCitadel;
import dev.quartet.identity.testing.Trusting;
import dev.quartet.injector.patch.PodPatch;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The started service, by HTTP and HTTPS: it has started without a certificate, and has got one from a Citadel since.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InjectorServiceTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String POD =
            "{\"metadata\":{\"generateName\":\"web-\",\"labels\":{\"app\":\"web\"}},\"spec\":{\"containers\":[{\"name\":\"web\"}]}}";

    private final ConfigurableApplicationContext service;
    private final TestCitadel citadel;
    private final URI rest;
    private final String token;
    private final Webhook webhook;
    private final HttpClient plain = HttpClient.newHttpClient();
    private final HttpClient tls;
    private final String statusBefore;

    InjectorServiceTest(@TempDir Path folder) throws Exception {
        var authority = new TestAuthority(Clock.systemUTC());
        citadel =
                new TestCitadel(
                        authority,
                        new SpiffeId(
                                "cluster.local",
                                "istio-system",
                                "istio-sidecar-injector-service-account"),
                        0);
        Path roots = authority.writeRoot(folder.resolve("root-cert.pem"));
        Path tokenFile = folder.resolve("token");
        service =
                SpringApplication.run(
                        InjectorApplication.class,
                        "--server.port=0",
                        "--quartet.metrics.port=0",
                        "--quartet.injector.webhook-port=0",
                        "--quartet.state-dir=" + folder.resolve("state"),
                        "--quartet.identity.token-file=" + tokenFile,
                        "--quartet.identity.root-cert-file=" + roots,
                        "--quartet.identity.citadel-address=" + citadel.address());
        rest =
                URI.create(
                        "http://127.0.0.1:"
                                + service.getEnvironment()
                                        .getRequiredProperty("local.server.port"));
        token = service.getBean(AdminToken.class).reveal();
        webhook = service.getBean(Webhook.class);
        statusBefore = get("/admin/v1/status").body();
        dev.quartet.identity.PrivateFiles.write(folder.resolve("fresh"), TestCitadel.TOKEN);
        Files.move(folder.resolve("fresh"), tokenFile, StandardCopyOption.ATOMIC_MOVE);
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> webhook.port() != 0);
        tls = trusting(authority.root());
    }

    @AfterAll
    void stop() {
        service.close();
        citadel.close();
    }

    @TestFactory
    Stream<DynamicTest> keepsTheAdminContract() {
        return new AdminContract(rest, token).tests();
    }

    @Test
    void servesRestWhileItWaitsForACertificateAndTheWebhookAfter() throws Exception {
        JsonNode before = JSON.readTree(statusBefore).path("sections");
        JsonNode after = JSON.readTree(get("/admin/v1/status").body()).path("sections");

        assertThat(before.path("webhook").path("state").asString()).isEqualTo("waiting");
        assertThat(before.path("webhook").path("waitingFor").asString())
                .contains("certificate from Citadel");
        assertThat(before.path("identity").path("ready").asBoolean()).isFalse();
        assertThat(after.path("webhook").path("state").asString()).isEqualTo("serving");
        assertThat(after.path("webhook").path("certificateExpires").asString())
                .isEqualTo(after.path("identity").path("notAfter").asString())
                .isNotEmpty();
        assertThat(after.path("identity").path("spiffeId").asString())
                .isEqualTo(
                        "spiffe://cluster.local/ns/istio-system/sa/istio-sidecar-injector-service-account");
    }

    @ParameterizedTest
    @ValueSource(strings = {"admission.k8s.io/v1", "admission.k8s.io/v1beta1"})
    void answersAReviewInItsVersion(String version) throws Exception {
        var response = inject(review(version, POD), "application/json; charset=utf-8");

        JsonNode review = JSON.readTree(response.body());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(review.path("apiVersion").asString()).isEqualTo(version);
        assertThat(review.path("kind").asString()).isEqualTo("AdmissionReview");
        JsonNode answer = review.path("response");
        assertThat(answer.path("uid").asString()).isEqualTo("u-1");
        assertThat(answer.path("allowed").asBoolean()).isTrue();
        assertThat(answer.path("patchType").asString()).isEqualTo("JSONPatch");
        var patch =
                (ArrayNode)
                        JSON.readTree(Base64.getDecoder().decode(answer.path("patch").asString()));
        JsonNode pod = PodPatch.apply((ObjectNode) JSON.readTree(POD), patch);
        assertThat(pod.path("spec").path("initContainers"))
                .extracting(container -> container.path("name").asString())
                .containsExactly("istio-init", "istio-proxy");
        assertThat(pod.at("/spec/initContainers/1/securityContext/runAsUser").asInt())
                .isEqualTo(1337);
        assertThat(
                        pod.at("/spec/volumes/0/projected/sources/0/serviceAccountToken/audience")
                                .asString())
                .isEqualTo("istio-ca");
        assertThat(pod.at("/spec/volumes/0/projected/sources/1/configMap/name").asString())
                .isEqualTo("istio-ca-root-cert");
    }

    @Test
    void allowsAndLeavesAloneWhatGetsNoSidecar() throws Exception {
        var response =
                inject(
                        review(
                                "admission.k8s.io/v1",
                                POD.replace("\"spec\":{", "\"spec\":{\"hostNetwork\":true,")),
                        "application/json");

        JsonNode answer = JSON.readTree(response.body()).path("response");
        assertThat(answer.path("allowed").asBoolean()).isTrue();
        assertThat(answer.has("patch")).isFalse();
    }

    @Test
    void deniesAPodItCannotInjectAndSaysWhy() throws Exception {
        var response =
                inject(
                        review(
                                "admission.k8s.io/v1",
                                POD.replace(
                                        "\"labels\"",
                                        "\"annotations\":{\"traffic.sidecar.istio.io/excludeInboundPorts\":\"all\"},\"labels\"")),
                        "application/json");

        JsonNode answer = JSON.readTree(response.body()).path("response");
        assertThat(answer.path("allowed").asBoolean()).isFalse();
        assertThat(answer.path("status").path("message").asString())
                .contains("excludeInboundPorts", "\"all\" is not a port");
    }

    @Test
    void warnsOfAnAnnotationWithoutEffect() throws Exception {
        var response =
                inject(
                        review(
                                "admission.k8s.io/v1",
                                POD.replace(
                                        "\"labels\"",
                                        "\"annotations\":{\"sidecar.istio.io/bootstrapOverride\":\"x\"},\"labels\"")),
                        "application/json");

        assertThat(
                        JSON.readTree(response.body())
                                .path("response")
                                .path("warnings")
                                .get(0)
                                .asString())
                .contains("sidecar.istio.io/bootstrapOverride", "no effect");
    }

    /// Hardening case 21.
    @TestFactory
    Stream<DynamicTest> keepsTheWebhookContract() {
        return new WebhookContract(
                        tls, request("/inject").build().uri(), review("admission.k8s.io/v1", POD))
                .tests();
    }

    @Test
    void refusesReviewsOfOtherThanPods() throws Exception {
        assertRefused(
                inject(review("admission.k8s.io/v1", "null"), "application/json"),
                400,
                "not a Pod");
        assertRefused(
                inject(
                        review("admission.k8s.io/v1", POD).replace("\"Pod\"", "\"Deployment\""),
                        "application/json"),
                400,
                "not a Pod");
    }

    @Test
    void countsRequestsAndWhatBecameOfThem() throws Exception {
        double requests = metric("requests");
        double success = metric("success");
        double skip = metric("skip");
        double failure = metric("failure");

        inject(review("admission.k8s.io/v1", POD), "application/json");
        inject(
                review(
                        "admission.k8s.io/v1",
                        POD.replace("\"spec\":{", "\"spec\":{\"hostNetwork\":true,")),
                "application/json");
        inject("{", "application/json");

        assertThat(metric("requests")).isEqualTo(requests + 3);
        assertThat(metric("success")).isEqualTo(success + 1);
        assertThat(metric("skip")).isEqualTo(skip + 1);
        assertThat(metric("failure")).isEqualTo(failure + 1);
    }

    @Test
    void printsTheMetricsThatTheDocumentLists() {
        new MetricsContract(Path.of("../docs/metrics.md"), "Injector", metrics()).verify();
    }

    @Test
    void injectsAManifestByRest() throws Exception {
        String manifest =
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {template: {spec: {containers: [{name: web, image: 'web:1'}]}}}\n";

        var yaml = post(manifest, "application/yaml", "*/*");
        var json = post(manifest, "application/yaml", "application/json");
        var bad = post("kind: Pod\nspec: [", "application/yaml", "*/*");

        assertThat(yaml.statusCode()).isEqualTo(200);
        assertThat(yaml.headers().firstValue("Content-Type")).hasValue("application/yaml");
        assertThat(yaml.body())
                .contains("name: istio-init", "name: istio-proxy", "kind: Deployment");
        assertThat(JSON.readTree(json.body()).path("results").get(0).path("outcome").asString())
                .isEqualTo("injected");
        assertThat(JSON.readTree(json.body()).path("yaml").asString()).isEqualTo(yaml.body());
        assertThat(bad.statusCode()).isEqualTo(400);
        assertThat(bad.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(bad.body()).contains("manifest-invalid", "line 2");
    }

    private static String review(String version, String pod) {
        return "{\"apiVersion\":\"%s\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"u-1\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},\"namespace\":\"shop\",\"operation\":\"CREATE\",\"object\":%s}}"
                .formatted(version, pod);
    }

    private HttpResponse<String> inject(String body, String contentType) throws Exception {
        return tls.send(
                request("/inject")
                        .header("Content-Type", contentType)
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                        URI.create("https://127.0.0.1:%d%s".formatted(webhook.port(), path)))
                .timeout(Duration.ofSeconds(30));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return plain.send(
                HttpRequest.newBuilder(rest.resolve(path))
                        .header("Authorization", "Bearer " + token)
                        .build(),
                BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String body, String contentType, String accept)
            throws Exception {
        return plain.send(
                HttpRequest.newBuilder(rest.resolve("/admin/v1/inject"))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", contentType)
                        .header("Accept", accept)
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private URI metrics() {
        return URI.create(
                "http://127.0.0.1:%d/metrics"
                        .formatted(service.getBean(MetricsServer.class).port()));
    }

    private double metric(String name) throws Exception {
        String text =
                plain.send(HttpRequest.newBuilder(metrics()).build(), BodyHandlers.ofString())
                        .body();
        var value =
                Pattern.compile("(?m)^sidecar_injection_" + name + "_total ([0-9.]+)$")
                        .matcher(text);
        assertThat(value.find()).as(text).isTrue();
        return Double.parseDouble(value.group(1));
    }

    private static void assertRefused(HttpResponse<String> response, int status, String detail) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValue("application/problem+json");
        assertThat(response.body()).contains(detail);
    }

    /// Trusts the test's root only; the certificate has a SPIFFE id and no name, so names are not checked.
    private static HttpClient trusting(X509Certificate root) {
        return HttpClient.newBuilder()
                .sslContext(Trusting.context(new ChainOnly(Trusting.manager(root))))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    private static final class ChainOnly extends X509ExtendedTrustManager {
        private final X509TrustManager chains;

        ChainOnly(X509TrustManager chains) {
            this.chains = chains;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            chains.checkServerTrusted(chain, authType);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            chains.checkServerTrusted(chain, authType);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType)
                throws CertificateException {
            chains.checkServerTrusted(chain, authType);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("this is a client");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            throw new CertificateException("this is a client");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType)
                throws CertificateException {
            throw new CertificateException("this is a client");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return chains.getAcceptedIssuers();
        }
    }
}
