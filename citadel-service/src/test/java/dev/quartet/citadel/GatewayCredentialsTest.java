package dev.quartet.citadel;

import static dev.quartet.citadel.SdsClient.ack;
import static dev.quartet.citadel.SdsClient.material;
import static dev.quartet.citadel.SdsClient.nack;
import static dev.quartet.citadel.SdsClient.subscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.quartet.citadel.credential.Authority;
import dev.quartet.citadel.credential.CredentialKey;
import dev.quartet.citadel.credential.CredentialParts;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.SettableClock;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Credentials by SDS, on the wire: who gets which, and when.
class GatewayCredentialsTest {

    private static final Duration QUIET = Duration.ofMillis(700);
    private static final CredentialKey WEB = new CredentialKey("edge", "web");
    private static final SpiffeId GATEWAY =
            new SpiffeId("cluster.local", "edge", "istio-ingressgateway-service-account");
    private static final SpiffeId SIDECAR = new SpiffeId("cluster.local", "edge", "storefront");
    private static final SpiffeId OTHER =
            new SpiffeId("cluster.local", "bank", "istio-ingressgateway-service-account");

    @TempDir Path folder;
    private final SettableClock clock = new SettableClock();
    private final Authority authority = Authority.root("root", clock.instant());
    private RunningCitadel citadel;

    @BeforeEach
    void start() throws IOException {
        citadel = new RunningCitadel(folder, clock, Duration.ofHours(24), 0);
    }

    @AfterEach
    void stop() {
        citadel.close();
    }

    private KeyMaterial set(CredentialKey key) throws Exception {
        var material = authority.issue("shop.example", clock.instant());
        citadel.folder.write(key, Authority.parts(material), null);
        return material;
    }

    private SdsClient<DeltaDiscoveryRequest, DeltaDiscoveryResponse> asks(
            SpiffeId caller, String... names) {
        return SdsClient.delta(citadel.withToken(caller)).send(subscribe(names));
    }

    private static Secret secret(Resource resource) throws IOException {
        return resource.getResource().unpack(Secret.class);
    }

    private static KeyMaterial given(DeltaDiscoveryResponse response, String name)
            throws Exception {
        var resource = response.getResources(0);
        assertThat(resource.getName()).isEqualTo(name);
        assertThat(secret(resource).getName()).isEqualTo(name);
        return material(secret(resource));
    }

    /// Hardening case 5, CVE-2021-34824: two namespaces use one name at the same time, and each has its own.
    @Test
    void eachNamespaceHasItsOwnUnderTheSameName() throws Exception {
        var edges = set(WEB);
        var banks = set(new CredentialKey("bank", "web"));

        for (var i = 0; i < 3; i++) {
            assertThat(given(asks(GATEWAY, "web").next(), "web")).isEqualTo(edges);
            assertThat(given(asks(OTHER, "web").next(), "web")).isEqualTo(banks);
        }
    }

    /// Hardening case 5.
    @Test
    void anotherNamespacesAndAnotherAccountsAreRemovedAndNothingSaysWhichItWas() throws Exception {
        set(WEB);

        for (var caller : List.of(OTHER, SIDECAR)) {
            var stream = asks(caller, "web", "never-was");
            var response = stream.next();
            stream.send(ack(response));
            assertThat(response.getResourcesList()).isEmpty();
            assertThat(response.getRemovedResourcesList())
                    .containsExactlyInAnyOrder("web", "never-was");
            assertThat(stream.within(QUIET)).isNull();
        }
        assertThat(refusals("CREDENTIAL_NOT_ALLOWED")).isOne();
        assertThat(refusals("CREDENTIAL_NOT_FOUND")).isEqualTo(3);
    }

