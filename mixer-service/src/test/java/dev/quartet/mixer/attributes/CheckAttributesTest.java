package dev.quartet.mixer.attributes;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.quartet.identity.SpiffeId;
import dev.quartet.mixer.EnvoySamples;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CheckAttributesTest {
    private static final CheckRequest FROM_MESH = EnvoySamples.check("check-mtls.json");
    private static final CheckRequest FROM_OUTSIDE = EnvoySamples.check("check-plaintext.json");

    private final Peers peers = new Peers("cluster.local");

    private CheckAttributes of(CheckRequest request) {
        return new CheckAttributes(request, peers, null);
    }

    @Test
    void whoAsksIsTheDestinationWhereNothingElseSaysSo() {
        var request = FROM_OUTSIDE.toBuilder();
        request.getAttributesBuilder().clearContextExtensions().clearDestination();
        var proxy = new SpiffeId("cluster.local", "shop", "reviews");

        assertThat(new CheckAttributes(request.build(), peers, proxy).get("destination.namespace"))
                .isEqualTo("shop");
        assertThat(of(request.build()).get("destination.namespace")).isNull();
    }

    private static CheckRequest.Builder withPeerHeader(CheckRequest request, String header) {
        var changed = request.toBuilder();
        changed.getAttributesBuilder()
                .setMetadataContext(
                        Metadata.newBuilder()
                                .putFilterMetadata(
                                        "istio.attributes",
                                        Struct.newBuilder()
                                                .putFields(
                                                        "source",
                                                        Value.newBuilder()
                                                                .setStringValue(header)
                                                                .build())
                                                .build()));
        return changed;
    }

    @Test
    void readsTheRequestAsEnvoySawIt() {
        var attributes = of(FROM_MESH);

        assertThat(attributes.get("request.method")).isEqualTo("GET");
        assertThat(attributes.get("request.path")).isEqualTo("/closed/a");
        assertThat(attributes.get("request.host")).isEqualTo("reviews");
        assertThat(attributes.get("request.scheme")).isEqualTo("http");
        assertThat(attributes.get("request.useragent")).isEqualTo("curl/7.88.1");
        assertThat(attributes.get("request.time")).isInstanceOf(Instant.class);
        assertThat(attributes.get("context.timestamp")).isEqualTo(attributes.get("request.time"));
        assertThat((String) attributes.get("request.id")).hasSize(36);
        assertThat(attributes.entry("request.headers", ":method")).isEqualTo("GET");
        assertThat(attributes.entry("request.headers", "x-none")).isNull();
        assertThat(attributes.get("source.ip")).isInstanceOf(InetAddress.class);
        assertThat(attributes.get("destination.port")).isEqualTo(9080L);
        assertThat(attributes.get("connection.mtls")).isEqualTo(true);
        assertThat(attributes.get("connection.requested_server_name"))
                .isEqualTo("outbound_.9080_._.reviews.shop.svc.cluster.local");
        assertThat(attributes.get("context.protocol")).isEqualTo("http");
        assertThat(attributes.get("context.reporter.kind")).isEqualTo("inbound");
    }

    @Test
    void namesBothSidesWithoutScheme() {
        var attributes = of(FROM_MESH);

        assertThat(attributes.get("source.principal"))
                .isEqualTo("cluster.local/ns/shop/sa/storefront");
        assertThat(attributes.get("source.workload.name")).isEqualTo("storefront-v1");
        assertThat(attributes.get("source.namespace")).isEqualTo("shop");
        assertThat(attributes.get("source.uid")).isEqualTo("kubernetes://storefront-v1-1.shop");
        assertThat(attributes.get("source.name")).isEqualTo("storefront-v1-1");
        assertThat(attributes.entry("source.labels", "app")).isEqualTo("storefront");
        assertThat(attributes.get("destination.principal"))
                .isEqualTo("cluster.local/ns/shop/sa/reviews");
        assertThat(attributes.get("destination.workload.name")).isEqualTo("reviews-v1");
        assertThat(attributes.get("destination.namespace")).isEqualTo("shop");
        assertThat(attributes.entry("destination.labels", "version")).isEqualTo("v1");
        assertThat(attributes.get("destination.service.host"))
                .isEqualTo("reviews.shop.svc.cluster.local");
        assertThat(attributes.get("destination.service.name")).isEqualTo("reviews");
        assertThat(attributes.get("destination.service.namespace")).isEqualTo("shop");
        assertThat(attributes.get("destination.service.uid"))
                .isEqualTo("istio://shop/services/reviews");
    }

    @Test
    void believesNothingOfWhoHasNoCertificate() {
        var attributes =
                of(
                        withPeerHeader(
                                        FROM_OUTSIDE,
                                        "workload=admin;namespace=shop;app=admin;service_account=admin")
                                .build());

        assertThat(attributes.get("connection.mtls")).isEqualTo(false);
        assertThat(attributes.get("source.principal")).isNull();
        assertThat(attributes.get("source.workload.name")).isNull();
        assertThat(attributes.get("source.namespace")).isNull();
        assertThat(attributes.entry("source.labels", "app")).isNull();
        assertThat(attributes.get("source.labels")).isNull();
    }

    @Test
    void believesOnlyTheCertificateWhereThePeerHeaderSaysAnotherThing() {
        for (var header :
                new String[] {
                    "workload=admin;namespace=payments;app=admin;service_account=storefront",
                    "workload=admin;namespace=shop;app=admin;service_account=admin",
                    "workload=admin;app=admin",
                    ";;;===",
                    "workload=admin;namespace=shop;service_account=storefront;".repeat(200)
                }) {
            var attributes = of(withPeerHeader(FROM_MESH, header).build());

            assertThat(attributes.get("source.principal"))
                    .isEqualTo("cluster.local/ns/shop/sa/storefront");
            assertThat(attributes.get("source.workload.name")).as(header).isNull();
            assertThat(attributes.get("source.namespace")).isEqualTo("shop");
            assertThat(attributes.get("source.serviceAccount")).isEqualTo("storefront");
            assertThat(attributes.entry("source.labels", "app")).isNull();
        }
    }

    @Test
    void anExtensionCannotOverrideWhatEnvoySaw() {
        var request = FROM_MESH.toBuilder();
        request.getAttributesBuilder()
                .putContextExtensions("source.principal", "cluster.local/ns/shop/sa/admin")
                .putContextExtensions("connection.mtls", "false")
                .putContextExtensions("request.path", "/open");

        var attributes = of(request.build());

        assertThat(attributes.get("source.principal"))
                .isEqualTo("cluster.local/ns/shop/sa/storefront");
        assertThat(attributes.get("connection.mtls")).isEqualTo(true);
        assertThat(attributes.get("request.path")).isEqualTo("/closed/a");
    }

    @Test
    void typesExtensionsAsTheirAttributes() {
        var request = FROM_MESH.toBuilder();
        request.getAttributesBuilder()
                .putContextExtensions("destination.port", "9443")
                .putContextExtensions("destination.ip", "not-an-ip")
                .putContextExtensions("api.version", "-");

        var attributes = of(request.build());

        assertThat(attributes.get("destination.port")).isEqualTo(9443L);
        assertThat(attributes.get("destination.ip")).isInstanceOf(InetAddress.class);
        assertThat(attributes.get("api.version")).isNull();
    }

    @Test
    void splitsPathAndQuery() {
        var request = FROM_MESH.toBuilder();
        request.getAttributesBuilder()
                .getRequestBuilder()
                .getHttpBuilder()
                .setPath("/a/b?x=1&y=a%20b&x=2&z&%zz=1");

        var attributes = of(request.build());

        assertThat(attributes.get("request.url_path")).isEqualTo("/a/b");
        assertThat(attributes.get("request.query_params"))
                .isEqualTo(Map.of("x", "1", "y", "a b", "z", "", "%zz", "1"));
        assertThat(attributes.entry("request.query_params", "y")).isEqualTo("a b");
    }

    @Test
    void readsTheClaimsOfAToken() {
        var attributes = of(withToken().build());

        assertThat(attributes.get("request.auth.principal")).isEqualTo("https://issuer/alice");
        assertThat(attributes.get("request.auth.audiences")).isEqualTo("shop");
        assertThat(attributes.get("request.auth.presenter")).isEqualTo("app");
        assertThat(attributes.entry("request.auth.claims", "level")).isEqualTo("3");
        assertThat((String) attributes.get("request.auth.raw_claims")).contains("\"level\":3");
    }

    @Test
    void aRequestCarriesOnTheNameThatItsPolicyBindsItTo() {
        var byPeer = of(withToken().build());
        var request = withToken();
        request.getAttributesBuilder()
                .putContextExtensions("source.principal.binding", "USE_ORIGIN");
        var byOrigin = of(request.build());
        var withoutToken = FROM_MESH.toBuilder();
        withoutToken
                .getAttributesBuilder()
                .putContextExtensions("source.principal.binding", "USE_ORIGIN");

        assertThat(byPeer.get("source.principal"))
                .isEqualTo(of(FROM_MESH).get("source.principal"))
                .isNotNull();
        assertThat(byOrigin.get("source.principal")).isEqualTo("https://issuer/alice");
        assertThat(byOrigin.get("source.user")).isEqualTo("https://issuer/alice");
        assertThat(byOrigin.get("source.workload.name"))
                .isEqualTo(byPeer.get("source.workload.name"));
        assertThat(byOrigin.get("connection.mtls")).isEqualTo(true);
        assertThat(of(withoutToken.build()).get("source.principal")).isNull();
    }

    private static CheckRequest.Builder withToken() {
        var claims =
                Struct.newBuilder()
                        .putFields("iss", text("https://issuer"))
                        .putFields("sub", text("alice"))
                        .putFields("aud", text("shop"))
                        .putFields("azp", text("app"))
                        .putFields("level", Value.newBuilder().setNumberValue(3).build());
        var request = FROM_MESH.toBuilder();
        request.getAttributesBuilder()
                .getMetadataContextBuilder()
                .putFilterMetadata(
                        "envoy.filters.http.jwt_authn",
                        Struct.newBuilder()
                                .putFields(
                                        "https://issuer",
                                        Value.newBuilder().setStructValue(claims).build())
                                .build());
        return request;
    }

    private static Value text(String text) {
        return Value.newBuilder().setStringValue(text).build();
    }
}
