package dev.quartet.galley.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.quartet.config.Position;
import dev.quartet.config.Subject;
import dev.quartet.config.analyze.Analysis;
import dev.quartet.config.analyze.Aspect;
import dev.quartet.config.analyze.Finding;
import dev.quartet.config.analyze.KubeService;
import dev.quartet.config.analyze.KubeWorkload;
import dev.quartet.testkit.SourceTree;
import dev.quartet.testkit.TcpGate;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What analysis sees of a real apiserver with the rights that `k8s/galley` gives.
@Tag("apiserver")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterViewTest {
    private static final String OBJECTS =
            """
            apiVersion: v1
            kind: Service
            metadata: {name: reviews, namespace: shop, labels: {app: reviews}}
            spec:
              selector: {app: reviews}
              ports:
              - {name: http, port: 80, targetPort: web}
              - {name: grpc, port: 81, appProtocol: grpc}
              - {name: dns, port: 53, protocol: UDP}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: outside, namespace: shop}
            spec: {type: ExternalName, externalName: web.example}
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: default, namespace: shop}
            ---
            apiVersion: v1
            kind: Pod
            metadata:
              name: reviews-1
              namespace: shop
              labels: {app: reviews}
              annotations: {sidecar.istio.io/inject: "true"}
            spec:
              securityContext: {runAsUser: 1000}
              initContainers:
              - {name: first, image: "shop/first:1"}
              containers:
              - {name: app, image: "shop/reviews:1", ports: [{name: web, containerPort: 9080}]}
              - {name: istio-proxy, image: "envoyproxy/envoy:v1.40.0", securityContext: {runAsUser: 1337}}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: done, namespace: shop, labels: {app: reviews}}
            spec:
              containers:
              - {name: app, image: "shop/reviews:1"}
            """;

    @RegisterExtension static final TestCluster cluster = new TestCluster();

    @BeforeAll
    void start() {
        cluster.put(TestCluster.text(SourceTree.root().resolve("k8s/galley/manifests/rbac.yaml")));
        cluster.put(OBJECTS);
        cluster.client()
                .pods()
                .inNamespace("shop")
                .withName("done")
                .editStatus(pod ->
                        new PodBuilder(pod)
                                .editOrNewStatus()
                                .withPhase("Succeeded")
                                .endStatus()
                                .build());
    }

    private KubernetesClient client(String serviceAccount, String namespace) {
        var token =
                cluster.client()
                        .serviceAccounts()
                        .inNamespace(namespace)
                        .withName(serviceAccount)
                        .tokenRequest(new TokenRequestBuilder().withNewSpec().endSpec().build())
                        .getStatus()
                        .getToken();
        var config = Config.fromKubeconfig(TestCluster.text(cluster.apiServer().kubeconfig()));
        config.setOauthToken(token);
        config.setAutoOAuthToken(token);
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    @Test
    void seesServicesPodsAndNamespacesAndNoSecrets() {
        try (var client = client("istio-galley-service-account", "istio-system")) {
            var seen = new ClusterView(client).surroundings();

            assertThat(seen.complete())
                    .containsExactlyInAnyOrder(
                            Aspect.SERVICES, Aspect.WORKLOADS, Aspect.NAMESPACES);
            assertThat(seen.secrets()).isEmpty();
            assertThat(seen.namespaces())
                    .extracting(namespace -> namespace.name())
                    .contains("shop", "istio-system");
            var reviews = service(seen.services(), "reviews");
            assertThat(reviews.host()).isEqualTo("reviews.shop.svc.cluster.local");
            assertThat(reviews.selector()).isEqualTo(Map.of("app", "reviews"));
            assertThat(reviews.ports())
                    .containsExactly(
                            new KubeService.Port("http", 80, "TCP", "web", null),
                            new KubeService.Port("grpc", 81, "TCP", "81", "grpc"),
                            new KubeService.Port("dns", 53, "UDP", "53", null));
            assertThat(service(seen.services(), "outside").alias()).isTrue();
            assertThat(seen.workloads())
                    .singleElement()
                    .satisfies(ClusterViewTest::assertIsReviews);
        }
    }

    private static KubeService service(List<KubeService> services, String name) {
        return services.stream()
                .filter(it -> it.object().subject().name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static void assertIsReviews(KubeWorkload pod) {
        assertThat(pod.object().subject()).isEqualTo(new Subject("Pod", "shop", "reviews-1"));
        assertThat(pod.object().position()).extracting(Position::line).isEqualTo(0);
        assertThat(pod.object().position().file()).startsWith("shop/reviews-1@");
        assertThat(pod.running()).isTrue();
        assertThat(pod.labels()).containsEntry("app", "reviews");
        assertThat(pod.annotations()).containsEntry("sidecar.istio.io/inject", "true");
        assertThat(pod.containers())
                .extracting(
                        it -> it.path().text(),
                        KubeWorkload.Container::name,
                        KubeWorkload.Container::user)
                .containsExactly(
                        tuple("spec.initContainers[0]", "first", 1000L),
                        tuple("spec.containers[0]", "app", 1000L),
                        tuple("spec.containers[1]", "istio-proxy", 1337L));
        assertThat(pod.containers().get(1).ports())
                .containsExactly(new KubeWorkload.Port("web", 9080, "TCP"));
    }

    @Test
    void whatMayNotBeListedIsNotKnown() {
        try (var client = client("default", "shop")) {
            var seen = new ClusterView(client).surroundings();

            assertThat(seen.complete()).isEmpty();
            assertThat(seen.services()).isEmpty();
        }
    }

    @Test
    void findingsNameTheObjectAndItsVersion() {
        var analysis = Analysis.of(List.of(), new ClusterView(cluster.client()).surroundings());

        assertThat(analysis.findings())
                .extracting(Finding::toString)
                .anyMatch(text ->
                        text.matches(
                                "NamespaceNotInjected shop@[0-9]+ Namespace shop metadata.labels: .*"));
    }

    @Test
    void anApiserverThatIsAwayLeavesEverythingUnknown() {
        try (var gate = TcpGate.to(cluster.apiServer().port());
                var client = cluster.client(gate.port())) {
            gate.shut();

            assertThat(new ClusterView(client).surroundings().complete()).isEmpty();
        }
    }
}
