package dev.quartet.citadel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.citadel.kube.TokenReviews;
import dev.quartet.identity.Pem;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.SettableClock;
import dev.quartet.testkit.ApiServerProcess;
import dev.quartet.testkit.TcpGate;
import dev.quartet.wire.ca.IstioCertificateRequest;
import dev.quartet.wire.ca.IstioCertificateServiceGrpc;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tokens that a real apiserver makes and judges.
@Tag("apiserver")
class KubernetesTokensTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration MEMORY = Duration.ofSeconds(30);
    private static final SpiffeId WEB = new SpiffeId("cluster.local", "shop", "web");

    private static ApiServerProcess apiServer;
    private static KubernetesClient admin;

    @TempDir Path folder;
    private final SettableClock clock = new SettableClock();
    private TcpGate gate;
    private KubernetesClient client;
    private RunningCitadel citadel;

    @BeforeAll
    static void startApiServer() throws IOException {
        apiServer = ApiServerProcess.create();
        admin = client(apiServer.port());
        admin.resource(
                        new NamespaceBuilder()
                                .withNewMetadata()
                                .withName("shop")
                                .endMetadata()
                                .build())
                .create();
        account("web");
    }

    @AfterAll
    static void stopApiServer() {
        if (admin != null) {
            admin.close();
            apiServer.close();
        }
    }

    @BeforeEach
    void start() throws IOException {
        gate = TcpGate.to(apiServer.port());
        client = client(gate.port());
        citadel =
                new RunningCitadel(
                        folder,
                        clock,
                        Duration.ofHours(24),
                        0,
                        Duration.ofMinutes(30),
                        metrics ->
                                new TokenReviews(client, "cluster.local", MEMORY, metrics, clock));
    }

    @AfterEach
    void stop() {
        citadel.close();
        client.close();
        gate.close();
    }

    private static KubernetesClient client(int port) throws IOException {
        var config = Config.fromKubeconfig(Files.readString(apiServer.kubeconfig()));
        config.setMasterUrl("https://127.0.0.1:" + port);
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    private static void account(String name) {
        admin.resource(
                        new ServiceAccountBuilder()
                                .withNewMetadata()
                                .withNamespace("shop")
                                .withName(name)
                                .endMetadata()
                                .build())
                .create();
    }

    /// @param pod what the token is bound to; null: nothing but its account
    private static String token(String account, String audience, @Nullable Pod pod) {
        var request =
                new TokenRequestBuilder()
                        .withNewSpec()
                        .withAudiences(audience)
                        .withExpirationSeconds(600L)
                        .endSpec();
        if (pod != null) {
            request.editSpec()
                    .withNewBoundObjectRef()
                    .withApiVersion("v1")
                    .withKind("Pod")
                    .withName(pod.getMetadata().getName())
                    .withUid(pod.getMetadata().getUid())
                    .endBoundObjectRef()
                    .endSpec();
        }
        return admin.serviceAccounts()
                .inNamespace("shop")
                .withName(account)
                .tokenRequest(request.build())
                .getStatus()
                .getToken();
    }

    private Channel with(String token) {
        return citadel.withAuthorization("Bearer " + token);
    }

    private static SpiffeId identity(Channel channel) throws Exception {
        var answer =
                IstioCertificateServiceGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(20, TimeUnit.SECONDS)
                        .createCertificate(
                                IstioCertificateRequest.newBuilder()
                                        .setCsr(Requests.plain())
                                        .build());
        return SpiffeId.of(Pem.certificates(answer.getCertChain(0)).getFirst());
    }

    private static Status outcome(Channel channel) throws Exception {
        try {
            identity(channel);
            return Status.OK;
        } catch (StatusRuntimeException e) {
            return e.getStatus();
        }
    }

    private double reviews(String result) {
        return citadel.registry.scrape().stream()
                .filter(metric ->
                        metric.getMetadata().getPrometheusName().equals("citadel_token_reviews"))
                .flatMap(metric -> ((CounterSnapshot) metric).getDataPoints().stream())
                .filter(point -> result.equals(point.getLabels().get("result")))
                .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
                .sum();
    }

    private static void assertRefused(Status status, String reason) {
        assertThat(status.getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(status.getDescription()).startsWith(reason + ": ");
    }

    @Test
    void aServiceAccountIsItsSpiffeId() throws Exception {
        assertThat(identity(with(token("web", "istio-ca", null)))).isEqualTo(WEB);
    }

    @Test
    void citadelsOwnTokensGoOnBesideThem() throws Exception {
        gate.shut();

        assertThat(identity(citadel.withToken(WEB))).isEqualTo(WEB);
    }

    @Test
    void refusesATokenForAnotherAudience() throws Exception {
        assertRefused(outcome(with(token("web", "vault", null))), "TOKEN_AUDIENCE");
    }

    @Test
    void refusesAnExpiredToken() throws Exception {
        var token = token("web", "istio-ca", null);
        assertThat(identity(with(token))).isEqualTo(WEB);

        clock.advance(Duration.ofMinutes(10));

        assertRefused(outcome(with(token)), "TOKEN_EXPIRED");
    }

    @Test
    void refusesATokenOfADeletedServiceAccount() throws Exception {
        account("gone");
        var token = token("gone", "istio-ca", null);
        admin.serviceAccounts().inNamespace("shop").withName("gone").delete();

        assertRefused(outcome(with(token)), "TOKEN_REVIEW");
    }

    /// A signature of another key, over claims that look right.
    @Test
    void refusesGarbageAndForgeries() throws Exception {
        var real = token("web", "istio-ca", null);
        var forged = real.substring(0, real.lastIndexOf('.') + 1) + "A".repeat(342);

        assertRefused(outcome(with("garbage")), "TOKEN_MALFORMED");
        assertRefused(outcome(with("a.b.c")), "TOKEN_MALFORMED");
        assertRefused(outcome(with(forged)), "TOKEN_REVIEW");
    }

    @Test
    void remembersAYesForAShortWhileOnly() throws Exception {
        account("leaving");
        var token = token("leaving", "istio-ca", null);
        assertThat(identity(with(token)).serviceAccount()).isEqualTo("leaving");
        admin.serviceAccounts().inNamespace("shop").withName("leaving").delete();

        assertThat(identity(with(token)).serviceAccount()).isEqualTo("leaving");

        // the apiserver has a memory of its own, of some seconds
        await().atMost(LIMIT)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> {
                    clock.advance(MEMORY);
                    return outcome(with(token)).getCode() == Status.Code.UNAUTHENTICATED;
                });
        assertRefused(outcome(with(token)), "TOKEN_REVIEW");
        assertThat(reviews("remembered")).isEqualTo(1);
    }

    @Test
    void letsNobodyInWhileTheApiserverIsAway() throws Exception {
        var token = token("web", "istio-ca", null);
        gate.shut();

        var status = outcome(with(token));

        assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(status.getDescription()).startsWith("TOKEN_REVIEW_UNAVAILABLE: ");
        gate.open();
        assertThat(identity(with(token))).as("a refusal is not remembered").isEqualTo(WEB);
        assertThat(reviews("unavailable")).isEqualTo(1);
        assertThat(reviews("accepted")).isEqualTo(1);
    }

    @Test
    void aTokenBoundToAPodIsOfNoUseToAnother() throws Exception {
        var pod =
                admin.resource(
                                new PodBuilder()
                                        .withNewMetadata()
                                        .withNamespace("shop")
                                        .withName("web-1")
                                        .endMetadata()
                                        .withNewSpec()
                                        .withServiceAccountName("web")
                                        .addNewContainer()
                                        .withName("web")
                                        .withImage("web")
                                        .endContainer()
                                        .endSpec()
                                        .build())
                        .create();
        var token = token("web", "istio-ca", pod);

        var own = SdsClient.delta(with(token)).send(subscribe("web-1"));
        var other = SdsClient.delta(with(token)).send(subscribe("web-2"));

        assertThat(own.next().getResourcesCount()).isEqualTo(1);
        assertThat(other.end().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(other.end().getDescription()).contains("web-2.shop", "web-1.shop");
    }

    private static io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest subscribe(
            String pod) {
        return SdsClient.subscribe("default").toBuilder()
                .setNode(
                        Node.newBuilder()
                                .setId(
                                        "sidecar~10.0.0.7~%s.shop~shop.svc.cluster.local"
                                                .formatted(pod)))
                .build();
    }
}
