package dev.quartet.mixer.attributes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.quartet.identity.SpiffeId;
import dev.quartet.mixer.EnvoySamples;
import dev.quartet.mixer.TestMixer;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.data.accesslog.v3.ResponseFlags;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class EntryAttributesTest {
    private static final StreamAccessLogsMessage SERVER =
            EnvoySamples.reports("als-destination.json");
    private static final StreamAccessLogsMessage CLIENT = EnvoySamples.reports("als-source.json");

    private final Peers peers = new Peers("cluster.local");
    private final Reporter reviews = reporter(SERVER, TestMixer.REVIEWS);
    private final Reporter storefront = reporter(CLIENT, TestMixer.STOREFRONT);

    private static Reporter reporter(StreamAccessLogsMessage message, SpiffeId caller) {
        return Reporter.of(
                message.getIdentifier().getLogName(), message.getIdentifier().getNode(), caller);
    }

    private EntryAttributes server(int entry) {
        return new EntryAttributes(SERVER.getHttpLogs().getLogEntry(entry), reviews, peers);
    }

    private EntryAttributes client(int entry) {
        return new EntryAttributes(CLIENT.getHttpLogs().getLogEntry(entry), storefront, peers);
    }

    @Test
    void readsAnAnsweredRequestOnTheServersSide() {
        var attributes = server(0);

        assertThat(attributes.get("context.reporter.kind")).isEqualTo("inbound");
        assertThat(attributes.get("response.code")).isEqualTo(200L);
        assertThat(attributes.get("response.size")).isEqualTo(423L);
        assertThat(attributes.get("request.size")).isEqualTo(0L);
        assertThat((Duration) attributes.get("response.duration"))
                .isBetween(Duration.ofMillis(1), Duration.ofSeconds(1));
        assertThat(attributes.get("context.proxy_error_code")).isEqualTo("-");
        assertThat(attributes.get("request.path")).isEqualTo("/closed/a");
        assertThat(attributes.get("request.method")).isEqualTo("GET");
        assertThat(attributes.get("request.useragent")).isEqualTo("curl/7.88.1");
        assertThat(attributes.entry("request.headers", "user-agent")).isEqualTo("curl/7.88.1");
        assertThat(attributes.get("connection.mtls")).isEqualTo(true);
        assertThat(attributes.get("source.principal"))
                .isEqualTo("cluster.local/ns/shop/sa/storefront");
        assertThat(attributes.get("source.workload.name")).isEqualTo("storefront-v1");
        assertThat(attributes.entry("source.labels", "version")).isEqualTo("v1");
        assertThat(attributes.get("destination.principal"))
                .isEqualTo("cluster.local/ns/shop/sa/reviews");
        assertThat(attributes.get("destination.workload.name")).isEqualTo("reviews-v1");
        assertThat(attributes.get("destination.service.name")).isEqualTo("reviews");
        assertThat(attributes.get("rbac.permissive.response_code")).isNull();
    }

    @Test
    void readsTheClaimsOfATokenAndTheNameThatTheRequestIsBoundTo() {
        var claims =
                Struct.newBuilder()
                        .putFields(
                                "iss", Value.newBuilder().setStringValue("https://issuer").build())
                        .putFields("sub", Value.newBuilder().setStringValue("alice").build())
                        .putFields("aud", Value.newBuilder().setStringValue("shop").build())
                        .putFields("azp", Value.newBuilder().setStringValue("app").build());
        var entry = SERVER.getHttpLogs().getLogEntry(0).toBuilder();
        entry.getCommonPropertiesBuilder()
                .getMetadataBuilder()
                .putFilterMetadata(
                        "envoy.filters.http.jwt_authn",
                        Struct.newBuilder()
                                .putFields(
                                        "https://issuer",
                                        Value.newBuilder().setStructValue(claims).build())
                                .build());
        var byPeer = new EntryAttributes(entry.build(), reviews, peers);
        entry.getCommonPropertiesBuilder().putCustomTags("source.principal.binding", "USE_ORIGIN");
        var byOrigin = new EntryAttributes(entry.build(), reviews, peers);

        assertThat(byPeer.get("request.auth.principal")).isEqualTo("https://issuer/alice");
        assertThat(byPeer.get("request.auth.audiences")).isEqualTo("shop");
        assertThat(byPeer.get("request.auth.presenter")).isEqualTo("app");
        assertThat(byPeer.entry("request.auth.claims", "sub")).isEqualTo("alice");
        assertThat(byPeer.get("source.principal"))
                .isEqualTo(server(0).get("source.principal"))
                .isNotNull();
        assertThat(byOrigin.get("source.principal")).isEqualTo("https://issuer/alice");
    }

    @Test
    void aDeniedRequestHasItsServiceAndFlag() {
        var attributes = server(1);

        assertThat(attributes.get("response.code")).isEqualTo(403L);
        assertThat(attributes.get("context.proxy_error_code")).isEqualTo("UAEX");
        assertThat(attributes.get("destination.service.host"))
                .isEqualTo("reviews.shop.svc.cluster.local");
    }

    @Test
    void aRequestWithoutMutualTlsHasNoSource() {
        var attributes = server(3);

        assertThat(attributes.get("connection.mtls")).isEqualTo(false);
        assertThat(attributes.get("source.principal")).isNull();
        assertThat(attributes.get("source.workload.name")).isNull();
        assertThat(attributes.get("source.namespace")).isNull();
        assertThat(attributes.get("destination.workload.name")).isEqualTo("reviews-v1");
    }

    @Test
    void theClientsSideIsItsNodeAndTheServersSideWhatItVerified() {
        var attributes = client(0);

        assertThat(attributes.get("context.reporter.kind")).isEqualTo("outbound");
        assertThat(attributes.get("source.workload.name")).isEqualTo("storefront-v1");
        assertThat(attributes.get("source.workload.namespace")).isEqualTo("shop");
        assertThat(attributes.entry("source.labels", "app")).isEqualTo("storefront");
        assertThat(attributes.get("source.principal"))
                .isEqualTo("cluster.local/ns/shop/sa/storefront");
        assertThat(attributes.get("destination.principal"))
                .isEqualTo("cluster.local/ns/shop/sa/reviews");
        assertThat(attributes.get("destination.workload.name")).isEqualTo("reviews-v1");
        assertThat(attributes.get("destination.service.host"))
                .isEqualTo("reviews.shop.svc.cluster.local");
        assertThat(attributes.get("destination.port")).isEqualTo(9080L);
        assertThat(attributes.get("connection.mtls")).isNull();
    }

    @Test
    void readsWhatIsLeftWhenNoEndpointAnswered() {
        var noRoute = client(2);
        assertThat(noRoute.get("response.code")).isEqualTo(404L);
        assertThat(noRoute.get("context.proxy_error_code")).isEqualTo("NR");
        assertThat(noRoute.get("destination.service.host")).isNull();
        assertThat(noRoute.get("destination.workload.name")).isNull();

        var noEndpoint = client(3);
        assertThat(noEndpoint.get("response.code")).isEqualTo(503L);
        assertThat(noEndpoint.get("context.proxy_error_code")).isEqualTo("UH");
        assertThat(noEndpoint.get("destination.service.host"))
                .isEqualTo("empty.shop.svc.cluster.local");

        var refused = client(4);
        assertThat(refused.get("context.proxy_error_code")).isEqualTo("UF");
        assertThat(refused.get("destination.principal")).isNull();
    }

    @Test
    void takesTheServiceFromTheClusterWhereNoTagNamesIt() {
        var entry = CLIENT.getHttpLogs().getLogEntry(0).toBuilder();
        entry.getCommonPropertiesBuilder()
                .clearCustomTags()
                .setUpstreamCluster("outbound|9080|v1|details.shop.svc.cluster.local");
        var attributes = new EntryAttributes(entry.build(), storefront, peers);

        assertThat(attributes.get("destination.service.host"))
                .isEqualTo("details.shop.svc.cluster.local");
        assertThat(attributes.get("destination.service.namespace")).isEqualTo("shop");

        entry.getCommonPropertiesBuilder().setUpstreamCluster("PassthroughCluster");
        assertThat(
                        new EntryAttributes(entry.build(), storefront, peers)
                                .get("destination.service.host"))
                .isNull();
    }

    @Test
    void aClientThatLeftHasNoCodeAndStillADuration() {
        var entry = SERVER.getHttpLogs().getLogEntry(0).toBuilder();
        entry.getResponseBuilder().clearResponseCode();
        entry.getCommonPropertiesBuilder()
                .clearTimeToLastDownstreamTxByte()
                .setDuration(com.google.protobuf.Duration.newBuilder().setNanos(7_000_000))
                .setResponseFlags(
                        ResponseFlags.newBuilder().setDownstreamConnectionTermination(true));
        var attributes = new EntryAttributes(entry.build(), reviews, peers);

        assertThat(attributes.get("response.code")).isEqualTo(0L);
        assertThat(attributes.get("response.duration")).isEqualTo(Duration.ofMillis(7));
        assertThat(attributes.get("context.proxy_error_code")).isEqualTo("DC");
    }

    @Test
    void writesAllFlagsInEnvoysOrder() {
        assertThat(FlagNames.of(ResponseFlags.getDefaultInstance())).isEqualTo("-");
        assertThat(
                        FlagNames.of(
                                ResponseFlags.newBuilder()
                                        .setUpstreamRetryLimitExceeded(true)
                                        .setUpstreamConnectionFailure(true)
                                        .setNoHealthyUpstream(true)
                                        .build()))
                .isEqualTo("UH,UF,URX");
        assertThat(FlagNames.of(ResponseFlags.newBuilder().setUpstreamOverflow(true).build()))
                .isEqualTo("UO");
    }

    @Test
    void aServersOwnNamespaceIsItsCertificates() {
        var entry = SERVER.getHttpLogs().getLogEntry(0).toBuilder();
        entry.getCommonPropertiesBuilder()
                .putCustomTags("destination.workload.namespace", "payments")
                .putCustomTags("destination.namespace", "payments");
        var attributes = new EntryAttributes(entry.build(), reviews, peers);

        assertThat(attributes.get("destination.workload.namespace")).isEqualTo("shop");
        assertThat(attributes.get("destination.namespace")).isEqualTo("shop");
    }

    @Test
    void tellsGrpcByItsContentType() {
        HTTPAccessLogEntry.Builder entry = SERVER.getHttpLogs().getLogEntry(0).toBuilder();
        entry.getRequestBuilder().putRequestHeaders("content-type", "application/grpc+proto");
        entry.getResponseBuilder().putResponseTrailers("grpc-status", "5");
        var attributes = new EntryAttributes(entry.build(), reviews, peers);

        assertThat(attributes.get("context.protocol")).isEqualTo("grpc");
        assertThat(attributes.get("response.grpc_status")).isEqualTo("5");
    }

    @Test
    void refusesANodeThatClaimsAnotherIdentityThanItsCertificate() {
        var node = SERVER.getIdentifier().getNode();
        assertThatThrownBy(() -> Reporter.of("destination", node, TestMixer.STOREFRONT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("SERVICE_ACCOUNT \"reviews\"")
                .hasMessageContaining("spiffe://cluster.local/ns/shop/sa/storefront");
        assertThatThrownBy(() ->
                        Reporter.of(
                                "destination",
                                claiming(node, "NAMESPACE", "istio-system"),
                                TestMixer.REVIEWS))
                .hasMessageContaining("NAMESPACE \"istio-system\"");
        assertThatThrownBy(() -> Reporter.of("other", node, TestMixer.REVIEWS))
                .hasMessageContaining("log_name");
    }

    private static Node claiming(Node node, String field, String value) {
        var metadata =
                Struct.newBuilder(node.getMetadata())
                        .putFields(field, Value.newBuilder().setStringValue(value).build());
        return node.toBuilder().setMetadata(metadata).build();
    }
}
