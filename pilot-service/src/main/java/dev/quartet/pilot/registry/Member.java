package dev.quartet.pilot.registry;

import dev.quartet.pilot.ingest.RegistrySource;
import java.util.Optional;
import java.util.function.Supplier;

/// One of the mesh's registries.
///
/// @param name for people and as a metric's label: `kubernetes`, `kubernetes/east`, `eureka`
/// @param source when it cannot be asked it keeps what it knows; it lists nothing only when it was told so
/// @param trouble why it cannot be asked now, in words; answers from memory
public record Member(String name, RegistrySource source, Supplier<Optional<String>> trouble) {}
