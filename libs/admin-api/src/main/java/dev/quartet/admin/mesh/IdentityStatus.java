package dev.quartet.admin.mesh;

import dev.quartet.admin.StatusContributor;
import dev.quartet.identity.CertificateStatus;
import dev.quartet.identity.ServiceIdentity;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A service's certificate as its status shows it; null where there is none yet.
///
/// @param ready there is one, and it is valid now
/// @param renewals certificates that Citadel gave since the start
/// @param failures requests to Citadel that failed since the start
public record IdentityStatus(
        boolean ready,
        @Nullable String spiffeId,
        @Nullable String serial,
        @Nullable Instant notBefore,
        @Nullable Instant notAfter,
        long renewals,
        long failures) {

    static final String SECTION = "identity";

    /// Of a service that asks for none, or not yet.
    public static final IdentityStatus NONE =
            new IdentityStatus(false, null, null, null, null, 0, 0);

    public static IdentityStatus of(ServiceIdentity identity) {
        var certificate = identity.certificate();
        return new IdentityStatus(
                identity.ready(),
                certificate.map(it -> it.spiffeId().uri()).orElse(null),
                certificate.map(CertificateStatus::serial).orElse(null),
                certificate.map(CertificateStatus::notBefore).orElse(null),
                certificate.map(CertificateStatus::notAfter).orElse(null),
                identity.renewals(),
                identity.failures());
    }

    /// The section `identity` of the service's status.
    public static StatusContributor section(ServiceIdentity identity) {
        return StatusContributor.of(SECTION, () -> of(identity));
    }
}
