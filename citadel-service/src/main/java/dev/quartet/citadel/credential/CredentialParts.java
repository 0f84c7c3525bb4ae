package dev.quartet.citadel.credential;

import org.jspecify.annotations.Nullable;

/// A credential as it is written: PEM, each part null where there is none.
///
/// @param certificate the chain that is shown, leaf first
/// @param key of the leaf
/// @param authorities by which callers' certificates are checked
/// @param revocations of these authorities
public record CredentialParts(
        @Nullable String certificate,
        @Nullable String key,
        @Nullable String authorities,
        @Nullable String revocations) {

    @Override
    public String toString() {
        return "CredentialParts[redacted]";
    }
}