    @Test
    void whatComesLaterIsPushedARenewalTooAndWhatGoesIsRemoved() throws Exception {
        var stream = asks(GATEWAY, "web");
        var removed = stream.next();
        assertThat(removed.getRemovedResourcesList()).containsExactly("web");
        stream.send(ack(removed));

        var first = set(WEB);
        var pushed = stream.next();
        assertThat(given(pushed, "web")).isEqualTo(first);
        stream.send(ack(pushed));

        var second = set(WEB);
        var renewed = stream.next();
        assertThat(given(renewed, "web")).isEqualTo(second);
        stream.send(ack(renewed));
        citadel.folder.write(WEB, Authority.parts(second), null);
        assertThat(stream.within(QUIET)).isNull();

        citadel.folder.delete(WEB);
        var gone = stream.next();
        assertThat(gone.getRemovedResourcesList()).containsExactly("web");
        stream.send(ack(gone));
        assertThat(stream.within(QUIET)).isNull();

        var third = set(WEB);
        assertThat(given(stream.next(), "web")).isEqualTo(third);
    }

    @Test
    void whoIsNoLongerNamedLosesIt() throws Exception {
        var material = set(WEB);
        var stream = asks(GATEWAY, "web");
        stream.send(ack(stream.next()));

        citadel.folder.write(WEB, Authority.parts(material), List.of("storefront"));

        assertThat(stream.next().getRemovedResourcesList()).containsExactly("web");
        assertThat(given(asks(SIDECAR, "web").next(), "web")).isEqualTo(material);
    }

    @Test
    void callersAreCheckedByTheCredentialOfThatNameElseByThatOfTheBase() throws Exception {
        var material = authority.issue("shop.example", clock.instant());
        var parts = Authority.parts(material);
        var now = clock.instant();
        var list = authority.revocations(now, now.plusSeconds(600));
        citadel.folder.write(
                WEB,
                new CredentialParts(parts.certificate(), parts.key(), authority.pem(), list),
                null);
        var stream = asks(GATEWAY, "web-cacert");
        var fromBase = stream.next();
        stream.send(ack(fromBase));
        var context = secret(fromBase.getResources(0)).getValidationContext();
        assertThat(context.getTrustedCa().getInlineBytes().toStringUtf8())
                .isEqualTo(authority.pem());
        assertThat(context.getCrl().getInlineBytes().toStringUtf8()).contains("BEGIN X509 CRL");

        var other = Authority.root("other", now);
        var own = new CredentialKey("edge", "web-cacert");
        citadel.folder.write(own, new CredentialParts(null, null, other.pem(), null), null);

        var response = stream.next();
        stream.send(ack(response));
        context = secret(response.getResources(0)).getValidationContext();
        assertThat(context.getTrustedCa().getInlineBytes().toStringUtf8()).isEqualTo(other.pem());
        assertThat(context.hasCrl()).isFalse();

        // there and for another: callers must not be checked by the base's instead
        citadel.folder.write(
                own, new CredentialParts(null, null, other.pem(), null), List.of("storefront"));
        assertThat(stream.next().getRemovedResourcesList()).containsExactly("web-cacert");
    }

    @Test
    void aCredentialWithoutAuthoritiesOrWithoutACertificateHasNoneToGive() throws Exception {
        set(WEB);
        citadel.folder.write(
                new CredentialKey("edge", "only"),
                new CredentialParts(null, null, authority.pem(), null),
                null);

        var response = asks(GATEWAY, "web-cacert", "only").next();

        assertThat(response.getRemovedResourcesList())
                .containsExactlyInAnyOrder("web-cacert", "only");
    }

    @Test
    void whatTheProxyKeptIsNotSentAgainAndANackIsFollowedBySilence() throws Exception {
        set(WEB);
        var first = asks(GATEWAY, "web");
        var response = first.next();
        first.send(nack(response));
        assertThat(first.within(QUIET)).isNull();

        var again = SdsClient.delta(citadel.withToken(GATEWAY));
        again.send(
                subscribe("web").toBuilder()
                        .putInitialResourceVersions("web", response.getResources(0).getVersion())
                        .build());
        assertThat(again.within(QUIET)).isNull();
        var renewed = set(WEB);
        assertThat(given(again.next(), "web")).isEqualTo(renewed);
    }

