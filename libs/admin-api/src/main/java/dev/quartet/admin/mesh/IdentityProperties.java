package dev.quartet.admin.mesh;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.HostPort;
import dev.quartet.admin.StartupFailure;
import dev.quartet.identity.IdentitySettings;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.identity.SpiffeId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/// Who a service is in the mesh, and who gives it its certificate. Its namespace is the control plane's.
///
/// @param serviceAccount each service's own stands in its `application.yaml`
/// @param tokenFile first credential, a token that Citadel signed; null: the certificate on disk is all there is
/// @param rootCertFile the mesh's roots; null: `root-cert.pem` in the state folder
/// @param citadelAddress null: port 8060 of this machine, moved by `quartet.port-offset`
@ConfigurationProperties("quartet.identity")
public record IdentityProperties(
        String serviceAccount,
        @Nullable Path tokenFile,
        @Nullable Path rootCertFile,
        @Nullable HostPort citadelAddress) {
    private static final int CITADEL_PORT = 8060;

    /// Starts to get a certificate, and returns at once. It is cached in the folder `identity` of the state folder.
    ///
    /// @throws StartupFailure when a setting is wrong or the state folder can't be used
    public ServiceIdentity start(AdminProperties shared, Clock clock) {
        var state = shared.stateDir();
        var self = self(shared.trustDomain());
        try {
            return ServiceIdentity.start(
                    new IdentitySettings(
                            state.resolve("identity"),
                            self.trustDomain(),
                            self.namespace(),
                            self.serviceAccount(),
                            tokenFile,
                            rootCertFile == null ? state.resolve("root-cert.pem") : rootCertFile,
                            citadel(shared).toString()),
                    clock);
        } catch (IOException e) {
            throw new StartupFailure(
                    "the state folder %s can't be used: %s".formatted(state, e.getMessage()),
                    "correct quartet.state-dir or its permissions",
                    e);
        }
    }

    private SpiffeId self(String trustDomain) {
        try {
            return SpiffeId.controlPlane(trustDomain, serviceAccount);
        } catch (IllegalArgumentException e) {
            throw new StartupFailure(
                    "this service can't be named: " + e.getMessage(),
                    "correct quartet.identity.service-account",
                    e);
        }
    }

    /// Where Citadel is.
    public HostPort citadel(AdminProperties shared) {
        return citadelAddress == null ? shared.onThisMachine(CITADEL_PORT) : citadelAddress;
    }

    /// What readiness says while there is no certificate.
    public String missing(ServiceIdentity identity, AdminProperties shared) {
        return "a certificate from Citadel at "
                + citadel(shared)
                + identity.failure().map(reason -> " (" + reason + ")").orElse("");
    }
}
