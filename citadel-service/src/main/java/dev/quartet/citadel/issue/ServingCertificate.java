package dev.quartet.citadel.issue;

import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.SpiffeId;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/// Citadel's own certificate: its SPIFFE id for the mesh, and DNS and IP names for clients that check those. Renewed
/// at half life by the first handshake that asks. Thread-safe.
public final class ServingCertificate {

    private final CertificateIssuer issuer;
    private final SpiffeId identity;
    private final Clock clock;
    private volatile @Nullable KeyMaterial current;

    public ServingCertificate(CertificateIssuer issuer, SpiffeId identity, Clock clock) {
        this.issuer = issuer;
        this.identity = identity;
        this.clock = clock;
    }

    public KeyMaterial current() {
        var seen = current;
        if (seen != null && clock.instant().isBefore(seen.renewAt(0.5))) {
            return seen;
        }
        return renewed();
    }

    private synchronized KeyMaterial renewed() {
        var seen = current;
        if (seen != null && clock.instant().isBefore(seen.renewAt(0.5))) {
            return seen;
        }
        var next = issuer.issueServing(identity);
        current = next;
        return next;
    }
}
