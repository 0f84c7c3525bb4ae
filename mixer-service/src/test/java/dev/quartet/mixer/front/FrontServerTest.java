package dev.quartet.mixer.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.UInt32Value;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.mixer.EnvoySamples;
import dev.quartet.mixer.TestMixer;
import dev.quartet.mixer.adapter.prometheus.CardinalityLimits;
import dev.quartet.mixer.adapter.prometheus.Series;
import io.envoyproxy.envoy.data.accesslog.v3.AccessLogType;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.service.accesslog.v3.AccessLogServiceGrpc;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsResponse;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Over real gRPC and mutual TLS, with messages as Envoy 1.40 sends them.
class FrontServerTest {
    private static final StreamAccessLogsMessage SERVER =
            EnvoySamples.reports("als-destination.json");
    private static final StreamAccessLogsMessage CLIENT = EnvoySamples.reports("als-source.json");
    private static final String DENY_STOREFRONT =
            TestMixer.denier(
                    "shop",
                    "closed",
                    7,
                    "reviews are closed",
                    "source.workload.name == \"storefront-v1\" && destination.labels[\"version\"] == \"v1\"");

    private final TestMixer mixer =
            new TestMixer(new CardinalityLimits(50, 1_000), Clock.systemUTC());

    @BeforeEach
    void serve() {
        mixer.with(DENY_STOREFRONT).serve();
    }

    @AfterEach
    void stop() {
        mixer.close();
    }

    private AuthorizationGrpc.AuthorizationBlockingStub checks() {
        return AuthorizationGrpc.newBlockingStub(mixer.channel(TestMixer.REVIEWS))
                .withDeadlineAfter(10, TimeUnit.SECONDS);
    }

    @Test
    void deniesWithStatusAndBody() {
        var answer = checks().check(EnvoySamples.check("check-mtls.json"));

        assertThat(answer.getStatus().getCode()).isEqualTo(7);
        assertThat(answer.getDeniedResponse().getStatus().getCodeValue()).isEqualTo(403);
        assertThat(answer.getDeniedResponse().getBody())
                .isEqualTo("PERMISSION_DENIED:closed.shop:reviews are closed");
        assertThat(
                        answer.getDynamicMetadata()
                                .getFieldsOrThrow("check.error_code")
                                .getNumberValue())
                .isEqualTo(7);
        assertThat(mixer.counter("mixer_check_requests", "result", "denied")).isEqualTo(1);
    }

    @Test
    void allowsWhatNoRuleMatches() {
        var answer = checks().check(EnvoySamples.check("check-gateway.json"));

        assertThat(answer.getStatus().getCode()).isZero();
        assertThat(answer.hasOkResponse()).isTrue();
        assertThat(mixer.counter("mixer_check_requests", "result", "allowed")).isEqualTo(1);
    }

    @Test
    void refusesTcpSinceItCannotJudgeIt() {
        var tcp =
                CheckRequest.newBuilder()
                        .setAttributes(
                                AttributeContext.newBuilder()
                                        .setSource(
                                                AttributeContext.Peer.newBuilder()
                                                        .setPrincipal(
                                                                "spiffe://cluster.local/ns/shop/sa/storefront")));

        var answer = checks().check(tcp.build());

        assertThat(answer.getStatus().getCode()).isEqualTo(7);
        assertThat(answer.hasOkResponse()).isFalse();
    }

    @Test
    void withoutConfigurationACheckIsAnError() {
        try (var unconfigured = new TestMixer().serve()) {
            var stub = AuthorizationGrpc.newBlockingStub(unconfigured.channel(TestMixer.REVIEWS));
            assertThatThrownBy(() -> stub.check(EnvoySamples.check("check-mtls.json")))
                    .isInstanceOfSatisfying(
                            StatusRuntimeException.class,
                            e ->
                                    assertThat(e.getStatus().getCode())
                                            .isEqualTo(Status.Code.UNAVAILABLE));
            assertThat(unconfigured.counter("mixer_check_requests", "result", "failed"))
                    .isEqualTo(1);
        }
    }

    @Test
    void refusesPlaintextAndStrangers() {
        ManagedChannel plaintext =
                NettyChannelBuilder.forAddress("127.0.0.1", mixer.front.port())
                        .usePlaintext()
                        .build();
        var stranger = new TestAuthority(Clock.systemUTC()).identity(TestMixer.REVIEWS);
        var strange = stranger.channel("127.0.0.1:" + mixer.front.port(), TestMixer.MIXER);
        try {
            for (var channel : new ManagedChannel[] {plaintext, strange}) {
                var stub =
                        AuthorizationGrpc.newBlockingStub(channel)
                                .withDeadlineAfter(10, TimeUnit.SECONDS);
                assertThatThrownBy(() -> stub.check(EnvoySamples.check("check-gateway.json")))
                        .isInstanceOfSatisfying(
                                StatusRuntimeException.class,
                                e ->
                                        assertThat(e.getStatus().getCode())
                                                .isEqualTo(Status.Code.UNAVAILABLE));
            }
        } finally {
            plaintext.shutdownNow();
            strange.shutdownNow();
        }
    }

