package dev.quartet.citadel;

import static dev.quartet.citadel.SdsClient.ack;
import static dev.quartet.citadel.SdsClient.material;
import static dev.quartet.citadel.SdsClient.subscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.citadel.credential.Answer;
import dev.quartet.citadel.credential.Authority;
import dev.quartet.citadel.credential.CredentialKey;
import dev.quartet.citadel.credential.CredentialRefused;
import dev.quartet.citadel.kube.SecretCredentials;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.Pem;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.SettableClock;
import dev.quartet.testkit.ApiServerProcess;
import dev.quartet.testkit.TcpGate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Credentials in Secrets of a real apiserver, which also says who may read which: Citadel has no other rights than `k8s/citadel` and
/// a Role with the Secrets' names give it.
@Tag("apiserver")
class SecretCredentialsTest {

    private static final String TLS = "kubernetes.io/tls";
    private static final String OPAQUE = "Opaque";
    private static final Duration MEMORY = Duration.ofSeconds(30);

    private static ApiServerProcess apiServer;
    private static KubernetesClient admin;
    private static int namespaces;

    @TempDir Path folder;
    private final SettableClock clock = new SettableClock();
    private final Authority authority = Authority.root("root", clock.instant());
    private String namespace;
    private SpiffeId gateway;
    private TcpGate gate;
    private KubernetesClient client;
    private SecretCredentials secrets;
    private RunningCitadel citadel;

    @BeforeAll
    static void startApiServer() throws IOException {
        apiServer = ApiServerProcess.create();
        admin = client(apiServer.port());
        namespace("istio-system");
        try (var in = Files.newInputStream(Path.of("../k8s/citadel/manifests/rbac.yaml"))) {
            admin.load(in).items().forEach(object -> admin.resource(object).create());
        }
    }

    @AfterAll
    static void stopApiServer() {
        if (admin != null) {
            admin.close();
            apiServer.close();
        }
    }

    private static KubernetesClient client(int port) throws IOException {
        var config = Config.fromKubeconfig(Files.readString(apiServer.kubeconfig()));
        config.setMasterUrl("https://127.0.0.1:" + port);
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    private static void namespace(String name) {
        admin.resource(
                        new NamespaceBuilder()
                                .withNewMetadata()
                                .withName(name)
                                .endMetadata()
                                .build())
                .create();
    }

    @BeforeEach
    void start() throws IOException {
        namespace = "edge-" + ++namespaces;
        namespace(namespace);
        gateway = account("gateway");
        gate = TcpGate.to(apiServer.port());
        var config = client(gate.port()).getConfiguration();
        config.setOauthToken(
                admin.serviceAccounts()
                        .inNamespace("istio-system")
                        .withName("istio-citadel-service-account")
                        .tokenRequest(new TokenRequestBuilder().withNewSpec().endSpec().build())
                        .getStatus()
                        .getToken());
        client = new KubernetesClientBuilder().withConfig(config).build();
        var made = new AtomicReference<SecretCredentials>();
        citadel =
                new RunningCitadel(
                        folder,
                        clock,
                        Duration.ofHours(24),
                        0,
                        Duration.ofMinutes(30),
                        _ -> null,
                        (shelf, metrics) -> {
                            made.set(new SecretCredentials(client, shelf, MEMORY, metrics, clock));
                            return made.get();
                        });
        secrets = made.get();
    }

    @AfterEach
    void stop() {
        citadel.close();
        secrets.close();
        client.close();
        gate.close();
    }

    private SpiffeId account(String name) {
        admin.resource(
                        new ServiceAccountBuilder()
                                .withNewMetadata()
                                .withNamespace(namespace)
                                .withName(name)
                                .endMetadata()
                                .build())
                .create();
        return new SpiffeId("cluster.local", namespace, name);
    }

    /// The Role of docs/credentials.md: who is named may read these Secrets.
    private void allow(String role, List<SpiffeId> readers, String... names) {
        admin.resource(
                        new RoleBuilder()
                                .withNewMetadata()
                                .withNamespace(namespace)
                                .withName(role)
                                .endMetadata()
                                .withRules(
                                        new PolicyRuleBuilder()
                                                .withApiGroups("")
                                                .withResources("secrets")
                                                .withResourceNames(names)
                                                .withVerbs("get", "list", "watch")
                                                .build())
                                .build())
                .create();
        var binding =
                new RoleBindingBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withName(role)
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "Role", role);
        for (var reader : readers) {
            binding.addNewSubject(
                    "", "ServiceAccount", reader.serviceAccount(), reader.namespace());
        }
        admin.resource(binding.build()).create();
    }

