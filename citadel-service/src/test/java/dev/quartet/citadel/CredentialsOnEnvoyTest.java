package dev.quartet.citadel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quartet.citadel.credential.Authority;
import dev.quartet.citadel.credential.Authority.Leaf;
import dev.quartet.citadel.credential.CredentialKey;
import dev.quartet.citadel.credential.CredentialParts;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.SpiffeId;
import dev.quartet.testkit.EnvoyProcess;
import dev.quartet.testkit.FreePorts;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A stock Envoy whose listener's certificate comes from Citadel by its credential's name.
class CredentialsOnEnvoyTest {

    private static final CredentialKey WEB = new CredentialKey("edge", "web");
    private static final SpiffeId GATEWAY =
            new SpiffeId("cluster.local", "edge", "istio-ingressgateway-service-account");

    @TempDir Path folder;
    private final Instant now = Instant.now();
    private final Authority authority = Authority.root("public", now);
    private final Authority callers = Authority.root("callers", now);
    private final int port = FreePorts.one();
    private RunningCitadel citadel;
    private @Nullable EnvoyProcess envoy;

    @BeforeEach
    void start() throws IOException {
        citadel =
                new RunningCitadel(
                        folder.resolve("citadel"), Clock.systemUTC(), Duration.ofHours(24), 0);
    }

    @AfterEach
    void stop() {
        if (envoy != null) {
            envoy.close();
        }
        citadel.close();
    }

    /// @param mutual whether callers have to show certificates
    private EnvoyProcess envoy(SpiffeId caller, boolean mutual) throws IOException {
        return envoy(caller, mutual, port);
    }

    private EnvoyProcess envoy(SpiffeId caller, boolean mutual, int listens) throws IOException {
        var token = folder.resolve("token");
        var roots = Files.writeString(folder.resolve("roots.pem"), citadel.root.pem());
        Files.deleteIfExists(token);
        citadel.tokens.mint(caller, Duration.ofDays(1)).write(token);
        var source =
                """
                {resource_api_version: V3, initial_fetch_timeout: 2s, api_config_source: {api_type: DELTA_GRPC, transport_api_version: V3,
                  grpc_services: [{google_grpc: {target_uri: "%s", stat_prefix: sds,
                    channel_credentials: {ssl_credentials: {root_certs: {filename: %s}}},
                    credentials_factory_name: envoy.grpc_credentials.file_based_metadata,
                    call_credentials: [{from_plugin: {name: envoy.grpc_credentials.file_based_metadata, typed_config: {
                      "@type": type.googleapis.com/envoy.config.grpc_credential.v3.FileBasedMetadataConfig,
                      secret_data: {filename: %s}, header_key: authorization, header_prefix: "Bearer "}}}]}}]}}
                """
                        .formatted(citadel.address(), roots, token)
                        .replace("\n", " ");
        var validation =
                mutual
                        ? "validation_context_sds_secret_config: {name: web-cacert, sds_config: %s},"
                                .formatted(source)
                        : "";
        return EnvoyProcess.start(
                """
                node: {id: "router~127.0.0.1~gateway-1.%1$s~%1$s.svc.cluster.local", cluster: gateway}
                admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
                static_resources:
                  listeners:
                  - name: https
                    address: {socket_address: {address: 127.0.0.1, port_value: %2$d}}
                    filter_chains:
                    - transport_socket:
                        name: tls
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
                          require_client_certificate: %3$s
                          common_tls_context: {%4$s tls_certificate_sds_secret_configs: [{name: web, sds_config: %5$s}]}
                      filters:
                      - name: echo
                        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo}
                """
                        .formatted(caller.namespace(), listens, mutual, validation, source));
    }

    private KeyMaterial set(@Nullable String ca, @Nullable String crl) throws Exception {
        var material = authority.issue("shop.example", now);
        var parts = Authority.parts(material);
        citadel.folder.write(
                WEB, new CredentialParts(parts.certificate(), parts.key(), ca, crl), null);
        return material;
    }

    private Leaf client(String name) {
        return Leaf.of(name, now).purpose(KeyPurposeId.id_kp_clientAuth);
    }

