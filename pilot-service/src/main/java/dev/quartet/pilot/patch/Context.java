package dev.quartet.pilot.patch;

/// Whose config a piece of a proxy's is.
public enum Context {
    SIDECAR_INBOUND,
    SIDECAR_OUTBOUND,
    GATEWAY
}
