package dev.quartet.pilot.snapshot;

/// What a workload's inbound ports take.
public enum PeerMode {
    PERMISSIVE,
    STRICT
}
