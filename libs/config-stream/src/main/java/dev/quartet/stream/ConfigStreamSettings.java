package dev.quartet.stream;

import dev.quartet.config.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/// What a sink asks of Galley.
///
/// @param stateDir the service's own state folder; the last good revision is kept in it
/// @param sinkId names this replica to Galley, for its status and logs
/// @param kinds the kinds to take, at least one
/// @param lateAfter how long a collection may lag behind the others before the status shows it as late
public record ConfigStreamSettings(
        Path stateDir, String sinkId, Set<Kind> kinds, Duration lateAfter) {
    public static final Duration LATE_AFTER = Duration.ofSeconds(5);

    public ConfigStreamSettings {
        if (kinds.isEmpty()) {
            throw new IllegalArgumentException("a config stream needs at least one kind");
        }
        kinds = Collections.unmodifiableSet(EnumSet.copyOf(kinds));
    }

    public ConfigStreamSettings(Path stateDir, String sinkId, Set<Kind> kinds) {
        this(stateDir, sinkId, kinds, LATE_AFTER);
    }
}
