package dev.quartet.config.networking;

import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a caller's sidecar does about TLS towards the service.
public record ClientTlsSettings(
        @Required Mode mode,
        @NotTranslated("certificates come from Citadel") @Nullable String clientCertificate,
        @NotTranslated("certificates come from Citadel") @Nullable String privateKey,
        @NotTranslated("certificates come from Citadel") @Nullable String caCertificates,
        @NotTranslated("certificates come from Citadel") @Nullable String credentialName,
        @NotTranslated("the names follow from the service's service accounts")
                List<String> subjectAltNames,
        @NotTranslated("the name follows from the cluster") @Nullable String sni,
        @NotTranslated("servers are always verified") @Nullable Boolean insecureSkipVerify,
        @NotTranslated("revocation lists come with a later version") @Nullable String caCrl) {
    public ClientTlsSettings {
        subjectAltNames = List.copyOf(subjectAltNames);
    }

    public enum Mode {
        DISABLE,
        @NotTranslated("TLS to services outside the mesh comes with a later version")
        SIMPLE,
        @NotTranslated("TLS to services outside the mesh comes with a later version")
        MUTUAL,
        ISTIO_MUTUAL
    }
}
