package dev.quartet.admin.webhook;

import dev.quartet.admin.StartupFailure;
import dev.quartet.identity.KeyFiles;
import dev.quartet.identity.Pem;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.identity.WebhookTls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a webhook shows to kube-apiserver, and what that has to trust: the service's own identity, or an operator's
/// files. Thread-safe.
public sealed interface WebhookCertificate {
    /// What must be there before there is something to show.
    List<Awaited> awaited();

    WebhookTls tls();

    /// PEM of what kube-apiserver has to trust; empty when it cannot be told now.
    Optional<String> trust();

    /// Renewals taken into use since the start.
    long updates();

    /// Renewals that failed since the start.
    long failures();

    /// What Citadel gives the service.
    ///
    /// @param missing what readiness says until it is there
    static WebhookCertificate of(ServiceIdentity identity, Supplier<String> missing) {
        return new OfIdentity(identity, missing);
    }

    /// What an operator's PEM files hold; empty when none are set.
    ///
    /// @param prefix of the settings `certificate-file` and `key-file`, say `quartet.injector`
    /// @param caBundle what signed the certificate; null: the certificate itself
    /// @throws StartupFailure when only one is set, or they cannot be used
    static Optional<WebhookCertificate> ofFiles(
            String prefix,
            @Nullable Path certificate,
            @Nullable Path key,
            @Nullable Path caBundle) {
        if ((certificate == null) != (key == null)) {
            throw new StartupFailure(
                    "only one of %s.certificate-file and %s.key-file is set"
                            .formatted(prefix, prefix),
                    "set both (PEM files), or none for the service's own identity");
        }
        if (certificate == null || key == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new OfFiles(
                            KeyFiles.open(key, certificate),
                            caBundle == null ? certificate : caBundle));
        } catch (IOException e) {
            throw new StartupFailure(
                    String.valueOf(e.getMessage()),
                    "correct %s.certificate-file (PEM, leaf first) and %s.key-file (PEM, PKCS #8: openssl pkcs8 -topk8 -nodes)"
                            .formatted(prefix, prefix),
                    e);
        }
    }

    /// The service's own.
    record OfIdentity(ServiceIdentity identity, Supplier<String> missing)
            implements WebhookCertificate {
        @Override
        public List<Awaited> awaited() {
            return List.of(new Awaited(missing, identity::awaitReady));
        }

        @Override
        public WebhookTls tls() {
            return WebhookTls.of(identity);
        }

        @Override
        public Optional<String> trust() {
            return Optional.of(Pem.encode(identity.roots()));
        }

        @Override
        public long updates() {
            return identity.renewals();
        }

        @Override
        public long failures() {
            return identity.failures();
        }
    }

    /// An operator's.
    record OfFiles(KeyFiles files, Path trusted) implements WebhookCertificate {
        private static final Logger LOGGER = LoggerFactory.getLogger(WebhookCertificate.class);

        @Override
        public List<Awaited> awaited() {
            return List.of();
        }

        @Override
        public WebhookTls tls() {
            return WebhookTls.of(files);
        }

        @Override
        public Optional<String> trust() {
            try {
                return Optional.of(Pem.encode(Pem.certificates(Files.readString(trusted))));
            } catch (IOException | CertificateException e) {
                LOGGER.atWarn()
                        .addKeyValue("error", e.getMessage())
                        .log("Certificates that kube-apiserver is to trust cannot be read");
                return Optional.empty();
            }
        }

        @Override
        public long updates() {
            return files.updates();
        }

        @Override
        public long failures() {
            return files.failures();
        }
    }
}
