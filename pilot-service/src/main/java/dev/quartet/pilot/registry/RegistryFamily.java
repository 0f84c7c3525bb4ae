package dev.quartet.pilot.registry;

import java.util.List;

/// Registries of one kind. Thread-safe, answers from memory.
@FunctionalInterface
public interface RegistryFamily {
    /// Who belongs to it now, in the order of precedence. Who leaves takes its endpoints along at once.
    List<Member> members();
}
