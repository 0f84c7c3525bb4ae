package dev.quartet.pilot.snapshot;

import dev.quartet.config.networking.ClientTlsSettings;
import dev.quartet.config.networking.ConnectionPoolSettings;
import java.util.Optional;

/// A server outside the mesh's config that proxies send logs or spans to.
///
/// @param tls empty: in plaintext
public record Collector(
        MeshSettings.HostPort address,
        Optional<ClientTlsSettings> tls,
        Optional<ConnectionPoolSettings.TcpKeepalive> keepalive) {

    static Optional<Collector> plain(MeshSettings.HostPort address) {
        return Optional.of(new Collector(address, Optional.empty(), Optional.empty()));
    }
}