    /// Envoy opens a stream for each secret, all on one connection.
    @Test
    void aGatewayHasSeveralHundredsOfThem() throws Exception {
        var material = set(WEB);
        var channel = citadel.withToken(GATEWAY);
        var streams = new ArrayList<SdsClient<DeltaDiscoveryRequest, DeltaDiscoveryResponse>>();
        for (var i = 0; i < 600; i++) {
            streams.add(SdsClient.delta(channel).send(subscribe("web")));
        }

        for (var stream : streams) {
            var response = stream.next();
            assertThat(given(response, "web")).isEqualTo(material);
            stream.send(ack(response));
        }
        var renewed = set(WEB);
        for (var stream : streams) {
            assertThat(given(stream.next(), "web")).isEqualTo(renewed);
        }
    }

    /// `default` can't be a credential's name; one can't be put on disk by hand either.
    @Test
    void aProxysOwnSecretsAreNeverACredentials() throws Exception {
        var response = asks(GATEWAY, "default", "ROOTCA", "default-cacert").next();

        assertThat(response.getResourcesList())
                .extracting(Resource::getName)
                .containsExactly("default", "ROOTCA");
        assertThat(material(secret(response.getResources(0))).status().spiffeId())
                .isEqualTo(GATEWAY);
        assertThat(response.getRemovedResourcesList()).containsExactly("default-cacert");
    }

    private static DiscoveryRequest world(String nonce, String... names) {
        return DiscoveryRequest.newBuilder()
                .setTypeUrl("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret")
                .setResponseNonce(nonce)
                .addAllResourceNames(List.of(names))
                .build();
    }

    @Test
    void stateOfTheWorldIsSilentUntilThereIsOne() throws Exception {
        var stream = SdsClient.world(citadel.withToken(GATEWAY)).send(world("", "web"));
        assertThat(stream.within(QUIET)).isNull();
        assertThat(stream.isOpen()).isTrue();

        var first = set(WEB);
        var response = stream.next();
        assertThat(material(response.getResources(0).unpack(Secret.class))).isEqualTo(first);
        stream.send(
                world(response.getNonce(), "web").toBuilder()
                        .setVersionInfo(response.getVersionInfo())
                        .build());
        citadel.folder.delete(WEB);
        assertThat(stream.within(QUIET)).isNull();

        var second = set(WEB);
        assertThat(material(stream.next().getResources(0).unpack(Secret.class))).isEqualTo(second);
    }

    @Test
    void stateOfTheWorldEndsWhoAsksForTooManyInVain() throws Exception {
        var stream = SdsClient.world(citadel.withToken(SIDECAR));
        var names = new String[64];
        for (var i = 0; i < names.length; i++) {
            names[i] = "a-" + i;
        }
        stream.send(world("", names)).send(world("", "b"));

        assertThat(stream.end().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    @Test
    void fetchGivesItOrRefuses() throws Exception {
        var material = set(WEB);
        var stub = SecretDiscoveryServiceGrpc.newBlockingStub(citadel.withToken(GATEWAY));
        var others = SecretDiscoveryServiceGrpc.newBlockingStub(citadel.withToken(OTHER));

        var response = stub.fetchSecrets(world("", "web"));
        var refusal =
                catchThrowableOfType(
                        StatusRuntimeException.class, () -> others.fetchSecrets(world("", "web")));

        assertThat(material(response.getResources(0).unpack(Secret.class))).isEqualTo(material);
        assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    private double refusals(String reason) {
        return citadel.registry.scrape("citadel_sds_refusals"::equals).stream()
                .map(CounterSnapshot.class::cast)
                .flatMap(snapshot -> snapshot.getDataPoints().stream())
                .filter(point -> reason.equals(point.getLabels().get("reason")))
                .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
                .sum();
    }
}
