package dev.quartet.galley.admin;

import dev.quartet.galley.change.ConfigChanges;
import dev.quartet.galley.history.Revisions;
import dev.quartet.galley.source.Origin;
import java.util.function.Supplier;

/// How REST changes config, and what it tells of earlier config: other ways in a cluster than outside.
///
/// @param origin of what it changes
/// @param revisions with all that came into force until it is asked
public record ConfigDoor(
        ConfigChanges changes, Origin origin, Supplier<? extends Revisions> revisions) {}
