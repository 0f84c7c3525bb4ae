package dev.quartet.galley.mcp;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A connected sink as the admin surface shows it.
///
/// @param caller SPIFFE id of its certificate
public record SinkStatus(
        String id, String caller, Instant connectedAt, List<CollectionStatus> collections) {

    /// @param acknowledged the revision that the sink last took
    /// @param pending the revision under way, null when none is
    /// @param refusal the sink's words when it refused the newest content
    public record CollectionStatus(
            String collection,
            @Nullable String acknowledged,
            @Nullable String pending,
            @Nullable Instant pendingSince,
            @Nullable String refusal) {}
}
