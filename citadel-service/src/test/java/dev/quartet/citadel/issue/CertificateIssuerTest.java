package dev.quartet.citadel.issue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.quartet.citadel.Requests;
import dev.quartet.citadel.root.RootAuthority;
import dev.quartet.identity.ChainVerifier;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.SettableClock;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CertificateIssuerTest {

    private static final SpiffeId CALLER = new SpiffeId("cluster.local", "shop", "storefront");

    private static final ServingNames NAMES =
            new ServingNames(
                    SpiffeId.citadel("cluster.local"),
                    Map.of(
                            "istio-citadel-service-account",
                            List.of("citadel.example", "10.1.2.3"),
                            "istio-pilot-service-account",
                            List.of("pilot.example")));

    @TempDir Path folder;
    private final SettableClock clock = new SettableClock();
    private final IssuedCertificates issued = new IssuedCertificates(3);
    private RootAuthority root;
    private CertificateIssuer issuer;

    @BeforeEach
    void makeIssuer() throws IOException {
        root = RootAuthority.loadOrCreate(folder, "cluster.local", clock);
        issuer =
                new CertificateIssuer(
                        root, NAMES, Duration.ofHours(24), Duration.ofDays(90), issued, clock);
    }

    private CertificateRequest request() throws RequestRefused {
        return CertificateRequest.read(Requests.plain(), CALLER);
    }

    @Test
    void aLeafSaysWhoItIsAndNothingElse() throws Exception {
        var chain = issuer.issue(CALLER, request(), Duration.ZERO);

        var leaf = chain.getFirst();
        assertThat(chain).hasSize(2).endsWith(root.certificate());
        assertThat(SpiffeId.of(leaf)).isEqualTo(CALLER);
        assertThat(leaf.getSubjectAlternativeNames()).hasSize(1);
        assertThat(leaf.getSubjectX500Principal().getName()).isEmpty();
        assertThat(leaf.getCriticalExtensionOIDs()).contains("2.5.29.17", "2.5.29.15", "2.5.29.19");
        assertThat(leaf.getExtendedKeyUsage())
                .containsExactlyInAnyOrder("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
        assertThat(leaf.getSerialNumber().bitLength()).isEqualTo(127);
        for (var purpose : ChainVerifier.Purpose.values()) {
            assertThat(
                            ChainVerifier.verify(
                                    chain, List.of(root.certificate()), purpose, clock.instant()))
                    .isEqualTo(leaf);
        }
    }

    @Test
    void aLongLifeIsBackdatedByAMinuteAndAShortOneByATenth() throws Exception {
        var day = issuer.issue(CALLER, request(), Duration.ZERO).getFirst();
        var minute = issuer.issue(CALLER, request(), Duration.ofSeconds(60)).getFirst();

        assertThat(Duration.between(day.getNotBefore().toInstant(), day.getNotAfter().toInstant()))
                .isEqualTo(Duration.ofHours(24).plusSeconds(60));
        assertThat(
                        Duration.between(
                                minute.getNotBefore().toInstant(),
                                minute.getNotAfter().toInstant()))
                .isEqualTo(Duration.ofSeconds(66));
    }

    @Test
    void aWishForMoreThanTheLongestLifeIsCut() throws Exception {
        var leaf = issuer.issue(CALLER, request(), Duration.ofSeconds(Long.MAX_VALUE)).getFirst();

        assertThat(leaf.getNotAfter().toInstant())
                .isBefore(clock.instant().plus(Duration.ofDays(91)));
        assertThatExceptionOfType(RequestRefused.class)
                .isThrownBy(() -> issuer.issue(CALLER, request(), Duration.ofSeconds(-1)));
    }

    @Test
    void noLeafOutlivesItsRoot() throws Exception {
        clock.advance(Duration.ofDays(3649));

        assertThat(issuer.issue(CALLER, request(), Duration.ofDays(30)).getFirst().getNotAfter())
                .isEqualTo(root.certificate().getNotAfter());

        clock.advance(Duration.ofDays(2));
        assertThatIllegalStateException()
                .isThrownBy(() -> issuer.issue(CALLER, request(), Duration.ZERO))
                .withMessageContaining("root expired");
    }

    @Test
    void keyFromCitadelFitsItsCertificate() {
        var material = issuer.issueWithKey(CALLER);

        assertThat(material.status().spiffeId()).isEqualTo(CALLER);
        assertThat(material.toString()).doesNotContain("PRIVATE");
    }

    /// For kube-apiserver at a webhook and curl at REST, which know no SPIFFE.
    @ParameterizedTest
    @CsvSource({
        "istio-galley-service-account, istio-galley.istio-system.svc",
        "istio-galley-service-account, galley",
        "istio-sidecar-injector-service-account, istio-sidecar-injector.istio-system.svc",
        "istio-mixer-service-account, istio-policy.istio-system.svc.cluster.local",
        "istio-mixer-service-account, istio-telemetry.istio-system",
        "istio-pilot-service-account, localhost",
        "istio-pilot-service-account, pilot.example",
    })
    void aServiceOfTheControlPlaneHasTheNamesThatItIsReachedBy(String account, String name)
            throws Exception {
        var caller = SpiffeId.controlPlane("cluster.local", account);

        var leaf =
                issuer.issue(caller, request(Requests.plain(), caller), Duration.ZERO).getFirst();

        assertThat(SpiffeId.of(leaf)).isEqualTo(caller);
        assertThat(names(leaf)).contains(name);
    }

    @ParameterizedTest
    @CsvSource({
        "cluster.local, shop, istio-galley-service-account",
        "other.example, istio-system, istio-galley-service-account",
        "cluster.local, istio-system, istio-ingressgateway-service-account",
    })
    void nobodyElseHasThem(String trustDomain, String namespace, String account) throws Exception {
        var caller = new SpiffeId(trustDomain, namespace, account);

        var leaf =
                issuer.issue(caller, request(Requests.plain(), caller), Duration.ZERO).getFirst();

        assertThat(names(leaf)).containsExactly(caller.uri());
    }

    private static CertificateRequest request(String csr, SpiffeId caller) throws RequestRefused {
        return CertificateRequest.read(csr, caller);
    }

    private static List<String> names(X509Certificate leaf) throws CertificateParsingException {
        return leaf.getSubjectAlternativeNames().stream()
                .map(name -> String.valueOf(name.get(1)))
                .toList();
    }

    @Test
    void servingCertificateHasItsNamesAndRenewsAtHalfLife() throws Exception {
        var serving = new ServingCertificate(issuer, SpiffeId.citadel("cluster.local"), clock);

        var first = serving.current();
        assertThat(names(first.leaf()).toString())
                .contains(
                        "spiffe://cluster.local/ns/istio-system/sa/istio-citadel-service-account",
                        "localhost")
                .contains(
                        "istio-citadel.istio-system.svc",
                        "citadel.example",
                        "10.1.2.3",
                        "127.0.0.1");
        assertThat(serving.current()).isSameAs(first);

        clock.advance(Duration.ofHours(13));
        assertThat(serving.current()).isNotSameAs(first);
    }

    @Test
    void remembersTheNewestOnly() {
        for (var i = 0; i < 5; i++) {
            issuer.issueWithKey(new SpiffeId("cluster.local", "shop", "sa" + i));
        }

        assertThat(issued.total()).isEqualTo(5);
        assertThat(issued.newest(10))
                .extracting(c -> c.identity().serviceAccount())
                .containsExactly("sa4", "sa3", "sa2");
        assertThat(issued.newest(1)).hasSize(1);
    }

    @Test
    void refusesALifeThatCannotBe() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new CertificateIssuer(
                                root,
                                NAMES,
                                Duration.ofDays(2),
                                Duration.ofDays(1),
                                issued,
                                clock));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new CertificateIssuer(
                                root, NAMES, Duration.ZERO, Duration.ofDays(1), issued, clock));
    }
}
