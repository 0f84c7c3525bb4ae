package dev.quartet.pilot.ingest;

import dev.quartet.pilot.patch.PatchId;
import dev.quartet.stream.ConfigSnapshot;
import java.util.Map;

/// All that a snapshot is made from, at one moment.
///
/// @param issuers where the hosts are that the config names for issuers' keys
/// @param leftOut patches that proxies refuse, each with the version of its EnvoyFilter: another version is tried again
public record MeshInputs(
        ConfigSnapshot config,
        Presences presences,
        Registry registry,
        IssuerAddresses issuers,
        Map<PatchId, String> leftOut) {
    public MeshInputs {
        leftOut = Map.copyOf(leftOut);
    }

    public MeshInputs(ConfigSnapshot config, Presences presences, Registry registry) {
        this(config, presences, registry, IssuerAddresses.NONE, Map.of());
    }
}
