package dev.quartet.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.identity.AdminToken;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.WebhookTls;
import dev.quartet.identity.testing.TestAuthority;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// REST that shows the certificate the service has at the moment.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RestTlsTest {
    private static final AtomicReference<@Nullable KeyMaterial> SHOWN = new AtomicReference<>();

    @Configuration(proxyBeanMethods = false)
    static class OwnKeys {
        @Bean
        RestTls restTls() {
            return new RestTls(WebhookTls.of(SHOWN::get).context());
        }
    }

    private final ConfigurableApplicationContext service;
    private final String token;

    RestTlsTest(@TempDir Path folder) {
        service =
                new SpringApplicationBuilder(PlainService.class, OwnKeys.class)
                        .run(
                                "--spring.application.name=plain",
                                "--server.port=0",
                                "--quartet.metrics.port=0",
                                "--quartet.bind-address=0.0.0.0",
                                "--quartet.admin.tls.from-identity=true",
                                "--quartet.state-dir=" + folder.resolve("state"));
        token = service.getBean(AdminToken.class).reveal();
    }

    @AfterAll
    void stop() {
        service.close();
    }

    @Test
    void showsWhatTheServiceHasAtEachHandshakeAndNothingBefore() throws Exception {
        SHOWN.set(null);
        var first = TestAuthority.selfSigned("EC", Duration.ofHours(1));
        assertThatThrownBy(() -> status(first))
                .as("no certificate yet")
                .isInstanceOf(IOException.class);
        assertThat(probe()).as("health does not need one").isEqualTo(200);

        SHOWN.set(first);
        assertThat(status(first)).isEqualTo(200);

        var second = TestAuthority.selfSigned("EC", Duration.ofHours(1));
        SHOWN.set(second);
        assertThat(status(second)).isEqualTo(200);
        assertThatThrownBy(() -> status(first))
                .as("the old one is gone")
                .isInstanceOf(IOException.class);
    }

    private int status(KeyMaterial trusted) throws Exception {
        var rest =
                "https://localhost:%s/admin/v1/status"
                        .formatted(
                                service.getEnvironment().getRequiredProperty("local.server.port"));
        try (var client = HttpClient.newBuilder().sslContext(trusting(trusted)).build()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(rest))
                                    .header("Authorization", "Bearer " + token)
                                    .build(),
                            BodyHandlers.discarding())
                    .statusCode();
        }
    }

    private int probe() throws Exception {
        var open =
                "http://127.0.0.1:%d/healthz/ready"
                        .formatted(service.getBean(MetricsServer.class).port());
        try (var client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(open)).build(),
                            BodyHandlers.discarding())
                    .statusCode();
        }
    }

    private static SSLContext trusting(KeyMaterial material)
            throws GeneralSecurityException, IOException {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry("trusted", material.leaf());
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
