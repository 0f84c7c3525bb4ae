package dev.quartet.citadel;

import static dev.quartet.citadel.RunningCitadel.RATINGS;
import static dev.quartet.citadel.RunningCitadel.STOREFRONT;
import static dev.quartet.citadel.SdsClient.ack;
import static dev.quartet.citadel.SdsClient.material;
import static dev.quartet.citadel.SdsClient.nack;
import static dev.quartet.citadel.SdsClient.subscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.SettableClock;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretServiceTest {

    private static final Duration QUIET = Duration.ofMillis(700);
    private static final Duration LIFE = Duration.ofSeconds(60);

    @TempDir Path folder;
    private final SettableClock clock = new SettableClock();
    private RunningCitadel citadel;

    @BeforeEach
    void start() throws IOException {
        citadel = new RunningCitadel(folder, clock, LIFE, 0);
    }

    @AfterEach
    void stop() {
        citadel.close();
    }

    private SdsClient<DeltaDiscoveryRequest, DeltaDiscoveryResponse> delta() {
        return SdsClient.delta(citadel.withToken(STOREFRONT));
    }

    private static Secret secret(Resource resource) throws InvalidProtocolBufferException {
        return resource.getResource().unpack(Secret.class);
    }

    private static KeyMaterial own(DeltaDiscoveryResponse response)
            throws GeneralSecurityException, IOException {
        return material(secret(response.getResources(0)));
    }

    private static Node node(String namespace, String account) {
        return Node.newBuilder()
                .setId(
                        "sidecar~127.1.0.1~storefront-v1-1.%s~%s.svc.cluster.local"
                                .formatted(namespace, namespace))
                .setMetadata(
                        Struct.newBuilder()
                                .putFields(
                                        "NAMESPACE",
                                        Value.newBuilder().setStringValue(namespace).build())
                                .putFields(
                                        "SERVICE_ACCOUNT",
                                        Value.newBuilder().setStringValue(account).build()))
                .build();
    }

    @Test
    void givesAKeyItsCertificateAndTheRoot() throws Exception {
        var response = delta().send(subscribe("default", "ROOTCA")).next();

        assertThat(response.getResourcesList())
                .extracting(Resource::getName)
                .containsExactly("default", "ROOTCA");
        assertThat(own(response).status().spiffeId()).isEqualTo(STOREFRONT);
        assertThat(
                        secret(response.getResources(1))
                                .getValidationContext()
                                .getTrustedCa()
                                .getInlineBytes()
                                .toStringUtf8())
                .isEqualTo(citadel.root.pem());
    }

    @Test
    void everyStreamHasAKeyOfItsOwn() throws Exception {
        var one = own(delta().send(subscribe("default")).next());
        var two = own(delta().send(subscribe("default")).next());

        assertThat(one.leaf().getPublicKey()).isNotEqualTo(two.leaf().getPublicKey());
    }

    @Test
    void renewsAtHalfLifeOnEveryStream() throws Exception {
        var first = delta().send(subscribe("default"));
        var second = delta().send(subscribe("default"));
        var before = first.next();
        first.send(ack(before));
        second.send(ack(second.next()));

        clock.advance(Duration.ofSeconds(15));
        assertThat(first.within(QUIET)).isNull();
        clock.advance(Duration.ofSeconds(25));

        var after = first.next();
        assertThat(own(after).leaf()).isNotEqualTo(own(before).leaf());
        assertThat(own(after).notAfter()).isAfter(clock.instant().plusSeconds(50));
        assertThat(second.next()).isNotNull();
    }

    /// Two seconds of life, real time: three renewals in a row, each before the last certificate ends.
    @Test
    void veryShortLivesNeverRunOut() throws Exception {
        citadel.close();
        citadel = new RunningCitadel(folder, clock, Duration.ofSeconds(3), 0);
        var stream = delta().send(subscribe("default"));
        var current = stream.next();
        stream.send(ack(current));

        for (var i = 0; i < 3; i++) {
            var next = stream.next();
            assertThat(clock.instant()).isBefore(own(current).notAfter());
            stream.send(ack(next));
            current = next;
        }
    }

    @Test
    void aRenewalWaitsForTheAnswerToTheLastResponse() throws Exception {
        var stream = delta().send(subscribe("default"));
        var first = stream.next();

        clock.advance(Duration.ofSeconds(45));
        assertThat(stream.within(QUIET)).isNull();
        stream.send(ack(first));

        assertThat(own(stream.next()).leaf()).isNotEqualTo(own(first).leaf());
    }

    /// Hardening case 26.
    @Test
    void aNackIsFollowedBySilenceUntilThereIsSomethingNew() throws Exception {
        var stream = delta().send(subscribe("default"));
        var refused = stream.next();

        stream.send(nack(refused));
        assertThat(stream.within(QUIET)).isNull();
        clock.advance(Duration.ofSeconds(45));

        assertThat(own(stream.next()).leaf()).isNotEqualTo(own(refused).leaf());
    }

    /// Hardening case 27; the library alone would end the stream with a NullPointerException.
    @Test
    void aStaleOrInventedNonceChangesNothing() throws Exception {
        var stream = delta().send(subscribe("default"));
        var first = stream.next();
        stream.send(ack(first)).send(ack(first)).send(nack(first));
        stream.send(ack(first).toBuilder().setResponseNonce("invented").build());
        assertThat(stream.within(QUIET)).isNull();

        stream.send(nack(first).toBuilder().addResourceNamesSubscribe("ROOTCA").build());

        assertThat(stream.next().getResourcesList())
                .extracting(Resource::getName)
                .containsExactly("ROOTCA");
        assertThat(stream.isOpen()).isTrue();
    }

    @Test
    void aSubscriptionWhileAResponseIsOutstandingIsAnsweredAfterIt() throws Exception {
        var stream = delta().send(subscribe("default"));
        var first = stream.next();

        stream.send(subscribe("ROOTCA"));
        assertThat(stream.within(QUIET)).isNull();
        stream.send(ack(first));

        assertThat(stream.next().getResourcesList())
                .extracting(Resource::getName)
                .containsExactly("ROOTCA");
    }

    @Test
    void anUnsubscribedSecretIsRenewedNoMore() throws Exception {
        var stream = delta().send(subscribe("default", "ROOTCA"));
        stream.send(ack(stream.next()));
        stream.send(
                DeltaDiscoveryRequest.newBuilder().addResourceNamesUnsubscribe("default").build());
        assertThat(stream.within(QUIET)).isNull(); // it has arrived

        clock.advance(Duration.ofSeconds(45));

        assertThat(stream.within(QUIET)).isNull();
    }

    @Test
    void whatTheProxyKeptFromAnEarlierStreamIsNotSentAgain() throws Exception {
        var before = delta().send(subscribe("ROOTCA")).next().getResources(0);

        var again = delta();
        again.send(
                subscribe("ROOTCA").toBuilder()
                        .putInitialResourceVersions("ROOTCA", before.getVersion())
                        .build());
        assertThat(again.within(QUIET)).isNull();
        again.close();

        var outdated = delta();
        outdated.send(
                subscribe("ROOTCA").toBuilder()
                        .putInitialResourceVersions("ROOTCA", "old")
                        .build());
        assertThat(outdated.next().getResourcesCount()).isOne();
    }

    /// Hardening case 5.
    @Test
    void anothersSecretIsRemovedOnceAndNothingOfItSent() throws Exception {
        var stream = delta().send(subscribe("default", "kubernetes://gateway-cert", RATINGS.uri()));

        var response = stream.next();
        stream.send(ack(response));

        assertThat(response.getResourcesList())
                .extracting(Resource::getName)
                .containsExactly("default");
        assertThat(response.getRemovedResourcesList())
                .containsExactly("kubernetes://gateway-cert", RATINGS.uri());
        assertThat(stream.within(QUIET)).isNull();
    }

    @Test
    void whoKeepsAskingForOthersSecretsIsCutOff() throws Exception {
        var stream = delta().send(subscribe("default"));
        stream.next();

        for (var i = 0; i <= 64 && stream.isOpen(); i++) {
            stream.send(subscribe("another-" + i));
        }

        assertThat(stream.end().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(own(delta().send(subscribe("default")).next()).status().spiffeId())
                .isEqualTo(STOREFRONT);
    }

    /// Hardening case 4.
    @Test
    void aNodeThatClaimsAnotherIdentityIsRefused() throws Exception {
        var account =
                delta().send(
                                subscribe("default").toBuilder()
                                        .setNode(node("shop", "ratings"))
                                        .build());
        var namespace =
                delta().send(
                                subscribe("default").toBuilder()
                                        .setNode(node("bank", "storefront"))
                                        .build());

        assertThat(account.end().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(account.end().getDescription())
                .contains("SERVICE_ACCOUNT", "ratings", "storefront");
        assertThat(namespace.end().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        await().until(() -> citadel.secrets.openStreams() == 0);
    }

    @Test
    void aNodeThatAgreesIsServed() throws Exception {
        var stream =
                delta().send(
                                subscribe("default").toBuilder()
                                        .setNode(node("shop", "storefront"))
                                        .build());

        assertThat(own(stream.next()).status().spiffeId()).isEqualTo(STOREFRONT);
    }

    @Test
    void aStreamEndsWithItsToken() throws Exception {
        var stream =
                SdsClient.delta(
                        citadel.withToken(citadel.tokens.mint(STOREFRONT, Duration.ofSeconds(60))));
        stream.send(subscribe("ROOTCA"));
        stream.send(ack(stream.next()));

        clock.advance(Duration.ofSeconds(50));
        assertThat(stream.within(QUIET)).isNull();
        assertThat(stream.isOpen()).isTrue();
        clock.advance(Duration.ofSeconds(11));

        assertThat(stream.end().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(citadel.secrets.openStreams()).isZero();
    }

    @Test
    void aStreamEndsByAgeWithoutError() throws Exception {
        citadel.close();
        citadel =
                new RunningCitadel(folder, clock, Duration.ofHours(24), 0, Duration.ofMinutes(10));
        var stream = delta().send(subscribe("ROOTCA"));
        stream.send(ack(stream.next()));

        clock.advance(Duration.ofMinutes(12));

        assertThat(stream.end().isOk()).isTrue();
    }

    @Test
    void refusesAStreamWithoutCredentials() throws Exception {
        var stream = SdsClient.delta(citadel.channel(null));

        assertThat(stream.end().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    }

    @Test
    void aCertificateOpensAStreamToo() throws Exception {
        var stream = SdsClient.delta(citadel.channel(citadel.issuer.issueWithKey(RATINGS)));

        assertThat(own(stream.send(subscribe("default")).next()).status().spiffeId())
                .isEqualTo(RATINGS);
    }

    @Test
    void refusesOtherTypesTooManyNamesAndHugeRequests() throws Exception {
        var type =
                delta().send(
                                subscribe("default").toBuilder()
                                        .setTypeUrl(
                                                "type.googleapis.com/envoy.config.cluster.v3.Cluster")
                                        .build());
        var names =
                delta().send(
                                subscribe(
                                        Collections.nCopies(100_000, "default")
                                                .toArray(String[]::new)));
        var huge = delta().send(subscribe("x".repeat(1_000_000)));

        assertThat(type.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(names.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(huge.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(delta().send(subscribe("default")).next().getResourcesCount()).isOne();
    }

    @Test
    void aClosedStreamIsForgotten() throws Exception {
        var stream = delta().send(subscribe("default"));
        stream.next();
        assertThat(citadel.secrets.openStreams()).isOne();

        stream.close();

        assertThat(stream.end().isOk()).isTrue();
        await().until(() -> citadel.secrets.openStreams() == 0);
    }

    private static DiscoveryRequest world(String nonce, String... names) {
        return DiscoveryRequest.newBuilder()
                .setTypeUrl("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret")
                .setResponseNonce(nonce)
                .addAllResourceNames(List.of(names))
                .build();
    }

    @Test
    void stateOfTheWorldServesRenewsAndIgnoresStaleNonces() throws Exception {
        var stream = SdsClient.world(citadel.withToken(STOREFRONT));
        var first = stream.send(world("", "default")).next();
        assertThat(material(first.getResources(0).unpack(Secret.class)).status().spiffeId())
                .isEqualTo(STOREFRONT);
        stream.send(world("invented", "default")).send(world("", "default"));
        stream.send(
                world(first.getNonce(), "default").toBuilder()
                        .setVersionInfo(first.getVersionInfo())
                        .build());
        assertThat(stream.within(QUIET)).isNull();

        clock.advance(Duration.ofSeconds(45));
        var second = stream.next();
        assertThat(second.getVersionInfo()).isNotEqualTo(first.getVersionInfo());

        // refused: silence until something is new
        stream.send(
                world(second.getNonce(), "default").toBuilder()
                        .setVersionInfo(first.getVersionInfo())
                        .setErrorDetail(com.google.rpc.Status.newBuilder().setMessage("bad"))
                        .build());
        assertThat(stream.within(QUIET)).isNull();
        stream.send(world(second.getNonce(), "default", "ROOTCA"));
        assertThat(stream.next().getResourcesCount()).isEqualTo(2);
    }

    @Test
    void stateOfTheWorldRefusesAnothersSecret() throws Exception {
        var stream = SdsClient.world(citadel.withToken(STOREFRONT)).send(world("", RATINGS.uri()));

        assertThat(stream.end().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    @Test
    void fetchGivesSecretsAtOnce() throws Exception {
        var stub = SecretDiscoveryServiceGrpc.newBlockingStub(citadel.withToken(STOREFRONT));

        DiscoveryResponse response = stub.fetchSecrets(world("", "default", "ROOTCA"));
        var refusal =
                catchThrowableOfType(
                        StatusRuntimeException.class, () -> stub.fetchSecrets(world("", "other")));

        assertThat(material(response.getResources(0).unpack(Secret.class)).status().spiffeId())
                .isEqualTo(STOREFRONT);
        assertThat(response.getResourcesCount()).isEqualTo(2);
        assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    @Test
    void manyStreamsAreRenewedWithTheirOwnIdentities() throws Exception {
        var streams = new ArrayList<SdsClient<DeltaDiscoveryRequest, DeltaDiscoveryResponse>>();
        for (var i = 0; i < 40; i++) {
            var id = new SpiffeId("cluster.local", "shop", "sa" + i);
            var stream = SdsClient.delta(citadel.withToken(id)).send(subscribe("default"));
            stream.send(ack(stream.next()));
            streams.add(stream);
        }

        clock.advance(Duration.ofSeconds(45));

        for (var i = 0; i < 40; i++) {
            assertThat(own(streams.get(i).next()).status().spiffeId().serviceAccount())
                    .isEqualTo("sa" + i);
        }
    }
}