    @Test
    void anIdentityOfAnotherTrustDomainMayNotCall() {
        var stub =
                AuthorizationGrpc.newBlockingStub(
                                mixer.channel(new SpiffeId("other.mesh", "shop", "reviews")))
                        .withDeadlineAfter(10, TimeUnit.SECONDS);
        assertThatThrownBy(() -> stub.check(EnvoySamples.check("check-gateway.json")))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e ->
                                assertThat(e.getStatus().getCode())
                                        .isIn(
                                                Status.Code.PERMISSION_DENIED,
                                                Status.Code.UNAVAILABLE));
    }

    /// One report stream of a proxy.
    private final class Proxy {
        final CompletableFuture<Void> end = new CompletableFuture<>();
        final StreamObserver<StreamAccessLogsMessage> stream;

        Proxy(SpiffeId caller) {
            stream =
                    AccessLogServiceGrpc.newStub(mixer.channel(caller))
                            .streamAccessLogs(
                                    new StreamObserver<>() {
                                        @Override
                                        public void onNext(StreamAccessLogsResponse answer) {}

                                        @Override
                                        public void onError(Throwable cause) {
                                            end.completeExceptionally(cause);
                                        }

                                        @Override
                                        public void onCompleted() {
                                            end.complete(null);
                                        }
                                    });
        }

        Proxy send(StreamAccessLogsMessage message) {
            stream.onNext(message);
            return this;
        }

        void finish() throws Exception {
            stream.onCompleted();
            end.get(20, TimeUnit.SECONDS);
        }

        Status failure() throws Exception {
            try {
                end.get(10, TimeUnit.SECONDS);
                return Status.OK;
            } catch (ExecutionException e) {
                return Status.fromThrowable(e.getCause());
            }
        }
    }

    @Test
    void countsBothSidesWithIstiosLabels() throws Exception {
        new Proxy(TestMixer.REVIEWS).send(SERVER).finish();
        new Proxy(TestMixer.STOREFRONT).send(CLIENT).finish();

        assertThat(mixer.exposition().lines())
                .contains(
                        "istio_requests_total{reporter=\"destination\",source_app=\"storefront\","
                                + "source_principal=\"cluster.local/ns/shop/sa/storefront\",source_workload=\"storefront-v1\","
                                + "source_workload_namespace=\"shop\",source_version=\"v1\",destination_app=\"reviews\","
                                + "destination_principal=\"cluster.local/ns/shop/sa/reviews\",destination_workload=\"reviews-v1\","
                                + "destination_workload_namespace=\"shop\",destination_version=\"v1\","
                                + "destination_service=\"reviews.shop.svc.cluster.local\",destination_service_name=\"reviews\","
                                + "destination_service_namespace=\"shop\",request_protocol=\"http\",response_code=\"403\","
                                + "response_flags=\"UAEX\",permissive_response_code=\"none\",permissive_response_policyid=\"none\","
                                + "connection_security_policy=\"mutual_tls\"} 1",
                        "istio_requests_total{reporter=\"source\",source_app=\"storefront\","
                                + "source_principal=\"cluster.local/ns/shop/sa/storefront\",source_workload=\"storefront-v1\","
                                + "source_workload_namespace=\"shop\",source_version=\"v1\",destination_app=\"reviews\","
                                + "destination_principal=\"cluster.local/ns/shop/sa/reviews\",destination_workload=\"reviews-v1\","
                                + "destination_workload_namespace=\"shop\",destination_version=\"v1\","
                                + "destination_service=\"reviews.shop.svc.cluster.local\",destination_service_name=\"reviews\","
                                + "destination_service_namespace=\"shop\",request_protocol=\"http\",response_code=\"200\","
                                + "response_flags=\"-\",permissive_response_code=\"none\",permissive_response_policyid=\"none\","
                                + "connection_security_policy=\"unknown\"} 1");
        assertThat(mixer.exposition())
                .contains("response_flags=\"UH\"", "response_flags=\"NR\"", "response_flags=\"UF\"")
                .contains("connection_security_policy=\"none\"")
                .contains(
                        "istio_request_duration_seconds_bucket",
                        "istio_request_bytes_count",
                        "istio_response_bytes_sum")
                .contains("le=\"0.005\"", "le=\"1e+08\"");
        assertThat(mixer.counter("mixer_report_entries", "result", "reported"))
                .isEqualTo(
                        SERVER.getHttpLogs().getLogEntryCount()
                                + CLIENT.getHttpLogs().getLogEntryCount());
        assertThat(mixer.counter("mixer_report_entries", "result", "failed")).isZero();
    }

    @Test
    void refusesAProxyThatClaimsAnotherIdentity() throws Exception {
        var failure = new Proxy(TestMixer.STOREFRONT).send(SERVER).failure();

        assertThat(failure.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(failure.getDescription()).contains("SERVICE_ACCOUNT \"reviews\"");
        assertThat(mixer.series.size()).isZero();
        assertThat(mixer.counter("mixer_report_streams_refused")).isEqualTo(1);
    }

    @Test
    void refusesAStreamThatDoesNotSayWhoItIs() throws Exception {
        var failure =
                new Proxy(TestMixer.REVIEWS)
                        .send(SERVER.toBuilder().clearIdentifier().build())
                        .failure();
        assertThat(failure.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void refusesAMessagePastTheLimit() throws Exception {
        var huge = SERVER.toBuilder();
        huge.getHttpLogsBuilder()
                .getLogEntryBuilder(0)
                .getRequestBuilder()
                .setPath("x".repeat(5 << 20));

        var failure = new Proxy(TestMixer.REVIEWS).send(huge.build()).failure();

        assertThat(failure.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    }

    @Test
    void countsARequestOnceWhateverItsIntermediateEntries() throws Exception {
        var message = SERVER.toBuilder();
        for (var type :
                new AccessLogType[] {
                    AccessLogType.DownstreamStart,
                    AccessLogType.DownstreamPeriodic,
                    AccessLogType.UpstreamEnd
                }) {
            var entry = SERVER.getHttpLogs().getLogEntry(0).toBuilder();
            entry.getCommonPropertiesBuilder().setAccessLogType(type);
            message.getHttpLogsBuilder().addLogEntry(entry);
        }
        new Proxy(TestMixer.REVIEWS).send(message.build()).finish();

        assertThat(requests()).isEqualTo(SERVER.getHttpLogs().getLogEntryCount());
        assertThat(mixer.counter("mixer_report_entries", "result", "intermediate")).isEqualTo(3);
    }

    @Test
    void everyEntryIsCountedExactlyOnceThroughManyStreams() throws Exception {
        var random = new Random(7);
        var proxies = new ArrayList<Proxy>();
        long sent = 0;
        for (int p = 0; p < 6; p++) {
            boolean client = p % 2 == 0;
            var proxy = new Proxy(client ? TestMixer.STOREFRONT : TestMixer.REVIEWS);
            proxy.send((client ? CLIENT : SERVER).toBuilder().clearHttpLogs().build());
            proxies.add(proxy);
        }
        for (int m = 0; m < 300; m++) {
            int p = random.nextInt(proxies.size());
            var sample = p % 2 == 0 ? CLIENT : SERVER;
            var message = StreamAccessLogsMessage.newBuilder();
            for (int e = random.nextInt(30); e > 0; e--) {
                message.getHttpLogsBuilder().addLogEntry(changed(sample, random));
                sent++;
            }
            proxies.get(p).send(message.build());
        }
        for (var proxy : proxies) {
            proxy.finish();
        }

        assertThat(requests()).isEqualTo((double) sent);
        for (var metric :
                new String[] {
                    "istio_request_duration_seconds", "istio_request_bytes", "istio_response_bytes"
                }) {
            assertThat(
                            mixer.series.families().stream()
                                    .filter(family -> family.definition().name().equals(metric))
                                    .flatMap(family -> family.series().stream())
                                    .mapToLong(series -> {
                                        var counts =
                                                ((Series.Distribution) series).cumulativeCounts();
                                        return counts[counts.length - 1];
                                    })
                                    .sum())
                    .as(metric)
                    .isEqualTo(sent);
        }
    }

    private static HTTPAccessLogEntry changed(StreamAccessLogsMessage sample, Random random) {
        var entries = sample.getHttpLogs().getLogEntryList();
        var entry = entries.get(random.nextInt(entries.size())).toBuilder();
        entry.getResponseBuilder().setResponseCode(UInt32Value.of(200 + random.nextInt(300)));
        entry.getRequestBuilder().setRequestBodyBytes(random.nextInt(1 << 20));
        return entry.build();
    }

    private double requests() {
        return mixer.series.families().stream()
                .filter(family -> family.definition().name().equals("istio_requests_total"))
                .flatMap(family -> family.series().stream())
                .mapToDouble(series -> ((Series.Counter) series).value())
                .sum();
    }

    @Test
    void knowsHowLongNoProxyHasReported() throws Exception {
        await().until(() -> mixer.front.secondsWithoutReportStream() > 0);
        var proxy = new Proxy(TestMixer.REVIEWS).send(SERVER);
        await().until(() -> mixer.front.openReportStreams() == 1);
        assertThat(mixer.front.secondsWithoutReportStream()).isZero();

        proxy.finish();
        await().until(() -> mixer.front.openReportStreams() == 0);
        await().until(() -> mixer.front.secondsWithoutReportStream() > 0);
    }

    @Test
    void stoppingReadsWhatProxiesStillSendAndEndsTheirStreams() throws Exception {
        var proxy = new Proxy(TestMixer.REVIEWS).send(SERVER);
        await().until(() -> mixer.front.openReportStreams() == 1);
        var stopping = CompletableFuture.runAsync(() -> mixer.front.stop(Duration.ofSeconds(2)));
        await().until(() -> !mixer.front.serving());

        proxy.send(StreamAccessLogsMessage.newBuilder().setHttpLogs(SERVER.getHttpLogs()).build());

        assertThat(proxy.failure().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        stopping.get(10, TimeUnit.SECONDS);
        assertThat(requests()).isEqualTo(2.0 * SERVER.getHttpLogs().getLogEntryCount());
    }
}
