package dev.quartet.citadel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.citadel.command.CitadelCommand;
import dev.quartet.identity.AccessList;
import dev.quartet.identity.IdentitySettings;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.SettableClock;
import dev.quartet.wire.ca.IstioCertificateRequest;
import dev.quartet.wire.ca.IstioCertificateResponse;
import dev.quartet.wire.ca.IstioCertificateServiceGrpc;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Trust from nothing: `init-trust`, Citadel, two services, a call between them, renewal, restarts.
class ServiceIdentityEndToEndTest {

    private static final SpiffeId GALLEY =
            SpiffeId.controlPlane("cluster.local", "istio-galley-service-account");
    private static final SpiffeId PILOT =
            SpiffeId.controlPlane("cluster.local", "istio-pilot-service-account");

    @TempDir Path folder;
    private final SettableClock clock = new SettableClock();

    private ServiceIdentity start(SpiffeId id, String citadel) throws IOException {
        var trust = folder.resolve("trust").resolve(id.account());
        return ServiceIdentity.start(
                new IdentitySettings(
                        folder.resolve("state-" + id.serviceAccount()),
                        id.trustDomain(),
                        id.namespace(),
                        id.serviceAccount(),
                        trust.resolve("token"),
                        trust.resolve("root-cert.pem"),
                        citadel),
                clock);
    }

    @Test
    void servicesTrustEachOtherFromNothing() throws Exception {
        new CitadelCommand(System.out, System.err, clock)
                .run(
                        "init-trust",
                        "--state-dir",
                        folder.resolve("citadel").toString(),
                        "--out",
                        folder.resolve("trust").toString(),
                        "--sa",
                        GALLEY.account(),
                        "--sa",
                        PILOT.account());
        var life = Duration.ofSeconds(60);
        var citadel = new RunningCitadel(folder.resolve("citadel"), clock, life, 0);
        var port = citadel.port();

        try (var galley = start(GALLEY, citadel.address());
                var pilot = start(PILOT, citadel.address())) {
            assertThat(galley.awaitReady(Duration.ofSeconds(10))).isTrue();
            assertThat(pilot.awaitReady(Duration.ofSeconds(10))).isTrue();
            var server =
                    galley.server(new InetSocketAddress("127.0.0.1", 0))
                            .addService(new Pong())
                            .intercept(
                                    AccessList.builder()
                                            .allow(IstioCertificateServiceGrpc.SERVICE_NAME, PILOT)
                                            .build())
                            .build()
                            .start();
            var channel = pilot.channel("127.0.0.1:" + server.getPort(), GALLEY);
            try {
                assertThat(call(channel)).isEqualTo("pong");

                // renewal by certificate, without the token
                Files.delete(folder.resolve("trust").resolve(PILOT.account()).resolve("token"));
                clock.advance(Duration.ofSeconds(40));
                await().until(() -> pilot.renewals() == 2 && galley.renewals() == 2);
                assertThat(call(channel)).isEqualTo("pong");

                // Citadel away: a restarted service is ready from its disk, and renews when Citadel
                // is back
                citadel.close();
                pilot.close();
                try (var restarted = start(PILOT, "127.0.0.1:" + port)) {
                    assertThat(restarted.ready()).isTrue();
                    clock.advance(Duration.ofSeconds(30));
                    await().until(() -> restarted.failures() > 0);

                    citadel = new RunningCitadel(folder.resolve("citadel"), clock, life, port);
                    await().until(() -> restarted.renewals() == 1);
                    assertThat(restarted.certificate().orElseThrow().spiffeId()).isEqualTo(PILOT);
                }
            } finally {
                channel.shutdownNow();
                server.shutdownNow();
            }
        } finally {
            citadel.close();
        }
    }

    private static String call(Channel channel) {
        return IstioCertificateServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(10, TimeUnit.SECONDS)
                .createCertificate(IstioCertificateRequest.getDefaultInstance())
                .getCertChain(0);
    }

    private static final class Pong
            extends IstioCertificateServiceGrpc.IstioCertificateServiceImplBase {
        @Override
        public void createCertificate(
                IstioCertificateRequest request, StreamObserver<IstioCertificateResponse> answer) {
            answer.onNext(IstioCertificateResponse.newBuilder().addCertChain("pong").build());
            answer.onCompleted();
        }
    }
}