    private void allow(String... names) {
        allow("credentials", List.of(gateway, SpiffeId.citadel("cluster.local")), names);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private void secret(String name, String type, Map<String, String> data) {
        var encoded = new HashMap<String, String>();
        data.forEach((key, value) -> encoded.put(key, base64(value)));
        admin.resource(
                        new SecretBuilder()
                                .withNewMetadata()
                                .withNamespace(namespace)
                                .withName(name)
                                .endMetadata()
                                .withType(type)
                                .withData(encoded)
                                .build())
                .createOr(it -> it.update());
    }

    private KeyMaterial tls(String name) {
        var material = authority.issue("shop.example", clock.instant());
        secret(
                name,
                TLS,
                Map.of(
                        "tls.crt",
                        Pem.encode(material.chain()),
                        "tls.key",
                        Pem.encode(material.key())));
        return material;
    }

    private SdsClient<DeltaDiscoveryRequest, DeltaDiscoveryResponse> asks(
            SpiffeId caller, String... names) {
        return SdsClient.delta(citadel.withToken(caller)).send(subscribe(names));
    }

    private static Secret secret(DeltaDiscoveryResponse response) throws IOException {
        assertThat(response.getRemovedResourcesList()).isEmpty();
        return response.getResources(0).getResource().unpack(Secret.class);
    }

    private double count(String name, String label, String value) {
        return citadel.registry.scrape(name::equals).stream()
                .map(CounterSnapshot.class::cast)
                .flatMap(snapshot -> snapshot.getDataPoints().stream())
                .filter(point -> value.equals(point.getLabels().get(label)))
                .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
                .sum();
    }

    @Test
    void aGatewayGetsTheSecretItMayReadItsRenewalAndItsEnd() throws Exception {
        allow("web");
        var first = tls("web");
        var stream = asks(gateway, "web");
        var response = stream.next();
        assertThat(material(secret(response))).isEqualTo(first);
        stream.send(ack(response));

        var second = tls("web");
        response = stream.next();
        assertThat(material(secret(response))).isEqualTo(second);
        stream.send(ack(response));

        admin.secrets().inNamespace(namespace).withName("web").delete();
        response = stream.next();
        assertThat(response.getRemovedResourcesList()).containsExactly("web");
        stream.send(ack(response));

        var third = tls("web");
        assertThat(material(secret(stream.next()))).isEqualTo(third);
    }

    /// Hardening case 5: a sidecar of the gateway's own namespace, and a gateway of the same name elsewhere.
    @Test
    void whoMayNotReadItGetsNothing() throws Exception {
        allow("web");
        tls("web");
        var sidecar = account("storefront");
        var elsewhere = new SpiffeId("cluster.local", "istio-system", "gateway");

        for (var caller : List.of(sidecar, elsewhere)) {
            assertThat(asks(caller, "web").next().getRemovedResourcesList()).containsExactly("web");
        }

        assertThat(count("citadel_access_reviews", "result", "denied")).isEqualTo(2);
        assertThat(count("citadel_sds_refusals", "reason", "CREDENTIAL_NOT_ALLOWED")).isEqualTo(2);
        assertThat(secrets.all()).isEmpty();
    }

    @Test
    void rightsThatComeAndGoAreFollowed() throws Exception {
        var material = tls("web");
        var stream = asks(gateway, "web");
        var response = stream.next();
        assertThat(response.getRemovedResourcesList()).containsExactly("web");
        stream.send(ack(response));

        allow("web");
        clock.advance(MEMORY.plusSeconds(1));
        await().untilAsserted(() -> {
            clock.advance(Duration.ofSeconds(2));
            assertThat(count("citadel_access_reviews", "result", "allowed")).isPositive();
        });
        response = stream.next();
        assertThat(material(secret(response))).isEqualTo(material);
        stream.send(ack(response));

        admin.rbac().roleBindings().inNamespace(namespace).withName("credentials").delete();
        await().untilAsserted(() -> {
            clock.advance(MEMORY.plusSeconds(1));
            assertThat(count("citadel_access_reviews", "result", "denied")).isGreaterThan(1);
        });
        assertThat(stream.next().getRemovedResourcesList()).containsExactly("web");
    }

    @Test
    void whatCitadelMayNotReadIsSaid() throws Exception {
        allow("gateway-only", List.of(gateway), "web");
        tls("web");

        assertThat(asks(gateway, "web").next().getRemovedResourcesList()).containsExactly("web");

        assertThat(count("citadel_sds_refusals", "reason", "CREDENTIAL_NOT_READABLE")).isOne();
    }

    @Test
    void istiosKeysAndASecretOfItsOwnForCallers() throws Exception {
        allow("web", "web-cacert");
        var material = authority.issue("shop.example", clock.instant());
        var other = Authority.root("other", clock.instant());
        secret(
                "web",
                OPAQUE,
                Map.of(
                        "cert",
                        Pem.encode(material.chain()),
                        "key",
                        Pem.encode(material.key()),
                        "cacert",
                        authority.pem()));

        assertThat(material(secret(asks(gateway, "web").next()))).isEqualTo(material);
        var stream = asks(gateway, "web-cacert");
        var response = stream.next();
        stream.send(ack(response));
        assertThat(roots(response)).isEqualTo(authority.pem());

        secret("web-cacert", OPAQUE, Map.of("cacert", other.pem()));
        assertThat(roots(stream.next())).isEqualTo(other.pem());
    }

    private static String roots(DeltaDiscoveryResponse response) throws IOException {
        return secret(response)
                .getValidationContext()
                .getTrustedCa()
                .getInlineBytes()
                .toStringUtf8();
    }

    @Test
    void aBadRenewalReplacesNothingAndIsTold() throws Exception {
        allow("web", "odd");
        var good = tls("web");
        var stream = asks(gateway, "web");
        stream.send(ack(stream.next()));

        secret("web", TLS, Map.of("tls.crt", "half", "tls.key", Pem.encode(good.key())));
        await().untilAsserted(() ->
                assertThat(secrets.all())
                        .singleElement()
                        .satisfies(held -> {
                            assertThat(held.refused()).isNotNull();
                            assertThat(held.refused().reason())
                                    .isEqualTo(CredentialRefused.Reason.MALFORMED);
                            assertThat(held.credential()).isNotNull();
                        }));
        assertThat(material(secret(asks(gateway, "web").next()))).isEqualTo(good);

        secret("odd", "example.com/odd", Map.of("tls.crt", "x"));
        assertThat(asks(gateway, "odd").next().getRemovedResourcesList()).containsExactly("odd");
        assertThat(count("citadel_credential_refusals", "reason", "WRONG_TYPE")).isOne();
    }

    @Test
    void whileTheApiserverIsAwayWhatIsThereStaysAndNobodyNewGetsAnything() throws Exception {
        allow("web", "new");
        var material = tls("web");
        tls("new");
        var stream = asks(gateway, "web");
        stream.send(ack(stream.next()));

        gate.shut();
        clock.advance(MEMORY.plusSeconds(1));
        var late = asks(gateway, "new");
        await().until(() -> count("citadel_access_reviews", "result", "unavailable") > 0);
        assertThat(late.within(Duration.ofMillis(700))).isNull();
        assertThat(stream.within(Duration.ofMillis(700))).isNull();

        gate.open();
        clock.advance(Duration.ofSeconds(2));
        assertThat(secret(late.next())).isNotNull();
        assertThat(material(secret(asks(gateway, "web").next()))).isEqualTo(material);
    }

    /// Citadel's own Secrets are no credentials, whoever may read them.
    @Test
    void itsOwnSecretsAreNotGivenOut() throws Exception {
        var system = new SpiffeId("cluster.local", "istio-system", "istio-citadel-service-account");
        secretOfCitadel();

        assertThat(asks(system, "istio-ca-secret").next().getRemovedResourcesList())
                .containsExactly("istio-ca-secret");
        assertThat(secrets.find(system, new CredentialKey(namespace, "web")))
                .isInstanceOf(Answer.None.class);
    }

    private static void secretOfCitadel() {
        admin.resource(
                        new SecretBuilder()
                                .withNewMetadata()
                                .withNamespace("istio-system")
                                .withName("istio-ca-secret")
                                .endMetadata()
                                .withType("istio.io/ca-root")
                                .withData(Map.of("ca-cert.pem", base64("x")))
                                .build())
                .create();
    }
}
