package dev.quartet.citadel;

import static dev.quartet.citadel.RunningCitadel.RATINGS;
import static dev.quartet.citadel.RunningCitadel.STOREFRONT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.quartet.citadel.issue.CertificateRequest;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.Pem;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.SettableClock;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.wire.ca.IstioCertificateRequest;
import dev.quartet.wire.ca.IstioCertificateServiceGrpc;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateServiceTest {

    @TempDir Path folder;
    private final SettableClock clock = new SettableClock();
    private RunningCitadel citadel;

    @BeforeEach
    void start() throws IOException {
        citadel = new RunningCitadel(folder, clock, Duration.ofHours(24), 0);
    }

    @AfterEach
    void stop() {
        citadel.close();
    }

    private static List<X509Certificate> request(Channel channel, String csr) throws Exception {
        var answer =
                IstioCertificateServiceGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(20, TimeUnit.SECONDS)
                        .createCertificate(
                                IstioCertificateRequest.newBuilder().setCsr(csr).build());
        var chain = new ArrayList<X509Certificate>();
        for (var pem : answer.getCertChainList()) {
            chain.addAll(Pem.certificates(pem));
        }
        return chain;
    }

    private static Status refusal(Channel channel, String csr) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> request(channel, csr))
                .getStatus();
    }

    private double metric(String name) {
        return citadel.registry.scrape().stream()
                .filter(metric -> metric.getMetadata().getPrometheusName().equals(name))
                .map(metric -> ((CounterSnapshot) metric).getDataPoints().getFirst().getValue())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void issuesToTheTokensIdentityWithTheRootLast() throws Exception {
        var chain = request(citadel.withToken(STOREFRONT), Requests.plain());

        assertThat(SpiffeId.of(chain.getFirst())).isEqualTo(STOREFRONT);
        assertThat(chain).endsWith(citadel.root.certificate());
        assertThat(citadel.issued.newest(1).getFirst().identity()).isEqualTo(STOREFRONT);
    }

    @Test
    void aCertificateGoesBeforeAToken() throws Exception {
        var own = citadel.issuer.issueWithKey(RATINGS);
        var headers = new Metadata();
        headers.put(
                Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                citadel.tokens.mint(STOREFRONT, Duration.ofDays(1)).authorization());
        var both =
                ClientInterceptors.intercept(
                        citadel.channel(own), MetadataUtils.newAttachHeadersInterceptor(headers));

        assertThat(SpiffeId.of(request(both, Requests.plain()).getFirst())).isEqualTo(RATINGS);
    }

    @Test
    void identityNeverComesFromTheRequest() {
        var foreign =
                Requests.with(extensions ->
                        extensions.addExtension(
                                Extension.subjectAlternativeName,
                                false,
                                new GeneralNames(
                                        new GeneralName(
                                                GeneralName.uniformResourceIdentifier,
                                                RATINGS.uri()))));

        var status = refusal(citadel.withToken(STOREFRONT), foreign);

        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getDescription())
                .startsWith("FOREIGN_IDENTITY: ")
                .contains(STOREFRONT.uri());
        assertThat(citadel.issued.newest(10)).noneMatch(c -> c.identity().equals(RATINGS));
    }

    @Test
    void refusesARequestForAnAuthority() {
        var ca =
                Requests.with(e ->
                        e.addExtension(
                                Extension.basicConstraints, true, new BasicConstraints(true)));

        assertThat(refusal(citadel.withToken(STOREFRONT), ca).getDescription())
                .startsWith("CERTIFICATE_AUTHORITY: ");
    }

    /// Hardening case 7.
    @Test
    void refusesTenMegabytesByNameAndLivesOn() throws Exception {
        var channel = citadel.withToken(STOREFRONT);

        var status = refusal(channel, "A".repeat(10_000_000));

        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getDescription()).startsWith("TOO_LARGE: ");
        assertThat(request(channel, Requests.plain())).hasSize(2);
    }

    /// Hardening cases 8 and 10.
    @Test
    void refusesWhoProvesNothing() throws Exception {
        var csr = Requests.plain();
        var expired = citadel.tokens.mint(STOREFRONT, Duration.ofSeconds(5));
        try (var other =
                new RunningCitadel(folder.resolve("other"), clock, Duration.ofHours(1), 0)) {
            var foreign = other.tokens.mint(STOREFRONT, Duration.ofDays(1));
            clock.advance(Duration.ofSeconds(6));

            assertThat(refusal(citadel.channel(null), csr).getDescription())
                    .startsWith("NO_CREDENTIALS: ");
            assertThat(refusal(citadel.withToken(expired), csr).getDescription())
                    .startsWith("TOKEN_EXPIRED: ");
            assertThat(refusal(citadel.withToken(foreign), csr).getDescription())
                    .startsWith("TOKEN_UNKNOWN_KEY: ");
            assertThat(refusal(citadel.withAuthorization("Bearer x"), csr).getDescription())
                    .startsWith("TOKEN_MALFORMED: ");
            assertThat(refusal(citadel.withAuthorization("Basic eA=="), csr).getDescription())
                    .startsWith("NOT_BEARER: ");
            assertThat(
                            refusal(citadel.withAuthorization("Bearer x", "Bearer y"), csr)
                                    .getDescription())
                    .startsWith("SEVERAL_CREDENTIALS: ");
        }
        assertThat(refusal(citadel.channel(null), csr).getCode())
                .isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(metric("citadel_server_authentication_failure_count")).isEqualTo(7);
    }

    @Test
    void refusesAHugeTokenAndLivesOn() throws Exception {
        var status =
                refusal(
                        citadel.withAuthorization("Bearer " + "x".repeat(1_000_000)),
                        Requests.plain());

        assertThat(status.getCode()).isNotEqualTo(Status.Code.OK);
        assertThat(request(citadel.withToken(STOREFRONT), Requests.plain())).hasSize(2);
    }

    @Test
    void refusesAStrangersCertificate() {
        var foreign = new TestAuthority(clock).issue(STOREFRONT, Duration.ofHours(1));

        assertThat(refusal(citadel.channel(foreign), Requests.plain()).getCode())
                .isEqualTo(Status.Code.UNAVAILABLE);
    }

    @Test
    void aConnectionDoesNotOutliveItsCertificate() throws Exception {
        var shortLived = shortLivedMaterial();
        var channel = citadel.channel(shortLived);
        assertThat(request(channel, Requests.plain())).hasSize(2);

        clock.advance(Duration.ofMinutes(2));

        assertThat(refusal(channel, Requests.plain()).getDescription())
                .startsWith("CERTIFICATE_EXPIRED: ");
    }

    private KeyMaterial shortLivedMaterial() throws Exception {
        var keys = KeyMaterial.newKeyPair();
        var chain =
                citadel.issuer.issue(
                        STOREFRONT,
                        CertificateRequest.read(
                                Requests.signed(keys, "SHA256withECDSA", extensions -> {}),
                                STOREFRONT),
                        Duration.ofSeconds(60));
        return new KeyMaterial(keys.getPrivate(), chain);
    }

    @Test
    void aRestartKeepsRootAndTokens() throws Exception {
        var token = citadel.tokens.mint(STOREFRONT, Duration.ofDays(1));
        var root = citadel.root.certificate();
        citadel.close();

        citadel = new RunningCitadel(folder, clock, Duration.ofHours(24), 0);

        assertThat(request(citadel.withToken(token), Requests.plain())).endsWith(root);
    }

    @Test
    void rubbishOnThePortHarmsNobody() throws Exception {
        for (var i = 0; i < 20; i++) {
            try (var socket = new Socket("127.0.0.1", citadel.port())) {
                var rubbish = new byte[4096];
                new Random(i).nextBytes(rubbish);
                socket.getOutputStream().write(rubbish);
            } catch (IOException e) {
                // it may hang up first
            }
        }

        assertThat(request(citadel.withToken(STOREFRONT), Requests.plain())).hasSize(2);
    }

    @Test
    void manyCallersAtOnceGetTheirOwnCertificates() throws Exception {
        var channel = citadel.channel(null);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var calls = new ArrayList<Future<SpiffeId>>();
            for (var i = 0; i < 50; i++) {
                var id = new SpiffeId("cluster.local", "shop", "sa" + i);
                var headers = new Metadata();
                headers.put(
                        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                        citadel.tokens.mint(id, Duration.ofDays(1)).authorization());
                var own =
                        ClientInterceptors.intercept(
                                channel, MetadataUtils.newAttachHeadersInterceptor(headers));
                calls.add(
                        threads.submit(
                                () -> SpiffeId.of(request(own, Requests.plain()).getFirst())));
            }
            for (var i = 0; i < 50; i++) {
                assertThat(calls.get(i).get())
                        .isEqualTo(new SpiffeId("cluster.local", "shop", "sa" + i));
            }
        }
    }
}
