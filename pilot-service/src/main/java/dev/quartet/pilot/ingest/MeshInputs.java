package dev.quartet.pilot.ingest;

import dev.quartet.stream.ConfigSnapshot;
import java.util.List;

/// All that a snapshot is made from, at one moment.
///
/// @param presences sorted, so that equal inputs are equal
public record MeshInputs(ConfigSnapshot config, List<Presence> presences) {
    public MeshInputs {
        presences = List.copyOf(presences);
    }
}
