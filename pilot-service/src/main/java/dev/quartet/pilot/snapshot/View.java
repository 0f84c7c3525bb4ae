package dev.quartet.pilot.snapshot;

import dev.quartet.config.ResourceKey;
import java.util.Optional;

/// From where a proxy looks at the mesh. Proxies with the same view see the same.
///
/// @param sidecar the Sidecar that narrows it
public record View(String namespace, Optional<ResourceKey> sidecar) {}
