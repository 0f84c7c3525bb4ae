package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.ClusterMesh;
import dev.quartet.testkit.Load;
import dev.quartet.testkit.MeshUnderTest;
import dev.quartet.testkit.PlainHttp;
import dev.quartet.testkit.PrometheusProcess;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// `k8s/` on a real Kubernetes: first each service alone, then all in one go, then a bookshop that knows nothing of a mesh.
@Tag("cluster")
@ExtendWith(Progress.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterIT {
    private static final String SYSTEM = "istio-system";
    private static final String SHOP = "shop";
    private static final Duration BACK = Duration.ofSeconds(120);
    private static final List<String> CONTROL_PLANE =
            List.of(
                    "istio-citadel",
                    "istio-galley",
                    "istio-pilot",
                    "istio-mixer",
                    "istio-sidecar-injector");
    private static final List<String> WORKLOADS =
            List.of(
                    "storefront-v1",
                    "details-v1",
                    "ratings-v1",
                    "reviews-v1",
                    "reviews-v2",
                    "reviews-v3");

    private static ClusterMesh cluster;

    @BeforeAll
    static void up() {
        cluster = ClusterMesh.up();
    }

    @AfterAll
    static void down() {
        if (cluster != null) {
            cluster.close();
        }
    }

    // ---- each service alone

    @ParameterizedTest
    @Order(1)
    @CsvSource({
        "pilot, istio-pilot, 15014, config from Galley at istio-galley.istio-system.svc:9901",
        "mixer, istio-mixer, 15314, config from Galley at istio-galley.istio-system.svc:9901",
        "galley, istio-galley, 15114, ''",
        "injector, istio-sidecar-injector, 15414, ''"
    })
    void aloneItLivesAndSaysWhatItWaitsFor(
            String folder, String app, int metricsPort, String alsoWaitsFor) {
        applyFolder("k8s/" + folder);

        await().atMost(BACK)
                .ignoreExceptions()
                .untilAsserted(() -> {
                    var ready = cluster.readiness(app, metricsPort);
                    assertThat(ready.status()).isEqualTo(503);
                    assertThat(ready.body())
                            .contains("a certificate from Citadel at", "root-cert.pem is missing")
                            .contains(alsoWaitsFor);
                });
        assertThat(
                        PlainHttp.get(
                                        cluster.podAddress(SYSTEM, "app=" + app, metricsPort),
                                        "/healthz/live",
                                        Map.of())
                                .status())
                .isEqualTo(200);
        deleteFolder("k8s/" + folder + "/manifests");
    }

    @Test
    @Order(2)
    void citadelAloneIsReadyAndGivesEveryNamespaceTheRoot() {
        applyFolder("k8s/citadel");
        cluster.awaitRollout(SYSTEM, "istio-citadel", BACK);
        cluster.kubectl("create", "namespace", "later").orFail();

        for (var namespace : List.of("default", SYSTEM, "later")) {
            await().atMost(BACK)
                    .ignoreExceptions()
                    .untilAsserted(() ->
                            assertThat(
                                            cluster.get(
                                                    namespace,
                                                    "configmap/istio-ca-root-cert",
                                                    "{.data.root-cert\\.pem}"))
                                    .startsWith("-----BEGIN CERTIFICATE-----"));
        }
        cluster.kubectl("delete", "namespace", "later", SYSTEM, "--wait=true").orFail();
        deleteFolder("k8s/base");
    }

    // ---- the whole

    @Test
    @Order(10)
    void oneCommandBringsTheWholeMeshToAnEmptyCluster() {
        applyFolder("k8s");

        for (var deployment : deployments(SYSTEM)) {
            cluster.awaitRollout(SYSTEM, deployment, Duration.ofSeconds(300));
        }
        assertThat(deployments(SYSTEM))
                .containsAll(CONTROL_PLANE)
                .contains("istio-ingressgateway", "prometheus", "grafana");
    }

    /// Each pod of the system runs without root, without rights, on a read-only file system, with bounded memory.
    @Test
    @Order(11)
    void podsOfTheSystemHaveNoMoreThanTheyNeed() {
        for (var deployment : deployments(SYSTEM)) {
            var path = "{.spec.template.spec.containers[*].securityContext.%s}";
            var object = "deployment/" + deployment;
            assertThat(cluster.get(SYSTEM, object, path.formatted("readOnlyRootFilesystem")))
                    .as(deployment)
                    .isEqualTo("true");
            assertThat(cluster.get(SYSTEM, object, path.formatted("allowPrivilegeEscalation")))
                    .as(deployment)
                    .isEqualTo("false");
            assertThat(cluster.get(SYSTEM, object, path.formatted("capabilities.drop[*]")))
                    .as(deployment)
                    .isEqualTo("ALL");
            assertThat(
                            cluster.get(
                                    SYSTEM,
                                    object,
                                    "{.spec.template.spec.securityContext.runAsNonRoot}"))
                    .as(deployment)
                    .isEqualTo("true");
            assertThat(
                            cluster.get(
                                    SYSTEM,
                                    object,
                                    "{.spec.template.spec.containers[*].resources.limits.memory}"))
                    .as(deployment)
                    .isNotEmpty();
        }
    }

    @Test
    @Order(12)
    void aBookshopThatKnowsOfNoMeshGetsItsSidecars() throws IOException {
        var manifest = read("samples/bookshop/kubernetes.yaml");
        assertThat(withoutComments(manifest))
                .doesNotContainIgnoringCase("istio")
                .doesNotContainIgnoringCase("sidecar")
                .doesNotContainIgnoringCase("envoy");
        cluster.kubectl("create", "namespace", SHOP).orFail();
        cluster.kubectl("label", "namespace", SHOP, "istio-injection=enabled").orFail();

        cluster.apply(SHOP, manifest).orFail();
        cluster.apply(SHOP, read("samples/bookshop/kubernetes-gateway.yaml")).orFail();

        for (var workload : WORKLOADS) {
            cluster.awaitRollout(SHOP, workload, BACK);
            var app = workload.replaceFirst("-v\\d$", "");
            assertThat(
                            cluster.get(
                                    SHOP,
                                    "pod/"
                                            + cluster.pods(
                                                            SHOP,
                                                            "app="
                                                                    + app
                                                                    + ",version="
                                                                    + workload.substring(
                                                                            app.length() + 1))
                                                    .getFirst(),
                                    "{.spec.initContainers[*].name} {.spec.containers[*].name}"))
                    .isEqualTo("istio-init istio-proxy " + app);
        }
        await().atMost(BACK)
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(versions(60)).containsExactly("v1", "v2", "v3"));
    }

    @Test
    @Order(13)
    void iptablesSendTheApplicationsTrafficThroughItsProxy() {
        var pod = cluster.pods(SHOP, "app=storefront").getFirst();

        var rules = cluster.kubectl("logs", "-n", SHOP, pod, "-c", "istio-init").orFail().output();
        var answer =
                cluster.kubectl(
                                "exec",
                                "-n",
                                SHOP,
                                pod,
                                "-c",
                                "storefront",
                                "--",
                                "bash",
                                "-c",
                                "exec 3<>/dev/tcp/details/9080; printf 'GET /details/1 HTTP/1.1\\r\\nHost: details:9080\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3")
                        .orFail()
                        .output();

        assertThat(rules).contains("15001", "15006");
        assertThat(answer).contains("The Time Machine").containsIgnoringCase("server: envoy");
    }

    @Test
    @Order(14)
    void prometheusInTheClusterHasBothSidesOfEveryRequestUnderMutualTls() {
        Load.send(cluster.gateway(), "/storefront", Map.of(), 2, 40);

        // who asks does not know how the other side saw it; Istio 1.4 says "unknown" there
        var seen = Map.of("source", "unknown", "destination", "mutual_tls");
        seen.forEach((reporter, security) ->
                await().atMost(BACK)
                        .untilAsserted(() ->
                                assertThat(
                                                sum(
                                                        "istio_requests_total{reporter=\"%s\",source_workload=\"storefront-v1\",destination_workload=\"details-v1\",response_code=\"200\",connection_security_policy=\"%s\"}"
                                                                .formatted(reporter, security)))
                                        .as(reporter)
                                        .isPositive()));
        await().atMost(BACK)
                .untilAsserted(() ->
                        assertThat(sum("up == 1"))
                                .as("five services and seven proxies are found by their pods")
                                .isEqualTo(12));
        assertThat(
                        sum(
                                "istio_requests_total{destination_workload_namespace=\"shop\",source_workload_namespace=\"shop\",connection_security_policy!=\"mutual_tls\",reporter=\"destination\"}"))
                .as("requests between workloads in plaintext")
                .isZero();
    }

    @Test
    @Order(15)
    void strictRefusesAStrangerWhileRequestsAndProbesGoOn() throws IOException {
        var details = cluster.podAddress(SHOP, "app=details", 9080);
        assertThat(stranger(details)).contains("The Time Machine");
        cluster.apply(SHOP, read("samples/bookshop/strict-mtls.yaml")).orFail();
        try {
            await().atMost(BACK)
                    .untilAsserted(() -> assertThat(stranger(details)).isEqualTo("refused"));

            // the kubelet asks each second to ten: two rounds of it under STRICT
            var since = probesOf("details");
            await().atMost(BACK).until(() -> probesOf("details") > since + 4);
            for (var workload : WORKLOADS) {
                assertThat(cluster.get(SHOP, "deployment/" + workload, "{.status.readyReplicas}"))
                        .as(workload)
                        .isEqualTo("1");
            }
            assertThat(page().status()).isEqualTo(200);
            assertThat(
                            PlainHttp.get(
                                            new InetSocketAddress(details.getAddress(), 15020),
                                            "/app-health/details/readyz",
                                            Map.of())
                                    .status())
                    .isEqualTo(200);
        } finally {
            cluster.delete(SHOP, read("samples/bookshop/strict-mtls.yaml")).orFail();
        }
        await().atMost(BACK)
                .untilAsserted(() -> assertThat(stranger(details)).contains("The Time Machine"));
    }

    /// Its proxy lives on: a probe that asked the proxy alone would stay green.
    @Test
    @Order(16)
    void probesAreRedWhenTheApplicationIsDeadAndGreenWhenItIsBack() {
        var application = cluster.process("app.jar details");
        assertThat(application).isNotNull();
        Signals.send(application.pid(), "STOP");

        await().atMost(BACK)
                .untilAsserted(() ->
                        assertThat(
                                        cluster.get(
                                                SHOP,
                                                "pods",
                                                "{.items[?(@.metadata.labels.app==\"details\")].status.containerStatuses[0].ready}"))
                                .isEqualTo("false"));
        await().atMost(Duration.ofSeconds(180))
                .untilAsserted(() -> {
                    var pod = "pod/" + cluster.pods(SHOP, "app=details").getFirst();
                    assertThat(
                                    cluster.get(
                                            SHOP,
                                            pod,
                                            "{.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].ready}"))
                            .isEqualTo("1 true");
                });
        await().atMost(BACK).untilAsserted(() -> assertThat(page().status()).isEqualTo(200));
    }

    @Test
    @Order(17)
    void aJobWithASidecarEnds() {
        cluster.apply(
                        SHOP,
                        """
                        apiVersion: batch/v1
                        kind: Job
                        metadata: {name: stocktaking}
                        spec:
                          backoffLimit: 0
                          template:
                            spec:
                              restartPolicy: Never
                              containers:
                              - name: stocktaking
                                image: quartet/mesh-init:0.1.0
                                command: [bash, -c]
                                args:
                                - |
                                  exec 3<>/dev/tcp/details/9080
                                  printf 'GET /details/1 HTTP/1.1\\r\\nHost: details:9080\\r\\nConnection: close\\r\\n\\r\\n' >&3
                                  grep -q 'Time Machine' <&3
                        """)
                .orFail();

        var result =
                cluster.kubectl(
                        "wait",
                        "-n",
                        SHOP,
                        "--for=condition=Complete",
                        "job/stocktaking",
                        "--timeout=90s");

        assertThat(result.exitCode()).as(result.output() + cluster.diagnosis(SHOP)).isZero();
        assertThat(
                        cluster.get(
                                SHOP,
                                "pods",
                                "{.items[?(@.metadata.labels.job-name==\"stocktaking\")].spec.initContainers[*].name}"))
                .isEqualTo("istio-init istio-proxy");
        cluster.kubectl("delete", "-n", SHOP, "job", "stocktaking").orFail();
    }

    @Test
    @Order(18)
    void mixersRuleRefusesInItsWords() throws IOException {
        var rule = read("samples/bookshop/deny-reviews-v3.yaml");
        cluster.apply(SHOP, rule).orFail();
        cluster.apply(SHOP, Shop.allReviewsTo("v3")).orFail();
        try {
            await().atMost(BACK)
                    .untilAsserted(() -> {
                        var page = page();
                        assertThat(page.status()).isEqualTo(403);
                        assertThat(page.body()).contains("reviews v3 is closed today");
                    });
        } finally {
            cluster.delete(SHOP, Shop.allReviewsTo("v3")).orFail();
            cluster.delete(SHOP, rule).orFail();
        }
        await().atMost(BACK)
                .untilAsserted(() -> assertThat(versions(40)).containsExactly("v1", "v2", "v3"));
    }

    /// As k8s/README.md says it.
    @Test
    @Order(19)
    void meshApplyWritesARuleAsOneAndTakesItBack(@TempDir Path folder) throws IOException {
        var token =
                cluster.kubectl(
                                "exec",
                                "-n",
                                SYSTEM,
                                "deploy/istio-galley",
                                "--",
                                "cat",
                                "/var/lib/quartet/admin-token")
                        .orFail()
                        .output();
        var root = cluster.get(SYSTEM, "configmap/istio-ca-root-cert", "{.data.root-cert\\.pem}");
        var rule = read("samples/bookshop/deny-reviews-v3.yaml");
        try (var galley = cluster.forward(SYSTEM, "deploy/istio-galley", 8081)) {
            var environment =
                    Map.of(
                            "MESH_GALLEY_URL",
                            "https://127.0.0.1:" + galley.port(),
                            "MESH_TOKEN_FILE",
                            Files.writeString(folder.resolve("token"), token).toString(),
                            "MESH_CA_FILE",
                            Files.writeString(folder.resolve("root.pem"), root).toString());
            var file = Files.writeString(folder.resolve("rule.yaml"), rule).toString();

            var applied = mesh(environment, "apply", "-m", "closed today", "-f", file);
            assertThat(applied.exitCode()).as(applied.toString()).isZero();
            assertThat(cluster.kubectl("get", "-n", SHOP, "rules,handlers,instances").output())
                    .contains("deny-reviews-v3");
            var revisions = mesh(environment, "revisions", "--limit", "1");
            assertThat(revisions.out()).contains("apply", "created 3: closed today");

            var deleted = mesh(environment, "delete", "-f", file);
            assertThat(deleted.exitCode()).as(deleted.toString()).isZero();
            assertThat(cluster.kubectl("get", "-n", SHOP, "rules,handlers,instances").output())
                    .doesNotContain("deny-reviews-v3");
        }
    }

    private static MeshUnderTest.Result mesh(Map<String, String> environment, String... words) {
        return MeshUnderTest.run(environment, null, List.of(words));
    }

    // ---- what kube-apiserver is told

    @Test
    @Order(20)
    void galleysWebhookRefusesInTheUsersWords() {
        var result =
                cluster.apply(
                        SHOP,
                        """
                        apiVersion: networking.istio.io/v1alpha3
                        kind: VirtualService
                        metadata: {name: halves}
                        spec:
                          hosts: [reviews]
                          http:
                          - route:
                            - destination: {host: reviews, subset: v1}
                              weight: 50
                            - destination: {host: reviews, subset: v2}
                              weight: 30
                        """);

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.output())
                .contains("\"halves\" is invalid: spec.http[0].route:", "the weights sum to 80");
        assertThat(cluster.kubectl("get", "-n", SHOP, "virtualservice", "halves").exitCode())
                .isNotZero();
    }

    @Test
    @Order(21)
    void aPodThatCannotHaveItsSidecarIsRefusedWithTheReason() {
        var result =
                cluster.apply(
                        SHOP,
                        pod(
                                "bad-annotation",
                                "annotations: {traffic.sidecar.istio.io/excludeInboundPorts: \"ssh\"}",
                                ""));

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.output()).contains("traffic.sidecar.istio.io/excludeInboundPorts", "ssh");
        assertThat(cluster.kubectl("get", "-n", SHOP, "pod", "bad-annotation").exitCode())
                .as("it was not made without its sidecar")
                .isNotZero();
    }

    /// Hardening case 48.
    @ParameterizedTest
    @Order(22)
    @CsvSource({
        "host-network, '', hostNetwork: true",
        "windows, '', 'os: {name: windows}'",
        "opted-out, 'labels: {sidecar.istio.io/inject: \"false\"}', ''"
    })
    void podsThatGetNoSidecarAreLeftAsTheyAre(String name, String metadata, String spec) {
        cluster.apply(SHOP, pod(name, metadata, spec)).orFail();
        try {
            assertThat(cluster.get(SHOP, "pod/" + name, "{.spec.initContainers[*].name}"))
                    .isEmpty();
            assertThat(cluster.get(SHOP, "pod/" + name, "{.spec.containers[*].name}"))
                    .isEqualTo("main");
        } finally {
            cluster.kubectl("delete", "-n", SHOP, "pod", name, "--now", "--wait=false").orFail();
        }
    }

    /// A pod that is written as it came back, with its sidecar, gets no second one.
    @Test
    @Order(23)
    void aSecondPassChangesNothing() {
        cluster.apply(SHOP, pod("once", "", "")).orFail();
        try {
            var written = cluster.get(SHOP, "pod/once", "{.spec.initContainers[*].name}").strip();
            var again =
                    cluster.kubectl("get", "-n", SHOP, "pod/once", "-o", "yaml")
                            .orFail()
                            .output()
                            .replace("name: once", "name: twice")
                            .replaceAll("(?m)^  (resourceVersion|uid): .*\n", "");

            cluster.kubectlWith(again, "create", "-n", SHOP, "-f", "-").orFail();

            assertThat(written).isEqualTo("istio-init istio-proxy");
            assertThat(cluster.get(SHOP, "pod/twice", "{.spec.initContainers[*].name}"))
                    .isEqualTo(written);
        } finally {
            cluster.kubectl(
                    "delete",
                    "-n",
                    SHOP,
                    "pod",
                    "once",
                    "twice",
                    "--now",
                    "--ignore-not-found",
                    "--wait=false");
        }
    }

    /// Hardening case 49: who is away must not keep anybody from repairing the cluster.
    @Test
    @Order(24)
    void whileTheWebhooksAreAwayOnlyWhatTheyWatchIsRefused() {
        cluster.kubectl(
                        "scale",
                        "-n",
                        SYSTEM,
                        "--replicas=0",
                        "deployment/istio-sidecar-injector",
                        "deployment/istio-galley")
                .orFail();
        try {
            // a pod that is on its way out still answers
            cluster.kubectl(
                            "wait",
                            "--for=delete",
                            "-n",
                            SYSTEM,
                            "pod",
                            "-l",
                            "app in (istio-sidecar-injector,istio-galley)",
                            "--timeout=" + BACK.toSeconds() + "s")
                    .orFail();

            var refused = cluster.apply(SHOP, pod("refused", "", ""));
            var unjudged = cluster.apply(SHOP, Shop.allReviewsTo("v1"));

            assertThat(refused.output()).contains("namespace.sidecar-injector.istio.io");
            assertThat(refused.exitCode()).isNotZero();
            assertThat(unjudged.exitCode()).as(unjudged.output()).isNotZero();
            for (var namespace : List.of("kube-system", SYSTEM, "default")) {
                cluster.apply(namespace, pod("repair", "", "")).orFail();
                cluster.kubectl("delete", "-n", namespace, "pod", "repair", "--now", "--wait=false")
                        .orFail();
            }
            cluster.kubectl("create", "configmap", "-n", SYSTEM, "repair").orFail();
            cluster.kubectl("delete", "configmap", "-n", SYSTEM, "repair").orFail();
            assertThat(page().status()).isEqualTo(200);
        } finally {
            cluster.kubectl(
                            "scale",
                            "-n",
                            SYSTEM,
                            "--replicas=1",
                            "deployment/istio-sidecar-injector",
                            "deployment/istio-galley")
                    .orFail();
        }
        for (var deployment : List.of("istio-sidecar-injector", "istio-galley")) {
            cluster.awaitRollout(SYSTEM, deployment, BACK);
        }
        // ready is a moment before reachable: kube-proxy has to hear of it
        await().atMost(BACK)
                .untilAsserted(() -> cluster.apply(SHOP, pod("refused", "", "")).orFail());
        await().atMost(BACK)
                .untilAsserted(() -> cluster.apply(SHOP, Shop.allReviewsTo("v1")).orFail());
        cluster.delete(SHOP, Shop.allReviewsTo("v1")).orFail();
        cluster.kubectl("delete", "-n", SHOP, "pod", "refused", "--now", "--wait=false").orFail();
    }

    @ParameterizedTest
    @Order(25)
    @CsvSource({
        "mutatingwebhookconfiguration/istio-sidecar-injector",
        "validatingwebhookconfiguration/istio-galley"
    })
    void aStaleBundleIsPutRight(String configuration) {
        var before = cluster.get(SYSTEM, configuration, "{.webhooks[0].clientConfig.caBundle}");
        cluster.kubectl(
                        "patch",
                        configuration,
                        "--type=json",
                        "-p",
                        "[{\"op\":\"replace\",\"path\":\"/webhooks/0/clientConfig/caBundle\",\"value\":\"%s\"}]"
                                .formatted(anotherRoot()))
                .orFail();

        await().atMost(BACK)
                .untilAsserted(() ->
                        assertThat(
                                        cluster.get(
                                                SYSTEM,
                                                configuration,
                                                "{.webhooks[0].clientConfig.caBundle}"))
                                .isEqualTo(before));
    }

    // ---- under load

    @Test
    @Order(30)
    void noRequestFailsWhenPilotIsDeleted() {
        var before = cluster.pods(SYSTEM, "app=istio-pilot");
        try (var load = load()) {
            cluster.kubectl("delete", "pod", "-n", SYSTEM, before.getFirst(), "--wait=true")
                    .orFail();
            cluster.awaitRollout(SYSTEM, "istio-pilot", BACK);
            awaitMore(load, 100);

            assertNoneFailed(load);
        }
        assertThat(cluster.pods(SYSTEM, "app=istio-pilot")).doesNotContainAnyElementsOf(before);
    }

    static Stream<String> controlPlane() {
        return CONTROL_PLANE.stream();
    }

    @ParameterizedTest
    @Order(31)
    @MethodSource("controlPlane")
    void noRequestFailsWhenItIsReplacedByANewBuild(String deployment) {
        var container =
                cluster.get(
                        SYSTEM,
                        "deployment/" + deployment,
                        "{.spec.template.spec.containers[0].name}");
        var image =
                cluster.get(
                        SYSTEM,
                        "deployment/" + deployment,
                        "{.spec.template.spec.containers[0].image}");
        var next = image.replaceFirst(":.*", ":next");
        cluster.tagImage(image, next);
        try (var load = load()) {
            cluster.kubectl(
                            "set",
                            "image",
                            "-n",
                            SYSTEM,
                            "deployment/" + deployment,
                            container + "=" + next)
                    .orFail();
            cluster.awaitRollout(SYSTEM, deployment, BACK);
            awaitMore(load, 100);

            assertNoneFailed(load);
        }
    }

    /// One version of reviews at a time: its old pod is drained before it ends, its new one serves before that.
    @Test
    @Order(32)
    void noRequestFailsWhenAnApplicationIsReplaced() {
        try (var load = load()) {
            for (var workload : List.of("reviews-v2", "details-v1")) {
                cluster.kubectl("rollout", "restart", "-n", SHOP, "deployment/" + workload)
                        .orFail();
                cluster.awaitRollout(SHOP, workload, BACK);
            }
            awaitMore(load, 100);

            assertNoneFailed(load);
        }
    }

    // ---- what the tests say often

    private static void applyFolder(String folder) {
        cluster.kubectl("apply", "-k", SourceTree.root().resolve(folder).toString()).orFail();
    }

    private static void deleteFolder(String folder) {
        cluster.kubectl(
                        "delete",
                        "-k",
                        SourceTree.root().resolve(folder).toString(),
                        "--ignore-not-found",
                        "--wait=true")
                .orFail();
    }

    private static List<String> deployments(String namespace) {
        return List.of(
                cluster.get(namespace, "deployments", "{.items[*].metadata.name}").split(" "));
    }

    private static PlainHttp.Answer page() {
        return PlainHttp.get(cluster.gateway(), "/storefront", Map.of());
    }

    private static TreeSet<String> versions(int requests) {
        var gateway = cluster.gateway();
        var versions = new TreeSet<String>();
        for (var i = 0; i < requests; i++) {
            var page = PlainHttp.get(gateway, "/storefront", Map.of());
            assertThat(page.status()).as(page.body()).isEqualTo(200);
            versions.add(Shop.reviewsVersion(page.body()));
        }
        return versions;
    }

    /// A request in plaintext of somebody who is no part of the mesh.
    private static String stranger(InetSocketAddress details) {
        try {
            return PlainHttp.get(details, "/details/1", Map.of()).body();
        } catch (UncheckedIOException _) {
            return "refused";
        }
    }

    /// How often Envoy has answered probes of an application.
    private static long probesOf(String app) {
        return PlainHttp.get(
                        cluster.podAddress(SHOP, "app=" + app, 15020),
                        "/stats/prometheus",
                        Map.of())
                .body()
                .lines()
                .filter(line ->
                        line.startsWith("envoy_http_downstream_rq_total{")
                                && line.contains("=\"status\""))
                .mapToLong(line ->
                        (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static Load load() {
        return Load.start(cluster.gateway(), "/storefront", Map.of(), 2, Duration.ofMillis(50));
    }

    private static void awaitMore(Load load, int requests) {
        var before = load.tally().sent();
        await().atMost(BACK).until(() -> load.tally().sent() > before + requests);
    }

    private static void assertNoneFailed(Load load) {
        var tally = load.stop();
        assertThat(tally.failed()).as(tally.toString()).isZero();
    }

    private static double sum(String query) {
        return PrometheusProcess.query(
                        cluster.service(SYSTEM, "prometheus", 9090), "sum(" + query + ")")
                .stream()
                .mapToDouble(PrometheusProcess.Sample::value)
                .sum();
    }

    private static String pod(String name, String metadata, String spec) {
        return """
        apiVersion: v1
        kind: Pod
        metadata:
          name: %s
          %s
        spec:
          %s
          terminationGracePeriodSeconds: 1
          containers:
          - {name: main, image: "quartet/mesh-init:0.1.0", command: [sleep, infinity]}
        """
                .formatted(name, metadata, spec);
    }

    private static String anotherRoot() {
        return Base64.getEncoder()
                .encodeToString(
                        cluster.get("default", "configmap/kube-root-ca.crt", "{.data.ca\\.crt}")
                                .getBytes(StandardCharsets.UTF_8));
    }

    private static String read(String file) throws IOException {
        return Files.readString(SourceTree.root().resolve(file));
    }

    private static String withoutComments(String yaml) {
        return yaml.lines()
                .filter(line -> !line.startsWith("#"))
                .reduce("", (all, line) -> all + line + "\n");
    }
}
