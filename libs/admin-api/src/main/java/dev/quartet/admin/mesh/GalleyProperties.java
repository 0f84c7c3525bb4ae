package dev.quartet.admin.mesh;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.HostPort;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.identity.SpiffeId;
import io.grpc.ManagedChannel;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/// Where those who take config find Galley.
///
/// @param address of MCP; null: port 9901 of this machine, moved by `quartet.port-offset`
@ConfigurationProperties("quartet.galley")
public record GalleyProperties(@Nullable HostPort address) {
    private static final int MCP_PORT = 9901;

    /// A channel that speaks to Galley and nobody else. The caller shuts it down.
    public ManagedChannel channel(ServiceIdentity identity, AdminProperties shared) {
        return identity.channel(galley(shared).toString(), SpiffeId.galley(shared.trustDomain()));
    }

    /// Where Galley is.
    public HostPort galley(AdminProperties shared) {
        return address == null ? shared.onThisMachine(MCP_PORT) : address;
    }

    /// What readiness says while there is no config.
    public String missing(AdminProperties shared) {
        return "config from Galley at " + galley(shared);
    }
}