    /// What a new connection is shown, once it has got the listener's answer.
    private X509Certificate shown(@Nullable KeyMaterial caller) throws Exception {
        try (var socket = (SSLSocket) context(caller).getSocketFactory().createSocket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 5000);
            socket.setSoTimeout(5000);
            socket.startHandshake();
            var hello = new byte[] {1, 2, 3};
            socket.getOutputStream().write(hello);
            if (!Arrays.equals(socket.getInputStream().readNBytes(hello.length), hello)) {
                throw new SSLException("closed without an answer");
            }
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    private SSLContext context(@Nullable KeyMaterial caller)
            throws IOException, GeneralSecurityException {
        var trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("public", authority.certificate());
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        KeyManager[] keys = null;
        if (caller != null) {
            var own = KeyStore.getInstance("PKCS12");
            own.load(null, null);
            own.setKeyEntry(
                    "caller",
                    caller.key(),
                    new char[0],
                    caller.chain().toArray(Certificate[]::new));
            var manager = KeyManagerFactory.getInstance("PKIX");
            manager.init(own, new char[0]);
            keys = manager.getKeyManagers();
        }
        var context = SSLContext.getInstance("TLS");
        TrustManager[] trustManagers = trust.getTrustManagers();
        context.init(keys, trustManagers, new SecureRandom());
        return context;
    }

    private void awaitShown(KeyMaterial material, @Nullable KeyMaterial caller) {
        await().ignoreExceptions()
                .atMost(30, TimeUnit.SECONDS)
                .untilAsserted(() -> assertThat(shown(caller)).isEqualTo(material.leaf()));
    }

    @Test
    void isShownRenewedAndComesBackAfterItWasDeleted() throws Exception {
        var first = set(null, null);
        envoy = envoy(GATEWAY, false);
        awaitShown(first, null);

        var second = set(null, null);
        awaitShown(second, null);

        citadel.folder.delete(WEB);
        await().until(() -> refusals() == 1);
        assertThat(envoy.stat("sds.web.update_rejected")).isZero();
        assertThat(shown(null)).isEqualTo(second.leaf()); // Envoy 1.40 leaves a removal unheeded
        try (var again = envoy(GATEWAY, false, FreePorts.one())) {
            again.awaitReady();
            assertThat(again.get("/certs")).doesNotContain("shop.example");
        }

        var third = set(null, null);
        awaitShown(third, null);
    }

    private double refusals() {
        return citadel.registry.scrape("citadel_sds_refusals"::equals).stream()
                .map(CounterSnapshot.class::cast)
                .flatMap(snapshot -> snapshot.getDataPoints().stream())
                .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
                .sum();
    }

    /// Hardening case 5.
    @Test
    void aGatewayOfAnotherNamespaceOrAnotherAccountShowsNothing() throws Exception {
        set(null, null);
        for (var caller :
                List.of(
                        new SpiffeId("cluster.local", "bank", GATEWAY.serviceAccount()),
                        new SpiffeId("cluster.local", "edge", "storefront"))) {
            try (var other = envoy(caller, false)) {
                other.awaitReady();
                await().untilAsserted(() ->
                        assertThat(other.stats("downstream_context_secrets_not_ready").values())
                                .isNotEmpty());
                assertThatThrownBy(() -> shown(null)).isInstanceOf(IOException.class);
                assertThat(other.get("/config_dump"))
                        .doesNotContain("BEGIN PRIVATE", "shop.example");
            }
        }
    }

    @Test
    void whatComesAfterEnvoyIsShownFromThenOn() throws Exception {
        envoy = envoy(GATEWAY, false);
        envoy.awaitReady();
        assertThatThrownBy(() -> shown(null)).isInstanceOf(IOException.class);

        var material = set(null, null);

        awaitShown(material, null);
    }

    @Test
    void callersAreCheckedByItsAuthorityAndItsRevocations() throws Exception {
        var good = callers.issue(client("good"));
        var revoked = callers.issue(client("revoked"));
        var stranger = authority.issue(client("stranger"));
        var material = set(callers.pem(), null);
        envoy = envoy(GATEWAY, true);
        awaitShown(material, good);
        awaitShown(material, revoked);
        assertThatThrownBy(() -> shown(stranger)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> shown(null)).isInstanceOf(IOException.class);

        var renewed =
                set(
                        callers.pem(),
                        callers.revocations(now, now.plus(Duration.ofDays(1)), revoked.leaf()));

        awaitShown(renewed, good);
        await().untilAsserted(() ->
                assertThatThrownBy(() -> shown(revoked)).isInstanceOf(IOException.class));
    }

    /// All that [dev.quartet.citadel.credential.CredentialReader] lets pass Envoy takes too.
    @Test
    void eachKindOfKeyThatIsTakenIsShown() throws Exception {
        envoy = envoy(GATEWAY, false);
        for (var leaf :
                List.of(
                        Leaf.of("shop.example", now).key("EC", 256),
                        Leaf.of("shop.example", now).key("EC", 384),
                        Leaf.of("shop.example", now).key("EC", 521),
                        Leaf.of("shop.example", now).key("RSA", 2048),
                        Leaf.of("shop.example", now).key("RSA", 4096),
                        Leaf.of("shop.example", now).purpose(null))) {
            var material = authority.intermediate("between", now).issue(leaf);
            citadel.folder.write(WEB, Authority.parts(material), null);

            awaitShown(material, null);
        }
        assertThat(envoy.stat("sds.web.update_rejected")).isZero();
    }

    /// GHSA-3x9m-pgmg-xpx8: while there is nothing to check callers by, nobody is let in.
    @Test
    void withoutAuthoritiesNobodyIsLetInUntilThereAreSome() throws Exception {
        var caller = callers.issue(client("caller"));
        set(null, null);
        envoy = envoy(GATEWAY, true);
        envoy.awaitReady();
        await().until(() -> refusals() == 1);
        assertThatThrownBy(() -> shown(caller)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> shown(null)).isInstanceOf(IOException.class);

        var material = set(callers.pem(), null);

        awaitShown(material, caller);
        assertThatThrownBy(() -> shown(null)).isInstanceOf(IOException.class);
    }

    @Test
    void aListOfRevocationsThatIsOutOfTimeLetsNobodyIn() throws Exception {
        var caller = callers.issue(client("caller"));
        var material = set(callers.pem(), callers.revocations(now, now.plus(Duration.ofDays(1))));
        envoy = envoy(GATEWAY, true);
        awaitShown(material, caller);

        set(callers.pem(), callers.revocations(now, Instant.now().plusSeconds(5)));

        await().untilAsserted(() ->
                assertThatThrownBy(() -> shown(caller)).isInstanceOf(IOException.class));
    }
}
