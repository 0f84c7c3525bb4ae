package dev.quartet.identity;

import java.time.Instant;

/// What may be shown of a certificate in force.
///
/// @param serial hexadecimal, lower case
public record CertificateStatus(
        SpiffeId spiffeId, String serial, Instant notBefore, Instant notAfter) {}
