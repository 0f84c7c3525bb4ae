package dev.quartet.pilot.translate;

import dev.quartet.config.networking.GatewayNames;
import dev.quartet.pilot.snapshot.Labels;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What routes are for: a listener of one client.
///
/// @param gateway `mesh` for sidecars, else `namespace/name` of the Gateway
/// @param namespace the client's
/// @param port of the listener that a request or connection came to
/// @param labels the client's
record Site(String gateway, String namespace, int port, Map<String, String> labels) {
    static final String MESH = "mesh";

    /// The conditions of a match that are decided here and not per request or connection.
    ///
    /// @param gateways as they are written in a VirtualService of `home`
    boolean meets(
            @Nullable Integer wantedPort,
            List<String> gateways,
            Map<String, String> sourceLabels,
            @Nullable String sourceNamespace,
            String home) {
        return (wantedPort == null || wantedPort == port)
                && (gateways.isEmpty()
                        || gateways.stream()
                                .map(written -> GatewayNames.qualified(written, home))
                                .anyMatch(gateway::equals))
                && (sourceNamespace == null || sourceNamespace.equals(namespace))
                && Labels.match(sourceLabels, labels);
    }

    /// Why [#meets] says no, in words.
    Optional<String> unmet(
            @Nullable Integer wantedPort,
            List<String> gateways,
            Map<String, String> sourceLabels,
            @Nullable String sourceNamespace,
            String home) {
        if (meets(wantedPort, gateways, sourceLabels, sourceNamespace, home)) {
            return Optional.empty();
        }
        if (wantedPort != null && wantedPort != port) {
            return Optional.of(
                    "it is for port %d, the request is for %d".formatted(wantedPort, port));
        }
        if (!meets(null, gateways, Map.of(), null, home)) {
            return Optional.of(
                    "it is for gateways %s, the request comes to %s"
                            .formatted(
                                    String.join(", ", gateways),
                                    gateway.equals(MESH)
                                            ? "a sidecar (gateway mesh)"
                                            : "Gateway " + gateway));
        }
        if (sourceNamespace != null && !sourceNamespace.equals(namespace)) {
            return Optional.of(
                    "it is for callers in namespace %s, this one is in %s"
                            .formatted(sourceNamespace, namespace));
        }
        return Optional.of(
                "it is for callers with labels %s, this one has %s"
                        .formatted(sourceLabels, labels.isEmpty() ? "none of them" : labels));
    }
}
