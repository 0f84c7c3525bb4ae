package dev.quartet.pilot.ingest;

import dev.quartet.stream.ConfigSnapshot;

/// All that a snapshot is made from, at one moment.
public record MeshInputs(
        ConfigSnapshot config, Presences presences, Registry registry, IssuerAddresses issuers) {
    public MeshInputs(ConfigSnapshot config, Presences presences, Registry registry) {
        this(config, presences, registry, IssuerAddresses.NONE);
    }
}
