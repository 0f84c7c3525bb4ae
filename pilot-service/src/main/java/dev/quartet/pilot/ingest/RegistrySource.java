package dev.quartet.pilot.ingest;

import java.util.Optional;

/// A registry that is followed. Thread-safe, answers from memory.
@FunctionalInterface
public interface RegistrySource {
    /// Where there is none beside the config.
    RegistrySource NONE = () -> Optional.of(Registry.EMPTY);

    /// The newest; empty until it is known whole, so that nobody is told of half a mesh.
    Optional<Registry> registry();
}
