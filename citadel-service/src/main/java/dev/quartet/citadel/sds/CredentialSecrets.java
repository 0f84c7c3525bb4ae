package dev.quartet.citadel.sds;

import dev.quartet.citadel.credential.Answer;
import dev.quartet.citadel.credential.Answer.Reason;
import dev.quartet.citadel.credential.CredentialKey;
import dev.quartet.citadel.credential.Credentials;
import dev.quartet.identity.SpiffeId;
import io.envoyproxy.controlplane.cache.VersionedResource;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;

/// The secrets that gateways ask for by a credential's name: `<name>` is what is shown, `<name>-cacert` what callers are
/// checked by, which stands in a credential of that very name or, where there is none, in `<name>`. A `-cacert` that is there and not
/// for the caller is no reason to look further: callers would be checked by another authority than was meant.
final class CredentialSecrets {

    sealed interface Found {
        record Given(VersionedResource<Secret> secret) implements Found {}

        record Missing(Reason reason, String detail) implements Found {}

        record Later() implements Found {}
    }

    private final Credentials credentials;

    CredentialSecrets(Credentials credentials) {
        this.credentials = credentials;
    }

    /// @param name one that [CredentialKey#asked] takes
    Found find(SpiffeId caller, String name) {
        var key = CredentialKey.asked(caller, name).orElseThrow();
        if (!key.isOfCallers()) {
            return shown(name, credentials.find(caller, key));
        }
        return switch (credentials.find(caller, key)) {
            case Answer.None(var reason, var _) when reason == Reason.CREDENTIAL_NOT_FOUND ->
                    callers(name, credentials.find(caller, key.base()));
            case Answer other -> callers(name, other);
        };
    }

    private static Found shown(String name, Answer answer) {
        return switch (answer) {
            case Answer.Given(var credential) when credential.shown() != null ->
                    new Found.Given(SecretMaker.certificate(name, credential.shown()));
            case Answer.Given _ ->
                    new Found.Missing(
                            Reason.CREDENTIAL_NOT_FOUND,
                            "credential %s has no certificate to show".formatted(name));
            case Answer.None(var reason, var detail) -> new Found.Missing(reason, detail);
            case Answer.Later _ -> new Found.Later();
        };
    }

    private static Found callers(String name, Answer answer) {
        return switch (answer) {
            case Answer.Given(var credential) when credential.callers() != null ->
                    new Found.Given(SecretMaker.callers(name, credential.callers()));
            case Answer.Given _ ->
                    new Found.Missing(
                            Reason.CREDENTIAL_NOT_FOUND,
                            "there is no authority for %s".formatted(name));
            case Answer.None(var reason, var detail) -> new Found.Missing(reason, detail);
            case Answer.Later _ -> new Found.Later();
        };
    }
}
