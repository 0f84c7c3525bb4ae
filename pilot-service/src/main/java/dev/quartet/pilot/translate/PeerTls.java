package dev.quartet.pilot.translate;

import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.ClientTlsSettings;
import java.util.Optional;
import java.util.SortedSet;

/// What the two ends of a service's port say of TLS between them: the workloads by their PeerAuthentication, a caller by its
/// DestinationRule.
///
/// @param policies of the workloads; empty: the default
/// @param servers what the workloads take; empty while there are none
/// @param rule that the caller follows; empty: none
/// @param client the mode that the rule sets for the port; empty where it says nothing
/// @param automatic whether auto mTLS decides then; else it is plaintext
public record PeerTls(
        String host,
        int port,
        SortedSet<ResourceKey> policies,
        SortedSet<Server> servers,
        Optional<ResourceKey> rule,
        Optional<ClientTlsSettings.Mode> client,
        boolean automatic) {

    public enum Server {
        /// TLS of the mesh only.
        STRICT,
        /// TLS of the mesh, and plaintext.
        PERMISSIVE,
        /// No TLS of the mesh: there is no sidecar.
        DISABLE,
        /// Outside of the mesh.
        UNKNOWN
    }

    /// Whether a connection comes about.
    public enum Agreement {
        OK,
        CONFLICT,
        /// Each workload is spoken to as it wants it.
        AUTO
    }

    public Agreement agreement() {
        if (client.isEmpty() && automatic) {
            return Agreement.AUTO;
        }
        var ofTheMesh = client.filter(ClientTlsSettings.Mode.ISTIO_MUTUAL::equals).isPresent();
        var refused =
                ofTheMesh
                        ? servers.contains(Server.DISABLE) || servers.contains(Server.UNKNOWN)
                        : servers.contains(Server.STRICT);
        return refused ? Agreement.CONFLICT : Agreement.OK;
    }
}
