package dev.quartet.citadel.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.quartet.citadel.metrics.CitadelMetrics;
import dev.quartet.citadel.root.RootAuthority;
import dev.quartet.citadel.token.TokenAuthority;
import dev.quartet.kube.LeaderWrites.StaleLeaderException;
import dev.quartet.kube.Leadership;
import dev.quartet.kube.Leadership.Term;
import dev.quartet.testkit.ApiServerProcess;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What Citadel keeps and publishes on a real apiserver.
@Tag("apiserver")
class ClusterStateTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Leadership.Timing FAST =
            new Leadership.Timing(
                    Duration.ofSeconds(3), Duration.ofSeconds(2), Duration.ofMillis(200));

    private static ApiServerProcess apiServer;
    private static KubernetesClient client;

    @BeforeAll
    static void start() throws IOException {
        apiServer = ApiServerProcess.create();
        client =
                new KubernetesClientBuilder()
                        .withConfig(Config.fromKubeconfig(Files.readString(apiServer.kubeconfig())))
                        .build();
    }

    @AfterAll
    static void stop() {
        if (client != null) {
            client.close();
            apiServer.close();
        }
    }

    private static void namespace(String name) {
        client.resource(
                        new NamespaceBuilder()
                                .withNewMetadata()
                                .withName(name)
                                .endMetadata()
                                .build())
                .create();
    }

    private static RootAuthority root(String namespace) throws IOException {
        return RootAuthority.loadOrCreate(
                KubernetesSecret.root(client, namespace), "cluster.local", Clock.systemUTC());
    }

    private static Secret secret(String namespace, String name) {
        return client.secrets().inNamespace(namespace).withName(name).get();
    }

    private static String decoded(Secret secret, String key) {
        return new String(
                Base64.getDecoder().decode(secret.getData().get(key)), StandardCharsets.UTF_8);
    }

    /// Hardening case 47: no double root.
    @Test
    void citadelsThatStartAtOnceHaveOneRoot() throws Exception {
        namespace("at-once");
        try (var threads = Executors.newFixedThreadPool(6)) {
            Callable<X509Certificate> start = () -> root("at-once").certificate();
            var roots = new HashSet<X509Certificate>();
            for (var started : threads.invokeAll(Stream.generate(() -> start).limit(12).toList())) {
                roots.add(started.get());
            }

            assertThat(roots).containsExactly(root("at-once").certificate());
        }
    }

    @Test
    void theRootHasIstiosForm() throws Exception {
        namespace("form");

        var root = root("form");

        var secret = secret("form", "istio-ca-secret");
        assertThat(secret.getType()).isEqualTo("istio.io/ca-root");
        assertThat(secret.getData()).containsOnlyKeys("ca-cert.pem", "ca-key.pem");
        assertThat(decoded(secret, "ca-cert.pem")).isEqualTo(root.pem());
        assertThat(decoded(secret, "ca-key.pem"))
                .startsWith("-----BEGIN PRIVATE KEY-----")
                .doesNotContain("CERTIFICATE");
    }

    @Test
    void aBrokenSecretIsNamedAndNeverReplaced() throws Exception {
        namespace("broken");
        root("broken");
        var whole = secret("broken", "istio-ca-secret");
        for (var key : whole.getData().keySet()) {
            var broken = client.getKubernetesSerialization().clone(whole);
            broken.getMetadata().setResourceVersion(null);
            broken.getData().put(key, Base64.getEncoder().encodeToString("half".getBytes()));
            client.resource(broken).update();

            var failure = catchThrowable(() -> root("broken"));

            assertThat(failure)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("Secret broken/istio-ca-secret holds no usable root")
                    .hasMessageContaining("restore it from a copy");
            assertThat(failure.getMessage()).doesNotContain(decoded(whole, "ca-key.pem"));
            assertThat(secret("broken", "istio-ca-secret").getData()).isEqualTo(broken.getData());
        }
        var empty = client.getKubernetesSerialization().clone(whole);
        empty.getMetadata().setResourceVersion(null);
        empty.setData(Map.of());
        client.resource(empty).update();

        assertThatThrownBy(() -> root("broken"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has no key ca-cert.pem");
    }

    @Test
    void aClusterWithoutItsNamespaceIsAClearRefusal() {
        assertThatThrownBy(() -> root("nowhere"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Secret nowhere/istio-ca-secret (404)");
    }

    @Test
    void replicasBelieveEachOthersTokens() throws Exception {
        namespace("tokens");
        var one =
                TokenAuthority.loadOrCreate(
                        KubernetesSecret.tokenKey(client, "tokens"),
                        "cluster.local",
                        Clock.systemUTC());
        var two =
                TokenAuthority.loadOrCreate(
                        KubernetesSecret.tokenKey(client, "tokens"),
                        "cluster.local",
                        Clock.systemUTC());
        var id = new dev.quartet.identity.SpiffeId("cluster.local", "shop", "machine");

        assertThat(
                        two.verify(
                                one.mint(id, Duration.ofMinutes(1))
                                        .authorization()
                                        .substring("Bearer ".length())))
                .isInstanceOf(dev.quartet.citadel.token.TokenVerdict.Accepted.class);
    }

    private static Leadership leadership(String replica) {
        return Leadership.start(client, "default", "citadel", replica, FAST);
    }

    private static RootConfigMaps publisher(String pem, Leadership leadership) {
        return new RootConfigMaps(
                client, pem, new CitadelMetrics(new PrometheusRegistry()), leadership);
    }

    private static void awaitRoot(String namespace, String pem) {
        await().atMost(LIMIT)
                .untilAsserted(() -> {
                    var map = map(namespace);
                    assertThat(map).isNotNull();
                    assertThat(map.getData()).containsEntry("root-cert.pem", pem);
                });
    }

    private static ConfigMap map(String namespace) {
        return client.configMaps().inNamespace(namespace).withName("istio-ca-root-cert").get();
    }

    /// One class's tests run one after another: each publisher ends before the next begins.
    @Test
    void everyNamespaceHasTheRootAndGetsItBack() {
        namespace("before");
        try (var leadership = leadership("one");
                var publisher = publisher("PEM", leadership)) {
            awaitRoot("before", "PEM");
            namespace("after");
            awaitRoot("after", "PEM");

            client.resource(map("after")).delete();
            awaitRoot("after", "PEM");

            var changed =
                    new ConfigMapBuilder(map("before"))
                            .withData(Map.of("root-cert.pem", "ANOTHER", "mine", "stays"))
                            .build();
            changed.getMetadata().setResourceVersion(null);
            client.resource(changed).update();
            awaitRoot("before", "PEM");
            assertThat(map("before").getData()).containsEntry("mine", "stays");
            assertThat(publisher.leads()).isTrue();
        }
    }

    /// Hardening case 47. The old leader was paused: it still holds its term and its own root when it wakes.
    @Test
    void anOvertakenLeaderWritesNothing() {
        namespace("fenced");
        Term old;
        try (var firstsTerm = leadership("first");
                var first = publisher("FIRST", firstsTerm)) {
            awaitRoot("fenced", "FIRST");
            old = new Term(termOf("fenced"));
        }
        try (var secondsTerm = leadership("second");
                var second = publisher("SECOND", secondsTerm)) {
            awaitRoot("fenced", "SECOND");
            try (var pausedsTerm = leadership("paused");
                    var paused = publisher("FIRST", pausedsTerm)) {
                await().atMost(LIMIT)
                        .untilAsserted(() ->
                                assertThatThrownBy(() -> paused.publish(old))
                                        .isInstanceOf(StaleLeaderException.class)
                                        .hasMessageContaining("another replica leads now"));

                assertThat(paused.leads()).isFalse();
                assertThat(second.leads()).isTrue();
                assertThat(map("fenced").getData()).containsEntry("root-cert.pem", "SECOND");
                assertThat(termOf("fenced")).isGreaterThan(old.number());
            }
        }
    }

    private static long termOf(String namespace) {
        return Long.parseLong(
                map(namespace).getMetadata().getAnnotations().get("quartet.dev/leader-term"));
    }
}
