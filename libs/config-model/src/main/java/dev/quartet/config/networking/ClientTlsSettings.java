package dev.quartet.config.networking;

import dev.quartet.config.schema.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a caller's proxy does about TLS towards the service.
///
/// @param credentialName of a Secret in the namespace of the caller's workload
public record ClientTlsSettings(
        @Required Mode mode,
        @Nullable String clientCertificate,
        @Nullable String privateKey,
        @Nullable String caCertificates,
        @Nullable String credentialName,
        List<String> subjectAltNames,
        @Nullable String sni,
        @Nullable Boolean insecureSkipVerify,
        @Nullable String caCrl) {
    public ClientTlsSettings {
        subjectAltNames = List.copyOf(subjectAltNames);
    }

    public enum Mode {
        DISABLE,
        SIMPLE,
        MUTUAL,
        ISTIO_MUTUAL
    }
}
