package dev.quartet.injector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.admin.StartupFailure;
import dev.quartet.admin.webhook.Webhook;
import dev.quartet.identity.Pem;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.identity.testing.TestAuthority;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/// The webhook with an operator's certificate: it needs no Citadel.
class OperatorsFilesTest {
    @TempDir Path folder;

    private ConfigurableApplicationContext start(String... more) {
        var arguments =
                new ArrayList<>(
                        List.of(
                                "--server.port=0",
                                "--quartet.metrics.port=0",
                                "--quartet.injector.webhook-port=0",
                                "--quartet.state-dir=" + folder.resolve("state")));
        arguments.addAll(List.of(more));
        return SpringApplication.run(InjectorApplication.class, arguments.toArray(String[]::new));
    }

    private String setting(String name, String content) throws Exception {
        return "--quartet.injector."
                + name
                + "="
                + Files.writeString(folder.resolve(name + ".pem"), content);
    }

    @Test
    void serveAtOnce() throws Exception {
        var material = TestAuthority.selfSigned("RSA", Duration.ofHours(1));

        try (var service =
                start(
                        setting("certificate-file", Pem.encode(material.chain())),
                        setting("key-file", Pem.encode(material.key())))) {
            var webhook = service.getBean(Webhook.class);

            assertThat(webhook.status().state()).isEqualTo("serving");
            assertThat(webhook.status().certificateExpires()).isEqualTo(material.notAfter());
            assertThat(service.getBeanProvider(ServiceIdentity.class).getIfAvailable()).isNull();
        }
    }

    @Test
    void endTheStartWhenTheyAreOfNoUse() throws Exception {
        var certificate =
                setting(
                        "certificate-file",
                        Pem.encode(TestAuthority.selfSigned("EC", Duration.ofHours(1)).chain()));
        var key =
                setting(
                        "key-file",
                        Pem.encode(TestAuthority.selfSigned("EC", Duration.ofHours(1)).key()));

        assertThatThrownBy(() -> start(certificate))
                .rootCause()
                .isInstanceOf(StartupFailure.class)
                .hasMessageContaining("only one of");
        assertThatThrownBy(() -> start(certificate, key))
                .hasRootCauseMessage("the private key does not belong to the certificate")
                .hasStackTraceContaining("hold no certificate with its key");
    }
}
