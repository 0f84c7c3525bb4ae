package dev.quartet.stream;

import dev.quartet.config.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How a sink stands with Galley at one moment.
///
/// @param connected Galley has answered on the present stream
/// @param revision the revision last handed over, null before the first
/// @param age how long ago `revision` was known to be Galley's newest: zero while connected and complete,
///     null before the first
/// @param fromDisk `revision` is the last good state from disk, not yet confirmed by Galley
/// @param lateCollections kinds whose collection lags behind the newest revision for longer than allowed
/// @param rejected collections that were NACKed, with what was wrong; the last good content stays in force
/// @param error why the last stream ended, null while connected
public record ConfigStreamStatus(
        boolean connected,
        @Nullable String revision,
        @Nullable Duration age,
        boolean fromDisk,
        Set<Kind> lateCollections,
        Map<Kind, List<String>> rejected,
        @Nullable String error) {}
