package dev.quartet.testkit;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// HTTPS to a server whose certificate lies in a file.
final class TrustingHttps {
    private TrustingHttps() {}

    /// @return the status, 0 when nobody answers
    static int status(Path certificates, String url, String bearer)
            throws IOException, InterruptedException {
        try (var client =
                HttpClient.newBuilder()
                        .sslContext(trusting(Files.readString(certificates)))
                        .build()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(url))
                                    .header("Authorization", "Bearer " + bearer)
                                    .timeout(Duration.ofSeconds(5))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (java.net.ConnectException | java.net.http.HttpTimeoutException _) {
            return 0;
        }
    }

    /// @return the body of the answer
    static String postJson(Path certificates, String url, String json)
            throws IOException, InterruptedException {
        try (var client =
                HttpClient.newBuilder()
                        .sslContext(trusting(Files.readString(certificates)))
                        .build()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(url))
                                    .header("Content-Type", "application/json")
                                    .timeout(Duration.ofSeconds(5))
                                    .POST(HttpRequest.BodyPublishers.ofString(json))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    /// @param certificates PEM; what they have signed is believed, and nothing else
    static SSLContext trusting(String certificates) throws IOException {
        try {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (var certificate :
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(
                                    new ByteArrayInputStream(
                                            certificates.getBytes(StandardCharsets.US_ASCII)))) {
                store.setCertificateEntry("certificate-" + number++, certificate);
            }
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            var context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
