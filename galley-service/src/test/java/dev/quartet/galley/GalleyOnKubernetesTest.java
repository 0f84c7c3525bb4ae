package dev.quartet.galley;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.admin.MetricsServer;
import dev.quartet.config.Kind;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.kube.IngressObjects;
import dev.quartet.galley.kube.TestCluster;
import dev.quartet.identity.AdminToken;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.identity.testing.TestCitadel;
import dev.quartet.testkit.TcpGate;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.json.JsonMapper;

/// Galley with profile `kubernetes` on a real apiserver.
@Tag("apiserver")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GalleyOnKubernetesTest {
    private static final String KUBECONFIG = "kubeconfig"; // fabric8's system property
    private static final String ROUTE =
            """
            apiVersion: networking.istio.io/v1beta1
            kind: VirtualService
            metadata: {name: reviews, namespace: shop}
            spec:
              hosts: [reviews]
              http:
              - route: [{destination: {host: reviews}}]
            """;
    private static final String SERVICE =
            """
            apiVersion: v1
            kind: Service
            metadata: {name: reviews, namespace: shop}
            spec: {ports: [{name: http, port: 9080}]}
            """;

    @RegisterExtension static final TestCluster cluster = new TestCluster();
    @TempDir static Path temp;

    private final TestAuthority authority = new TestAuthority(Clock.systemUTC());
    private final List<ConfigurableApplicationContext> started = new ArrayList<>();
    private TestCitadel citadel;

    @BeforeAll
    void start() throws Exception {
        authority.writeRoot(temp.resolve("root.pem"));
        citadel =
                new TestCitadel(
                        authority,
                        new SpiffeId(
                                "cluster.local", "istio-system", "istio-galley-service-account"),
                        0);
        Files.writeString(
                Files.createFile(
                        temp.resolve("token"),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------"))),
                TestCitadel.TOKEN);
    }

    @AfterAll
    void stop() {
        started.forEach(ConfigurableApplicationContext::close);
        if (citadel != null) {
            citadel.close();
        }
    }

    /// @param apiServer a port that leads to the apiserver
    private ConfigurableApplicationContext galley(String name, int apiServer) throws IOException {
        var config = Files.readString(cluster.apiServer().kubeconfig());
        var own = temp.resolve(name + ".kubeconfig");
        Files.writeString(own, config.replace(":" + cluster.apiServer().port(), ":" + apiServer));
        System.setProperty(KUBECONFIG, own.toString());
        try {
            var galley =
                    SpringApplication.run(
                            GalleyApplication.class,
                            "--spring.profiles.active=kubernetes",
                            "--server.port=0",
                            "--quartet.metrics.port=0",
                            "--quartet.galley.grpc-port=0",
                            "--quartet.galley.webhook-port=0",
                            // ValidationOnKubernetesTest shows the webhook; here nobody asks it
                            "--quartet.galley.system-namespaces=shop",
                            "--quartet.bind-address=127.0.0.1",
                            "--quartet.admin.tls.from-identity=false",
                            "--quartet.state-dir=" + temp.resolve(name),
                            "--quartet.identity.token-file=" + temp.resolve("token"),
                            "--quartet.identity.root-cert-file=" + temp.resolve("root.pem"),
                            "--quartet.identity.citadel-address=" + citadel.address());
            started.add(galley);
            return galley;
        } finally {
            System.clearProperty(KUBECONFIG);
        }
    }

    @Test
    void servesNobodyBeforeItHasReadTheCluster() throws Exception {
        cluster.put(SERVICE);
        cluster.put(ROUTE);
        try (var gate = TcpGate.to(cluster.apiServer().port())) {
            gate.shut();
            var galley = galley("waiting", gate.port());
            var door = galley.getBean(GrpcDoor.class);
            assertThat(door.isOpen()).isFalse();
            assertThat(open(galley, "/healthz/ready").body())
                    .isEqualTo("waits for: the first lists of all sources\n");
            assertThat(rest(galley, "GET", "/admin/v1/status", "").body())
                    .contains("waiting for the first list");

            gate.open();
            await().atMost(TestCluster.LIMIT).until(door::isOpen);

            var desk = galley.getBean(ChangeDesk.class);
            assertThat(
                            java.util.Objects.requireNonNull(
                                            desk.log()
                                                    .current()
                                                    .collections()
                                                    .get(Kind.VIRTUAL_SERVICE))
                                    .resources())
                    .hasSize(1);
            assertThat(desk.config().problems())
                    .as("the route's host is a Service of the cluster")
                    .isEmpty();
            await().atMost(TestCluster.LIMIT)
                    .until(() -> open(galley, "/healthz/ready").statusCode() == 200);
        }
    }

    @Test
    void showsAndServesWhatAnIngressIsTranslatedTo() throws Exception {
        var galley = galley("ingress", cluster.apiServer().port());
        await().atMost(TestCluster.LIMIT).until(galley.getBean(GrpcDoor.class)::isOpen);
        var name = "web-example-org-web-istio-autogenerated-k8s-ingress";

        cluster.put(IngressObjects.ingress("web", "path: /, pathType: Prefix", "number: 80"));

        await().atMost(TestCluster.LIMIT).until(() -> served(galley).contains("shop/" + name));
        var items =
                JsonMapper.shared().readTree(rest(galley, "GET", "/admin/v1/config", "").body());
        assertThat(items.path("items"))
                .anySatisfy(item -> {
                    assertThat(item.path("name").stringValue()).isEqualTo(name);
                    assertThat(item.path("origin").stringValue()).isEqualTo("ingress");
                    assertThat(item.path("file").stringValue()).startsWith("Ingress shop/web@");
                    assertThat(item.path("problems").toString())
                            .contains("Ingress shop/web@")
                            .contains("spec.rules[0].http.paths[0]");
                });

        cluster.put(ROUTE.replace("name: reviews,", "name: " + name + ","));
        await().atMost(TestCluster.LIMIT)
                .untilAsserted(() ->
                        assertThat(rest(galley, "GET", "/admin/v1/config/status", "").body())
                                .contains("IngressHidden Ingress shop/web@"));
        assertThat(rest(galley, "GET", "/admin/v1/config/VirtualService/shop/" + name, "").body())
                .as("a user's own resource is in force")
                .contains("\"reviews\"")
                .doesNotContain("web.example.org");
        cluster.delete(ROUTE.replace("name: reviews,", "name: " + name + ","));

        cluster.delete(IngressObjects.ingress("web"));
        await().atMost(TestCluster.LIMIT).until(() -> !served(galley).contains("shop/" + name));
    }

    /// The VirtualServices that sinks get.
    private static List<String> served(ConfigurableApplicationContext galley) {
        return java.util.Objects.requireNonNull(
                        galley.getBean(ChangeDesk.class)
                                .log()
                                .current()
                                .collections()
                                .get(Kind.VIRTUAL_SERVICE))
                .resources()
                .map(resource -> resource.getMetadata().getName())
                .toList();
    }

    @Test
    void analysesWithWhatTheClusterHas() throws Exception {
        cluster.put(SERVICE);
        var galley = galley("analysis", cluster.apiServer().port());
        await().atMost(TestCluster.LIMIT).until(galley.getBean(GrpcDoor.class)::isOpen);

        var answer = rest(galley, "POST", "/admin/v1/analyze", ROUTE.replace("[reviews]", "[a]"));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .contains("\"notKnown\":[\"secrets\"]", "NamespaceNotInjected shop@")
                .doesNotContain("HostNotFound");
    }

    private static HttpResponse<String> open(ConfigurableApplicationContext galley, String path)
            throws Exception {
        return send(
                HttpRequest.newBuilder(
                        URI.create(
                                "http://127.0.0.1:"
                                        + galley.getBean(MetricsServer.class).port()
                                        + path)));
    }

    private static HttpResponse<String> rest(
            ConfigurableApplicationContext galley, String method, String path, String body)
            throws Exception {
        return send(
                request(galley, path)
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .header("Content-Type", "application/yaml"));
    }

    private static HttpRequest.Builder request(ConfigurableApplicationContext galley, String path) {
        var port = galley.getEnvironment().getRequiredProperty("local.server.port");
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Authorization", "Bearer " + galley.getBean(AdminToken.class).reveal());
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }
}
