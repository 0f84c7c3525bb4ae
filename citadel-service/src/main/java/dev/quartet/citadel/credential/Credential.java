package dev.quartet.citadel.credential;

import dev.quartet.identity.KeyMaterial;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A credential that has passed all checks; it has at least one of both. Immutable; `toString` shows no key.
///
/// @param shown key and chain that a gateway shows
/// @param callers what it checks its callers' certificates by
public record Credential(@Nullable KeyMaterial shown, @Nullable Callers callers) {

    /// @param revocations at most one list of each authority; none: nothing is revoked
    public record Callers(List<X509Certificate> authorities, List<X509CRL> revocations) {
        public Callers {
            authorities = List.copyOf(authorities);
            revocations = List.copyOf(revocations);
        }
    }
}
