package dev.quartet.policy.authorization;

import dev.quartet.config.Tree;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A request, or a connection, as the proxy before a workload sees it.
///
/// @param principal the peer's SPIFFE id without its scheme; empty: it has proved nothing
/// @param peerAddress the peer's own
/// @param remoteAddress of the client, as trusted proxies tell it
/// @param destinationAddress where it arrives
/// @param port of the workload
/// @param sni empty: none
/// @param metadata by filter and key, what other filters have found
/// @param http empty: bytes that are not read as HTTP
public record AccessRequest(
        Optional<String> principal,
        String peerAddress,
        String remoteAddress,
        String destinationAddress,
        int port,
        String sni,
        Map<String, Map<String, String>> metadata,
        Optional<Http> http) {
    public AccessRequest {
        metadata = Map.copyOf(metadata);
    }

    /// @param authority `Host`, as sent
    /// @param path as sent, with its query
    /// @param headers by name in lower case, with all values in the order in which they came
    /// @param tokens the claims of verified tokens, by issuer
    public record Http(
            String method,
            String authority,
            String path,
            Map<String, List<String>> headers,
            Map<String, Tree.Fields> tokens) {
        public Http {
            headers = Map.copyOf(headers);
            tokens = Map.copyOf(tokens);
        }
    }
}
