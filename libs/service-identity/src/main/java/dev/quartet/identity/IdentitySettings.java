package dev.quartet.identity;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What a service needs to get its own certificate.
///
/// @param stateDir folder that only this service's user may read; the key and chain are cached in it
/// @param tokenFile first credential, a token signed by Citadel (or projected by Kubernetes); null when the service
///     already has a certificate on disk
/// @param rootCertFile PEM with the roots to trust; read again at every renewal
/// @param citadelAddress `host:port` of Citadel's gRPC door
public record IdentitySettings(
        Path stateDir,
        String trustDomain,
        String namespace,
        String serviceAccount,
        @Nullable Path tokenFile,
        Path rootCertFile,
        String citadelAddress) {

    /// @throws IllegalArgumentException when trust domain, namespace or service account are not valid
    public SpiffeId spiffeId() {
        return new SpiffeId(trustDomain, namespace, serviceAccount);
    }
}
