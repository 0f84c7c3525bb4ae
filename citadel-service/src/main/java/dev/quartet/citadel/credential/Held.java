package dev.quartet.citadel.credential;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One credential as it stands: what is in force, and what is wrong with what came last. At least one of both is there.
///
/// @param credential the last good one; null while there was none
/// @param refused why what is written now is not in force; null when it is
/// @param serviceAccounts of its namespace, who may have it; null where somebody else decides that
public record Held(
        CredentialKey key,
        @Nullable Credential credential,
        @Nullable CredentialRefused refused,
        @Nullable List<String> serviceAccounts) {
    public Held {
        serviceAccounts = serviceAccounts == null ? null : List.copyOf(serviceAccounts);
    }
}
