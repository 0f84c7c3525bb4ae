package dev.quartet.config.security;

import dev.quartet.config.Spec;
import dev.quartet.config.networking.LabelSelector;
import dev.quartet.config.schema.NotEmpty;
import dev.quartet.config.schema.SortedMaps;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Whether workloads take plaintext, mTLS or both (`security/v1beta1/peer_authentication.proto`). Without a selector it
/// holds for its namespace, in the mesh's root namespace for the whole mesh.
///
/// @param portLevelMtls by the port on which a selected workload listens, which may be another than its service's; one without a mode has
///     that of `mtls`
public record PeerAuthentication(
        @Nullable LabelSelector selector,
        @Nullable MutualTls mtls,
        @NotEmpty Map<Integer, MutualTls> portLevelMtls)
        implements Spec {
    public PeerAuthentication {
        portLevelMtls = SortedMaps.copyOf(portLevelMtls);
    }

    public record MutualTls(@Nullable Mode mode) {}

    /// `DISABLE`: callers of the mesh send no mTLS by themselves, and a Sidecar's `ingress[].tls` is in force.
    public enum Mode {
        UNSET,
        DISABLE,
        PERMISSIVE,
        STRICT
    }
}
