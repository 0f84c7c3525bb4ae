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
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateIssuerTest {

    private static final SpiffeId CALLER = new SpiffeId("cluster.local", "shop", "storefront");

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
                        root, Duration.ofHours(24), Duration.ofDays(90), issued, clock);
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

    @Test
    void servingCertificateHasItsNamesAndRenewsAtHalfLife() throws Exception {
        var serving =
                new ServingCertificate(
                        issuer,
                        SpiffeId.citadel("cluster.local"),
                        List.of("citadel.example", "10.1.2.3"),
                        clock);

        var first = serving.current();
        var names =
                first.leaf().getSubjectAlternativeNames().stream()
                        .map(name -> name.get(1))
                        .toList();
        assertThat(names.toString())
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
                                root, Duration.ofDays(2), Duration.ofDays(1), issued, clock));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new CertificateIssuer(
                                root, Duration.ZERO, Duration.ofDays(1), issued, clock));
    }
}
