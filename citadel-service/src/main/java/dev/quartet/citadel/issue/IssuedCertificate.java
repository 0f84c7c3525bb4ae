package dev.quartet.citadel.issue;

import dev.quartet.identity.SpiffeId;
import java.time.Instant;

/// A certificate that was given out.
///
/// @param serial hexadecimal, lower case
public record IssuedCertificate(
        SpiffeId identity,
        String serial,
        Instant notBefore,
        Instant notAfter,
        Door door,
        Instant issuedAt) {

    /// How it was asked for.
    public enum Door {
        CSR,
        SDS,
        SELF
    }
}
