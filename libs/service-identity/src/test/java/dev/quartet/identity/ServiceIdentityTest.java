package dev.quartet.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.quartet.identity.testing.SettableClock;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.identity.testing.TestCitadel;
import dev.quartet.wire.ca.IstioCertificateRequest;
import dev.quartet.wire.ca.IstioCertificateResponse;
import dev.quartet.wire.ca.IstioCertificateServiceGrpc;
import dev.quartet.wire.ca.IstioCertificateServiceGrpc.IstioCertificateServiceBlockingStub;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceIdentityTest {

    private static final SpiffeId PILOT =
            SpiffeId.controlPlane("cluster.local", "istio-pilot-service-account");
    private static final SpiffeId GALLEY =
            SpiffeId.controlPlane("cluster.local", "istio-galley-service-account");
    private static final String METHOD = "istio.v1.auth.IstioCertificateService/CreateCertificate";

    @TempDir Path folder;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final SettableClock clock = new SettableClock();
    private final TestAuthority authority = new TestAuthority(clock);
    private Path tokenFile;
    private Path rootFile;

    @BeforeEach
    void writeFirstCredentials() throws IOException {
        tokenFile = folder.resolve("token");
        new JoinToken(TestCitadel.TOKEN).write(tokenFile);
        rootFile = authority.writeRoot(folder.resolve("root-cert.pem"));
    }

    @AfterEach
    void closeAll() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    private <T extends AutoCloseable> T closing(T resource) {
        opened.push(resource);
        return resource;
    }

    private ServiceIdentity start(String citadel) throws IOException {
        return closing(
                ServiceIdentity.start(
                        new IdentitySettings(
                                folder.resolve("state"),
                                "cluster.local",
                                "istio-system",
                                "istio-pilot-service-account",
                                tokenFile,
                                rootFile,
                                citadel),
                        clock));
    }

    private TestCitadel citadel(int port) throws IOException {
        return closing(new TestCitadel(authority, PILOT, port));
    }

    /// Says who called.
    private static final class Echo
            extends IstioCertificateServiceGrpc.IstioCertificateServiceImplBase {
        @Override
        public void createCertificate(
                IstioCertificateRequest request, StreamObserver<IstioCertificateResponse> answer) {
            answer.onNext(
                    IstioCertificateResponse.newBuilder()
                            .addCertChain(
                                    CallerIdentity.current().map(SpiffeId::uri).orElse("nobody"))
                            .build());
            answer.onCompleted();
        }
    }

    private Server serve(ServiceIdentity identity, AccessList access) throws IOException {
        var server =
                identity.server(new InetSocketAddress("127.0.0.1", 0), Duration.ofMinutes(5))
                        .addService(new Echo())
                        .intercept(access)
                        .build()
                        .start();
        opened.push(server::shutdownNow);
        return server;
    }

    private ManagedChannel channel(ServiceIdentity identity, Server server, SpiffeId expected) {
        var channel = identity.channel("127.0.0.1:" + server.getPort(), expected);
        opened.push(channel::shutdownNow);
        return channel;
    }

    private static IstioCertificateServiceBlockingStub stub(Channel channel) {
        return IstioCertificateServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(10, TimeUnit.SECONDS);
    }

    private static String call(Channel channel) {
        return stub(channel)
                .createCertificate(IstioCertificateRequest.getDefaultInstance())
                .getCertChain(0);
    }

    private static Status refusal(Channel channel) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> call(channel)).getStatus();
    }

    private static AccessList everyone() {
        return AccessList.builder().allow(METHOD, new Callers.TrustDomain("cluster.local")).build();
    }

    @Test
    void getsItsFirstCertificateByToken() throws Exception {
        var citadel = citadel(0);

        var identity = start(citadel.address());

        assertThat(identity.awaitReady(Duration.ofSeconds(10))).isTrue();
        assertThat(identity.ready()).isTrue();
        assertThat(identity.whenReady()).isCompleted();
        assertThat(identity.certificate().orElseThrow().spiffeId()).isEqualTo(PILOT);
        assertThat(citadel.credentials()).containsExactly("token");
        var cache = folder.resolve("state/identity.pem");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache.getParent())))
                .isEqualTo("rwx------");
    }

    @Test
    void restartsFromDiskWhileCitadelIsDown() throws Exception {
        var citadel = citadel(0);
        var first = start(citadel.address());
        assertThat(first.awaitReady(Duration.ofSeconds(10))).isTrue();
        first.close();
        citadel.close();
        Files.delete(tokenFile);

        var second = start(citadel.address());

        assertThat(second.ready()).isTrue();
        assertThat(second.certificate()).isEqualTo(first.certificate());
    }

    @Test
    void renewsAtHalfLifeWithItsCertificate() throws Exception {
        var citadel = citadel(0);
        citadel.issueFor(Duration.ofSeconds(60));
        var identity = start(citadel.address());
        assertThat(identity.awaitReady(Duration.ofSeconds(10))).isTrue();
        var before = identity.certificate().orElseThrow();

        clock.advance(Duration.ofSeconds(20));
        await().during(Duration.ofSeconds(1)).until(() -> identity.renewals() == 1);
        clock.advance(Duration.ofSeconds(20));
        await().until(() -> identity.renewals() == 2);

        assertThat(identity.certificate().orElseThrow().serial()).isNotEqualTo(before.serial());
        assertThat(citadel.credentials()).containsExactly("token", "certificate");
    }

    @Test
    void comesBackByTokenAfterItsCertificateRanOut() throws Exception {
        var citadel = citadel(0);
        citadel.issueFor(Duration.ofSeconds(60));
        var identity = start(citadel.address());
        assertThat(identity.awaitReady(Duration.ofSeconds(10))).isTrue();

        clock.advance(Duration.ofMinutes(10));
        assertThat(identity.ready()).isFalse();

        await().until(identity::ready);
        assertThat(citadel.credentials()).containsExactly("token", "token");
    }

    @Test
    void keepsTheOldCertificateWhileCitadelIsDownAndRenewsWhenItIsBack() throws Exception {
        var citadel = citadel(0);
        citadel.issueFor(Duration.ofSeconds(60));
        var identity = start(citadel.address());
        assertThat(identity.awaitReady(Duration.ofSeconds(10))).isTrue();
        var port = citadel.port();
        citadel.close();

        clock.advance(Duration.ofSeconds(40));
        await().until(() -> identity.failures() > 0);
        assertThat(identity.ready()).isTrue();

        citadel(port);
        await().until(() -> identity.renewals() == 2);
    }

    @Test
    void waitsForItsRootFileAndItsCitadel() throws Exception {
        Files.delete(rootFile);
        var citadel = citadel(0);
        var identity = start(citadel.address());
        await().until(() -> identity.failures() > 0);
        assertThat(identity.ready()).isFalse();

        authority.writeRoot(rootFile);

        await().until(identity::ready);
    }

    @Test
    void refusesACitadelOfAnotherRoot() throws Exception {
        var foreign = closing(new TestCitadel(new TestAuthority(clock), PILOT, 0));

        var identity = start(foreign.address());

        await().until(() -> identity.failures() > 1);
        assertThat(identity.ready()).isFalse();
        assertThat(foreign.credentials()).isEmpty(); // the token never left the process
    }

    @Test
    void refusesACertificateForSomebodyElse() throws Exception {
        var citadel = closing(new TestCitadel(authority, GALLEY, 0));

        var identity = start(citadel.address());

        await().until(() -> identity.failures() > 0);
        assertThat(identity.ready()).isFalse();
    }

    @Test
    void ignoresABrokenCache() throws Exception {
        PrivateFiles.write(
                PrivateFiles.folder(folder.resolve("state")).resolve("identity.pem"),
                "-----BEGIN half");

        var identity = start(citadel(0).address());

        assertThat(identity.awaitReady(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void serverKnowsItsCallerByCertificate() throws Exception {
        var server = serve(authority.identity(GALLEY), everyone());

        var answer = call(channel(authority.identity(PILOT), server, GALLEY));

        assertThat(answer).isEqualTo(PILOT.uri());
    }

    @Test
    void clientRefusesAServerWithAnotherIdentity() throws Exception {
        var server = serve(authority.identity(GALLEY), everyone());
        var mixer = SpiffeId.controlPlane("cluster.local", "istio-mixer-service-account");

        var status = refusal(channel(authority.identity(PILOT), server, mixer));

        assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }

    @Test
    void goesOnWithANewCertificateThatTheDiskRefuses() throws Exception {
        var citadel = citadel(0);
        var identity = start(citadel.address());
        identity.awaitReady();
        var before = identity.certificate().orElseThrow();
        Files.delete(folder.resolve("state/identity.pem"));
        Files.delete(folder.resolve("state"));

        clock.advance(Duration.ofMinutes(45));

        await().atMost(Duration.ofSeconds(20)).until(() -> identity.renewals() == 2);
        assertThat(identity.certificate().orElseThrow().serial()).isNotEqualTo(before.serial());
        assertThat(identity.failures()).isZero();
    }

    @Test
    void asksAgainAfterAnyFailure() throws Exception {
        var identity = start("no address at all");

        await().atMost(Duration.ofSeconds(20)).until(() -> identity.failures() >= 2);
    }

    @Test
    void accessListNamesWhoAndWhat() throws Exception {
        var access =
                AccessList.builder().allow("istio.v1.auth.IstioCertificateService", GALLEY).build();
        var server = serve(authority.identity(GALLEY), access);

        var status = refusal(channel(authority.identity(PILOT), server, GALLEY));

        assertThat(status.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(status.getDescription()).contains(PILOT.uri(), METHOD);
        assertThat(call(channel(authority.identity(GALLEY), server, GALLEY)))
                .isEqualTo(GALLEY.uri());
    }

    @Test
    void whatIsNotListedNobodyMayCall() {
        var access =
                AccessList.builder()
                        .allow("a.Service", GALLEY)
                        .allow("a.Service/Secret", PILOT)
                        .build();

        assertThat(access.allows(GALLEY, "a.Service/Open")).isTrue();
        assertThat(access.allows(GALLEY, "a.Service/Secret")).isFalse();
        assertThat(access.allows(PILOT, "a.Service/Secret")).isTrue();
        assertThat(access.allows(GALLEY, "b.Service/Open")).isFalse();
        assertThat(access.allows(GALLEY, "a.ServiceX/Open")).isFalse();
    }

    @Test
    void serverRefusesAClientWithoutCertificate() throws Exception {
        var server = serve(authority.identity(GALLEY), everyone());
        var channel =
                NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                        .sslContext(
                                GrpcSslContexts.forClient()
                                        .trustManager(InsecureTrustManagerFactory.INSTANCE)
                                        .build())
                        .build();
        opened.push(channel::shutdownNow);

        assertThat(refusal(channel).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }

    @Test
    void serverRefusesAnExpiredAWrongPurposeAndAForeignCertificate() throws Exception {
        var server = serve(authority.identity(GALLEY), everyone());
        var otherRoot = new TestAuthority(clock);
        var serverOnly = KeyMaterial.newKeyPair();
        var material =
                new KeyMaterial(
                        serverOnly.getPrivate(),
                        List.of(
                                authority.sign(
                                        PILOT.uri(),
                                        serverOnly.getPublic(),
                                        Duration.ofHours(1),
                                        KeyPurposeId.id_kp_serverAuth)));
        var shortLived = authority.issue(PILOT, Duration.ofSeconds(30));

        var foreign =
                ServiceIdentity.fixed(
                        otherRoot.issue(PILOT, Duration.ofHours(1)),
                        List.of(authority.root()),
                        clock);
        var wrongPurpose = ServiceIdentity.fixed(material, List.of(authority.root()), clock);
        // its own clock stands still, so it goes on showing what has run out meanwhile
        var late =
                ServiceIdentity.fixed(
                        shortLived,
                        List.of(authority.root()),
                        Clock.fixed(clock.instant(), clock.getZone()));
        clock.advance(Duration.ofMinutes(1));

        for (var stranger : List.of(foreign, wrongPurpose, late)) {
            assertThat(refusal(channel(stranger, server, GALLEY)).getCode())
                    .isEqualTo(Status.Code.UNAVAILABLE);
        }
    }

    @Test
    void newConnectionsShowTheNewCertificate() throws Exception {
        var citadel = citadel(0);
        citadel.issueFor(Duration.ofSeconds(60));
        var server = serve(authority.identity(GALLEY), everyone());
        var identity = start(citadel.address());
        assertThat(identity.awaitReady(Duration.ofSeconds(10))).isTrue();
        assertThat(call(channel(identity, server, GALLEY))).isEqualTo(PILOT.uri());

        clock.advance(
                Duration.ofSeconds(70)); // the first one has run out: only the renewed one passes
        await().until(() -> identity.ready());

        assertThat(call(channel(identity, server, GALLEY))).isEqualTo(PILOT.uri());
    }

    @Test
    void aChannelComesBackWithinSecondsAfterALongOutage() throws Exception {
        var galley = authority.identity(GALLEY);
        var server = serve(galley, everyone());
        var port = server.getPort();
        var channel = channel(authority.identity(PILOT), server, GALLEY);
        assertThat(call(channel)).isEqualTo(PILOT.uri());
        server.shutdownNow().awaitTermination();
        await().during(Duration.ofSeconds(4))
                .atMost(Duration.ofSeconds(10))
                .until(() -> refusal(channel).getCode() == Status.Code.UNAVAILABLE);

        var again =
                galley.server(new InetSocketAddress("127.0.0.1", port))
                        .addService(new Echo())
                        .intercept(everyone())
                        .build()
                        .start();
        opened.push(again::shutdownNow);

        await().atMost(Duration.ofSeconds(4))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(call(channel)).isEqualTo(PILOT.uri()));
    }
}
