package dev.quartet.pilot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.quartet.config.Severity;
import dev.quartet.config.check.ResourceChecker;
import dev.quartet.config.mesh.AccessLogFormats;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.pilot.node.HttpOptions;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.xds.ConnectionStatus;
import io.envoyproxy.envoy.service.accesslog.v3.AccessLogServiceGrpc;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsResponse;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// Two stock Envoys, the sidecars of a caller and of what it calls, while the mesh config changes: nobody connects anew, and no request
/// is lost.
class MeshConfigOnEnvoyTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    /// Of operators that cannot do without a parameter of a certain kind.
    private static final Map<String, String> PARAMETERS =
            Map.of(
                    "CEL", "request.path",
                    "COALESCE", "{\"operators\": [{\"command\": \"REQ\", \"param\": \"x\"}]}",
                    "COMMON_DURATION", "DS_RX_BEG:DS_RX_END:ms",
                    "METADATA", "CLUSTER:istio:host");

    private final TwoSidecars sidecars = TwoSidecars.start(HttpOptions.USUAL);

    @AfterEach
    void close() {
        sidecars.close();
    }

    @Test
    void accessLogsComeChangeAndGoWhileRequestsAreServed(@TempDir Path folder) throws Exception {
        var file = folder.resolve("access.log");
        var failed = new ConcurrentLinkedQueue<String>();
        var sent = new AtomicInteger();
        var ended = new AtomicBoolean();
        try (var client = Executors.newVirtualThreadPerTaskExecutor()) {
            client.execute(() -> {
                while (!ended.get()) {
                    var path = "/" + sent.incrementAndGet();
                    try {
                        var status = sidecars.get(path);
                        if (status != 200) {
                            failed.add(path + ": " + status);
                        }
                    } catch (UncheckedIOException lost) {
                        failed.add(path + ": " + lost.getMessage());
                    }
                }
            });
            try {
                sidecars.serve(
                        "on",
                        "accessLogFile: %s\naccessLogFormat: 'one %%REQ(:PATH)%%'".formatted(file));
                sidecars.awaitInForce("on");
                await().atMost(LIMIT)
                        .untilAsserted(() ->
                                assertThat(lines(file)).anyMatch(it -> it.matches("one /[0-9]+")));

                sidecars.serve(
                        "changed",
                        "accessLogFile: %s\naccessLogEncoding: JSON\naccessLogFormat: '{\"two\": \"%%REQ(:PATH)%%\"}'"
                                .formatted(file));
                sidecars.awaitInForce("changed");
                await().atMost(LIMIT)
                        .untilAsserted(() ->
                                assertThat(lines(file))
                                        .anyMatch(it -> it.matches("\\{\"two\":\"/[0-9]+\"}")));

                sidecars.serve("off", "");
                sidecars.awaitInForce("off");
                var before = sent.get();
                await().atMost(LIMIT).until(() -> sent.get() > before + 20);
            } finally {
                ended.set(true);
            }
        }

        assertThat(failed).isEmpty();
        for (var envoy : sidecars.envoys()) {
            assertThat(envoy.stat("cluster.xds-grpc.upstream_cx_total")).isEqualTo(1);
            assertThat(envoy.stat("runtime.deprecated_feature_use")).isZero();
            // what drains is there until its last connection is gone
            await().atMost(LIMIT)
                    .untilAsserted(
                            () -> assertThat(envoy.configDump()).doesNotContain(file.toString()));
        }
    }

    @Test
    void aMeshConfigThatProxiesRefuseLeavesTheLastGoodOneInForce(@TempDir Path folder) {
        var file = folder.resolve("access.log");
        sidecars.serve(
                "good",
                "accessLogFile: %s\naccessLogFormat: 'good %%REQ(:PATH)%%'".formatted(file));
        sidecars.awaitInForce("good");

        sidecars.serve("bad", "accessLogFile: " + folder.resolve("nowhere/access.log"));
        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(sidecars.statuses())
                                .extracting(ConnectionStatus::state)
                                .containsOnly(ConnectionStatus.State.NACKED));

        assertThat(sidecars.statuses().getFirst().errors().get(XdsType.LDS))
                .contains("nowhere/access.log");
        assertThat(sidecars.get("/after")).isEqualTo(200);
        await().atMost(LIMIT).untilAsserted(() -> assertThat(lines(file)).contains("good /after"));

        sidecars.serve(
                "better",
                "accessLogFile: %s\naccessLogFormat: 'better %%REQ(:PATH)%%'".formatted(file));
        sidecars.awaitInForce("better");
        await().atMost(LIMIT)
                .untilAsserted(() -> {
                    assertThat(sidecars.get("/again")).isEqualTo(200);
                    assertThat(lines(file)).contains("better /again");
                });
    }

    @Test
    void zipkinGetsTheSpansOfBothSidesAsOneTrace() throws IOException {
        var received = new ConcurrentLinkedQueue<Map<?, ?>>();
        var zipkin = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        zipkin.createContext(
                "/api/v2/spans",
                exchange -> {
                    var json =
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8);
                    ((List<?>) new Load(LoadSettings.builder().build()).loadFromString(json))
                            .forEach(span -> received.add((Map<?, ?>) span));
                    answer(exchange, 202);
                });
        zipkin.start();
        try {
            sidecars.serve(
                    "traced",
                    """
                    enableTracing: true
                    defaultConfig:
                      tracing:
                        zipkin: {address: "localhost:%d"}
                        maxPathTagLength: 20
                        customTags:
                          mesh: {literal: {value: shop}}
                          user: {header: {name: x-user, defaultValue: nobody}}
                    """
                            .formatted(zipkin.getAddress().getPort()));
            sidecars.awaitInForce("traced");

            // connections that were there before are drained first
            await().atMost(LIMIT)
                    .untilAsserted(() -> {
                        sidecars.get(
                                "/a/path/that/is/longer/than/it/may/be", Map.of("x-user", "ann"));
                        assertThat(received.stream().map(span -> String.valueOf(span.get("kind"))))
                                .contains("CLIENT", "SERVER");
                    });
            var server = spanOf(received, "kind", "SERVER");
            await().atMost(LIMIT)
                    .untilAsserted(() ->
                            assertThat(received.stream().map(span -> span.get("id")))
                                    .anyMatch(id -> id.equals(server.get("parentId"))));
            var client = spanOf(received, "id", String.valueOf(server.get("parentId")));
            assertThat(client.get("kind")).isEqualTo("CLIENT");
            assertThat(server.get("traceId")).isEqualTo(client.get("traceId"));
            assertThat(String.valueOf(client.get("traceId"))).hasSize(32);
            assertThat(client.get("name")).isEqualTo("reviews.shop.svc.cluster.local:9080/*");
            assertThat(client.get("localEndpoint"))
                    .asString()
                    .contains("serviceName=storefront-v1.shop");
            assertThat(server.get("localEndpoint"))
                    .asString()
                    .contains("serviceName=reviews-v1.shop");
            for (var span : List.of(client, server)) {
                assertThat(span.get("tags"))
                        .asString()
                        .contains("mesh=shop", "user=ann")
                        .containsPattern("/a/path/that/is/long[,}]")
                        .doesNotContain("longer");
            }
        } finally {
            zipkin.stop(0);
        }
    }

    @Test
    void collectorsThatDnsDoesNotKnowHoldNothingUp() {
        sidecars.serve(
                "unknown",
                """
                enableTracing: true
                enableEnvoyAccessLogService: true
                defaultConfig:
                  tracing: {zipkin: {address: "zipkin.nowhere.invalid:9411"}}
                  envoyAccessLogService: {address: "logs.nowhere.invalid:15000"}
                """);

        sidecars.awaitInForce("unknown");

        assertThat(sidecars.get("/")).isEqualTo(200);
    }

    @Test
    void anOpenTelemetryCollectorGetsTheSpansOfBothSidesAsOneTrace() throws Exception {
        var received = new ConcurrentLinkedQueue<TracesData>();
        var collector = grpc(traceService(received));
        try {
            sidecars.serve(
                    "traced",
                    """
                    enableTracing: true
                    defaultConfig: {tracing: {openTelemetry: {address: "127.0.0.1:%d"}}}
                    """
                            .formatted(collector.getPort()));
            sidecars.awaitInForce("traced");

            await().atMost(LIMIT)
                    .untilAsserted(() -> {
                        sidecars.get("/");
                        assertThat(spans(received)).anyMatch(Span::isServer);
                    });
            var server = spans(received).stream().filter(Span::isServer).findFirst().orElseThrow();
            await().atMost(LIMIT)
                    .untilAsserted(() ->
                            assertThat(spans(received))
                                    .contains(
                                            new Span(
                                                    "storefront-v1.shop",
                                                    server.trace(),
                                                    server.parent(),
                                                    "",
                                                    "SPAN_KIND_CLIENT",
                                                    "/")));
            assertThat(server.service()).isEqualTo("reviews-v1.shop");

            sidecars.serve("off", "");
            sidecars.awaitInForce("off");
            for (var envoy : sidecars.envoys()) {
                assertThat(envoy.get("/clusters")).doesNotContain("opentelemetry_collector");
            }
        } finally {
            collector.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void withASamplingOfZeroOnlyRequestsThatAskForItAreTraced() throws Exception {
        var received = new ConcurrentLinkedQueue<TracesData>();
        var collector = grpc(traceService(received));
        try {
            sidecars.serve(
                    "traced",
                    """
                    enableTracing: true
                    defaultConfig: {tracing: {openTelemetry: {address: "127.0.0.1:%d"}, sampling: 0}}
                    """
                            .formatted(collector.getPort()));
            sidecars.awaitInForce("traced");

            await().atMost(LIMIT)
                    .untilAsserted(() -> {
                        sidecars.get("/not");
                        sidecars.get("/asks", Map.of("x-client-trace-id", "ask"));
                        assertThat(spans(received)).anyMatch(Span::isServer);
                    });
            assertThat(spans(received)).extracting(Span::path).containsOnly("/asks");
        } finally {
            collector.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void theAccessLogServiceGetsEntriesOfBothSides() throws Exception {
        var received = new ConcurrentLinkedQueue<StreamAccessLogsMessage>();
        var logs = grpc(new LogService(received).bindService());
        try {
            sidecars.serve(
                    "logged",
                    """
                    enableEnvoyAccessLogService: true
                    defaultConfig: {envoyAccessLogService: {address: "127.0.0.1:%d"}}
                    """
                            .formatted(logs.getPort()));
            sidecars.awaitInForce("logged");

            await().atMost(LIMIT)
                    .untilAsserted(() -> {
                        sidecars.get("/logged");
                        assertThat(entries(received))
                                .contains("INBOUND /logged", "OUTBOUND /logged");
                    });
            assertThat(received.stream().filter(StreamAccessLogsMessage::hasIdentifier))
                    .extracting(it -> it.getIdentifier().getLogName())
                    .containsOnly("http_envoy_accesslog");
        } finally {
            logs.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        }
    }

    /// Else the rules would let in what proxies refuse.
    @Test
    void envoyTakesEveryOperatorThatTheRulesLetIn() {
        var format = new StringBuilder();
        AccessLogFormats.operators().stream()
                .sorted()
                .map(MeshConfigOnEnvoyTest::written)
                .forEach(operator -> format.append(operator).append(' '));
        var text = "accessLogFile: /dev/null\naccessLogFormat: '" + format + "'";
        assertThat(problems(text)).isEmpty();

        sidecars.serve("all", text);

        sidecars.awaitInForce("all");
        assertThat(sidecars.get("/")).isEqualTo(200);
    }

    private static String written(String operator) {
        var parameter = PARAMETERS.get(operator);
        var bare = "%" + operator + "%";
        return parameter != null
                ? "%" + operator + "(" + parameter + ")%"
                : problems("accessLogFormat: '" + bare + "'").isEmpty()
                        ? bare
                        : "%" + operator + "(a)%";
    }

    private static List<String> problems(String settings) {
        return new ResourceReader()
                .readYaml("mesh.yaml", TwoSidecars.mesh(settings)).resources().stream()
                        .flatMap(read -> ResourceChecker.check(read).stream())
                        .filter(problem -> problem.severity() == Severity.ERROR)
                        .map(String::valueOf)
                        .toList();
    }

    private static void answer(HttpExchange exchange, int status) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(status, -1);
        }
    }

    private static Server grpc(ServerServiceDefinition... services) throws IOException {
        var builder =
                NettyServerBuilder.forAddress(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .directExecutor();
        for (var service : services) {
            builder.addService(service);
        }
        return builder.build().start();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Map<?, ?> spanOf(Queue<Map<?, ?>> spans, String field, String value) {
        return spans.stream()
                .filter(span -> value.equals(span.get(field)))
                .findFirst()
                .orElseThrow();
    }

    private record Span(
            String service, String trace, String id, String parent, String kind, String path) {
        boolean isServer() {
            return kind.equals("SPAN_KIND_SERVER");
        }
    }

    private static List<Span> spans(Queue<TracesData> received) {
        var spans = new ArrayList<Span>();
        for (var data : received) {
            for (var resource : data.getResourceSpansList()) {
                var service =
                        resource.getResource().getAttributesList().stream()
                                .filter(it -> it.getKey().equals("service.name"))
                                .map(it -> it.getValue().getStringValue())
                                .findFirst()
                                .orElse("");
                for (var scope : resource.getScopeSpansList()) {
                    for (var span : scope.getSpansList()) {
                        spans.add(
                                new Span(
                                        service,
                                        hex(span.getTraceId().toByteArray()),
                                        hex(span.getSpanId().toByteArray()),
                                        hex(span.getParentSpanId().toByteArray()),
                                        span.getKind().name(),
                                        span.getAttributesList().stream()
                                                .filter(it -> it.getKey().equals("http.url"))
                                                .map(it -> it.getValue().getStringValue())
                                                .map(url -> URI.create(url).getPath())
                                                .findFirst()
                                                .orElse("")));
                    }
                }
            }
        }
        return spans;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /// OTLP's `ExportTraceServiceRequest` has the only field of `TracesData`, under the same number.
    private static ServerServiceDefinition traceService(Queue<TracesData> received) {
        var export =
                MethodDescriptor.<TracesData, TracesData>newBuilder()
                        .setType(MethodDescriptor.MethodType.UNARY)
                        .setFullMethodName(
                                "opentelemetry.proto.collector.trace.v1.TraceService/Export")
                        .setRequestMarshaller(
                                ProtoUtils.marshaller(TracesData.getDefaultInstance()))
                        .setResponseMarshaller(
                                ProtoUtils.marshaller(TracesData.getDefaultInstance()))
                        .build();
        return ServerServiceDefinition.builder(
                        "opentelemetry.proto.collector.trace.v1.TraceService")
                .addMethod(
                        export,
                        ServerCalls.asyncUnaryCall((request, response) -> {
                            received.add(request);
                            response.onNext(TracesData.getDefaultInstance());
                            response.onCompleted();
                        }))
                .build();
    }

    /// Which side says it, by the cluster that the request went to, and its path.
    private static List<String> entries(Queue<StreamAccessLogsMessage> received) {
        return received.stream()
                .flatMap(it -> it.getHttpLogs().getLogEntryList().stream())
                .map(entry ->
                        (entry.getCommonProperties().getUpstreamCluster().startsWith("inbound|")
                                        ? "INBOUND "
                                        : "OUTBOUND ")
                                + entry.getRequest().getPath())
                .toList();
    }

    private static final class LogService extends AccessLogServiceGrpc.AccessLogServiceImplBase {
        private final Queue<StreamAccessLogsMessage> received;

        LogService(Queue<StreamAccessLogsMessage> received) {
            this.received = received;
        }

        @Override
        public StreamObserver<StreamAccessLogsMessage> streamAccessLogs(
                StreamObserver<StreamAccessLogsResponse> responses) {
            return new StreamObserver<>() {
                @Override
                public void onNext(StreamAccessLogsMessage message) {
                    received.add(message);
                }

                @Override
                public void onError(Throwable error) {}

                @Override
                public void onCompleted() {
                    responses.onCompleted();
                }
            };
        }
    }
}
