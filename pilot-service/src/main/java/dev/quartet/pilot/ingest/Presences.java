package dev.quartet.pilot.ingest;

import java.util.List;

/// The workloads that are there, at one moment.
///
/// @param all sorted, so that equal lists are equal
/// @param complete false while Pilot, which has lost its list, waits for workloads to come back: whoever is missing in
///     `all` may well be there
public record Presences(List<Presence> all, boolean complete) {
    public Presences {
        all = List.copyOf(all);
    }
}
