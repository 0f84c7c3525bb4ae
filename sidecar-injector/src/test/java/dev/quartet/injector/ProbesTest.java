package dev.quartet.injector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.quartet.identity.WebhookTls;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.injector.inject.Outcome;
import dev.quartet.injector.patch.PodPatch;
import dev.quartet.injector.pod.InvalidPodException;
import dev.quartet.injector.pod.Pod;
import dev.quartet.testkit.EnvoyProcess;
import dev.quartet.testkit.FreePorts;
import dev.quartet.testkit.PlainHttp;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The status port of an injected proxy, a stock Envoy, before applications that live and die. What needs Citadel and
/// Pilot is taken out of the bootstrap; the listener and the clusters of the probes are as they were injected.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProbesTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final byte[] SERVING = {8, 1};
    private static final byte[] NOT_SERVING = {8, 2};

    private HttpServer plain;
    private HttpsServer tls;
    private Server grpc;
    private EnvoyProcess envoy;
    private InetSocketAddress status;
    private int tcpPort;
    private volatile byte[] health = SERVING;
    private volatile int answer = 200;
    private volatile @Nullable String lastRequest;

    @BeforeAll
    void start() throws Exception {
        plain = HttpServer.create(loopback(0), 0);
        plain.createContext("/", this::plainApplication);
        plain.start();
        tls = HttpsServer.create(loopback(0), 0);
        var material = TestAuthority.selfSigned("EC", Duration.ofHours(1));
        tls.setHttpsConfigurator(new HttpsConfigurator(WebhookTls.of(() -> material).context()));
        tls.createContext(
                "/live",
                exchange -> {
                    exchange.sendResponseHeaders(204, -1);
                    exchange.close();
                });
        tls.start();
        grpc =
                NettyServerBuilder.forAddress(loopback(0))
                        .addService(healthService())
                        .build()
                        .start();
        var ports = FreePorts.several(3);
        tcpPort = ports.get(0);
        status = loopback(ports.get(1));
        envoy = EnvoyProcess.start(bootstrap(ports.get(2)));
        envoy.awaitReady();
    }

    @AfterAll
    void stop() {
        if (envoy != null) {
            envoy.close();
        }
        plain.stop(0);
        tls.stop(0);
        grpc.shutdownNow();
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private void plainApplication(HttpExchange exchange) throws IOException {
        try (exchange) {
            var headers = exchange.getRequestHeaders();
            lastRequest =
                    exchange.getRequestURI()
                            + " host="
                            + headers.getFirst("Host")
                            + " x-probe="
                            + headers.get("X-Probe")
                            + " user-agent="
                            + headers.getFirst("User-Agent");
            exchange.getResponseHeaders().set("Location", "/elsewhere");
            exchange.sendResponseHeaders(answer, -1);
        }
    }

    private ServerServiceDefinition healthService() {
        var bytes =
                new MethodDescriptor.Marshaller<byte[]>() {
                    @Override
                    public InputStream stream(byte[] value) {
                        return new ByteArrayInputStream(value);
                    }

                    @Override
                    public byte[] parse(InputStream stream) {
                        try {
                            return stream.readAllBytes();
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }
                };
        var check =
                MethodDescriptor.newBuilder(bytes, bytes)
                        .setType(MethodDescriptor.MethodType.UNARY)
                        .setFullMethodName("grpc.health.v1.Health/Check")
                        .build();
        return ServerServiceDefinition.builder("grpc.health.v1.Health")
                .addMethod(
                        check,
                        ServerCalls.asyncUnaryCall((_, responses) -> {
                            responses.onNext(health);
                            responses.onCompleted();
                        }))
                .build();
    }

    private String bootstrap(int unused) {
        var pod =
                Injectors.json(
                        """
                        {'spec':{'containers':[
                          {'name':'web','ports':[{'name':'http','containerPort':%d}],
                           'readinessProbe':{'httpGet':{'path':'ready?deep=$(X)','port':'http',
                             'httpHeaders':[{'name':'Host','value':'web.example'},{'name':'X-Probe','value':'100%%'}]}},
                           'livenessProbe':{'httpGet':{'path':'/live','port':%d,'scheme':'HTTPS'}},
                           'startupProbe':{'tcpSocket':{'port':%d},'periodSeconds':1}},
                          {'name':'api','livenessProbe':{'grpc':{'port':%d},'periodSeconds':1}},
                          {'name':'gone','livenessProbe':{'httpGet':{'port':%d}}}]}}
                        """
                                .formatted(
                                        plain.getAddress().getPort(),
                                        tls.getAddress().getPort(),
                                        tcpPort,
                                        grpc.getPort(),
                                        unused));
        var outcome =
                (Outcome.Injected) Injectors.nativeSidecars().inject(new Pod(pod, "shop", null));
        var argument =
                PodPatch.apply(pod, outcome.operations())
                        .at("/spec/initContainers/1/args/1")
                        .asString()
                        .replace("$$(", "$("); // as Kubernetes expands it
        var bootstrap = (ObjectNode) JSON.readTree(argument);
        bootstrap.remove("dynamic_resources");
        ((ObjectNode) bootstrap.at("/admin/address/socket_address")).put("port_value", 0);
        var statics = bootstrap.path("static_resources");
        ((ObjectNode) statics.at("/listeners/0/address/socket_address"))
                .put("address", status.getAddress().getHostAddress())
                .put("port_value", status.getPort());
        ((ArrayNode) statics.path("clusters"))
                .removeIf(cluster ->
                        Set.of("sds-grpc", "xds-grpc").contains(cluster.path("name").asString()));
        return JSON.writeValueAsString(bootstrap);
    }

    private int probe(String path) {
        return PlainHttp.get(status, "/app-health/" + path, Map.of("User-Agent", "kube-probe/1.36"))
                .status();
    }

    private void eventually(String path, int status) {
        await(path).atMost(LIMIT).until(() -> probe(path) == status);
    }

    @Test
    void anHttpProbeReachesTheApplicationAsTheKubeletWouldAsk() {
        answer = 200;

        assertThat(probe("web/readyz")).isEqualTo(200);

        assertThat(lastRequest)
                .isEqualTo(
                        "/ready?deep=$(X) host=web.example x-probe=[100%] user-agent=kube-probe/1.36");
        answer = 500;
        assertThat(probe("web/readyz")).isEqualTo(500);
        answer = 302;
        var redirected = PlainHttp.get(status, "/app-health/web/readyz", Map.of());
        assertThat(redirected.status()).isEqualTo(302);
        assertThat(redirected.headers()).doesNotContainKey("location");
    }

    @Test
    void anHttpsProbeTakesAnyCertificate() {
        assertThat(probe("web/livez")).isEqualTo(204);
    }

    @Test
    void anHttpProbeOfADeadApplicationIsRed() {
        assertThat(probe("gone/livez")).isEqualTo(503);
    }

    @Test
    void aTcpProbeIsGreenWhileThePortTakesConnections() throws IOException {
        eventually("web/startupz", 503);
        try (var _ = new ServerSocket(tcpPort, 50, InetAddress.getLoopbackAddress())) {
            eventually("web/startupz", 200);
        }
        eventually("web/startupz", 503);
    }

    @Test
    void aGrpcProbeSaysWhatTheHealthServiceSays() {
        eventually("api/livez", 200);
        health = NOT_SERVING;
        eventually("api/livez", 503);
        health = SERVING;
        eventually("api/livez", 200);
    }

    @Test
    void nothingElseIsAnswered() {
        assertThat(probe("web/other")).isEqualTo(404);
        assertThat(PlainHttp.get(status, "/ready", Map.of()).status()).isEqualTo(404);
        assertThat(
                        PlainHttp.request("POST", status, "/app-health/web/startupz", Map.of(), "")
                                .status())
                .isEqualTo(404);
    }

    @Test
    void aHeaderThatWouldBreakTheProxyRefusesThePod() {
        var pod =
                Injectors.json(
                        "{'spec':{'containers':[{'name':'web','readinessProbe':{'httpGet':{'port':80,'httpHeaders':[{'name':'X-A','value':'a\\nb'}]}}}]}}");

        assertThatThrownBy(() -> Injectors.nativeSidecars().inject(new Pod(pod, "shop", null)))
                .isInstanceOf(InvalidPodException.class)
                .hasMessageContaining("spec.containers.0.readinessProbe")
                .hasMessageContaining("header value \"a?b\"")
                .hasMessageContaining("rewriteAppHTTPProbers");
    }

    /// kube-apiserver says what is wrong with these.
    @Test
    void whatIsNoProbeStaysAsItIs() {
        for (var probe :
                new String[] {
                    "{'httpGet':{'port':0}}",
                    "{'httpGet':{'port':80,'httpHeaders':[{'name':'a b','value':'x'}]}}",
                    "{'tcpSocket':{'port':'nowhere'}}",
                    "{}",
                    "'text'"
                }) {
            var pod =
                    Injectors.json(
                            "{'spec':{'containers':[{'name':'web','livenessProbe':%s}]}}"
                                    .formatted(probe));
            var outcome =
                    (Outcome.Injected)
                            Injectors.nativeSidecars().inject(new Pod(pod, "shop", null));

            JsonNode injected = PodPatch.apply(pod, outcome.operations());

            assertThat(injected.at("/spec/containers/0/livenessProbe"))
                    .isEqualTo(pod.at("/spec/containers/0/livenessProbe"));
        }
    }
}
