package dev.quartet.pilot.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.quartet.identity.SpiffeId;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyNodeTest {
    private static final SpiffeId REVIEWS = new SpiffeId("cluster.local", "shop", "reviews");
    private static final String PEER = "10.1.2.3";
    private static final String ID = "sidecar~127.1.0.4~reviews-v1-1.shop~shop.svc.cluster.local";

    @Test
    void readsWhatTheBootstrapWrites() throws ProxyRefused {
        var proxy =
                read(
                        node(
                                ID,
                                Map.of(
                                        "NAMESPACE", "shop",
                                        "SERVICE_ACCOUNT", "reviews",
                                        "WORKLOAD_NAME", "reviews-v1",
                                        "INTERCEPTION_MODE", "NONE",
                                        "HTTP_PROXY_PORT", "15002",
                                        "AUTO_REGISTER_GROUP", "reviews-v1")),
                        REVIEWS);

        assertThat(proxy.instance()).isEqualTo("reviews-v1-1.shop");
        assertThat(proxy.address()).isEqualTo("127.1.0.4");
        assertThat(proxy.httpProxyPort()).isEqualTo(15002);
        assertThat(proxy.group()).isEqualTo("reviews-v1");
        assertThat(proxy.interception()).isEqualTo(Proxy.Interception.NONE);
    }

    @Test
    void readsHowItWantsToSpeakHttp() throws ProxyRefused {
        assertThat(read(node(ID, Map.of()), REVIEWS).http()).isEqualTo(HttpOptions.USUAL);
        assertThat(read(node(ID, Map.of("HTTP10", "1", "IDLE_TIMEOUT", "1m30s")), REVIEWS).http())
                .isEqualTo(new HttpOptions(true, Duration.ofSeconds(90)));
        assertThat(read(node(ID, Map.of("HTTP10", "false", "IDLE_TIMEOUT", "0")), REVIEWS).http())
                .isEqualTo(new HttpOptions(false, Duration.ZERO));
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP10, yes, 'HTTP10 has \"yes\"; write \"1\" or \"0\"'",
        "IDLE_TIMEOUT, 30, 'IDLE_TIMEOUT has \"30\", which is not a duration like 30s or 1h30m'",
        "IDLE_TIMEOUT, -1s, 'IDLE_TIMEOUT has \"-1s\", which is not a duration like 30s or 1h30m'",
    })
    void refusesWhatCannotBeMeantOfHttp(String field, String value, String message) {
        assertThatExceptionOfType(ProxyRefused.class)
                .isThrownBy(() -> read(node(ID, Map.of(field, value)), REVIEWS))
                .withMessage(message);
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0, 10.1.2.3", "::, 10.1.2.3", "10.9.9.9, 10.9.9.9"})
    void aProxyThatDoesNotKnowItsAddressHasTheOneItsStreamComesFrom(String said, String is)
            throws ProxyRefused {
        var proxy = read(node(ID.replace("127.1.0.4", said), Map.of()), REVIEWS);

        assertThat(proxy.address()).isEqualTo(is);
    }

    private static Proxy read(Node node, SpiffeId caller) throws ProxyRefused {
        return ProxyNode.read(node, caller, PEER);
    }

    @ParameterizedTest
    @CsvSource({
        "NAMESPACE, bank, the node says it is bank/reviews",
        "SERVICE_ACCOUNT, ratings, the node says it is shop/ratings",
    })
    void refusesAnotherIdentityThanTheCertificates(String field, String value, String message) {
        assertThatExceptionOfType(ProxyRefused.class)
                .isThrownBy(() -> read(node(ID, Map.of(field, value)), REVIEWS))
                .withMessageContaining(message)
                .satisfies(refused ->
                        assertThat(refused.reason())
                                .isEqualTo(ProxyRefused.Reason.IDENTITY_MISMATCH));
    }

    @Test
    void refusesAnInstanceOfAnotherNamespace() {
        assertThatExceptionOfType(ProxyRefused.class)
                .isThrownBy(() ->
                        read(
                                node(
                                        "sidecar~127.1.0.4~teller-1.bank~bank",
                                        Map.of("NAMESPACE", "shop")),
                                REVIEWS))
                .withMessageContaining("is not in namespace shop");
    }

    @ParameterizedTest
    @CsvSource({
        "'', is not of the form",
        "sidecar~a~b, is not of the form",
        "waypoint~127.1.0.4~a.shop~x, neither sidecar nor router",
        "sidecar~not an address~a.shop~x, is not an IP address",
        "sidecar~127.1.0.4~nonamespace~x, has no namespace",
    })
    void refusesAMalformedNode(String id, String message) {
        assertThatExceptionOfType(ProxyRefused.class)
                .isThrownBy(() -> read(node(id, Map.of()), REVIEWS))
                .withMessageContaining(message)
                .satisfies(refused ->
                        assertThat(refused.reason()).isEqualTo(ProxyRefused.Reason.MALFORMED_NODE));
    }

    @Test
    void strangersCannotWriteIntoTheLog() {
        assertThatExceptionOfType(ProxyRefused.class)
                .isThrownBy(() -> read(node("x\r\n\u001b[31mforged", Map.of()), REVIEWS))
                .satisfies(refused ->
                        assertThat(refused.getMessage()).doesNotContainPattern("\\p{Cntrl}"));
    }

    private static Node node(String id, Map<String, String> metadata) {
        var struct = Struct.newBuilder();
        metadata.forEach((key, value) ->
                struct.putFields(key, Value.newBuilder().setStringValue(value).build()));
        return Node.newBuilder().setId(id).setMetadata(struct).build();
    }
}
