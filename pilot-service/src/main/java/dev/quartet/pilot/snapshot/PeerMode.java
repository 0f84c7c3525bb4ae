package dev.quartet.pilot.snapshot;

/// What a workload's inbound ports take.
public enum PeerMode {
    /// Callers of the mesh send no mTLS by themselves; where a caller does, it is taken. A Sidecar may give a port TLS of its own.
    DISABLE,
    PERMISSIVE,
    STRICT
}
