package dev.quartet.config.networking;

import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.schema.Required;
import org.jspecify.annotations.Nullable;

/// Another VirtualService that holds the rest of the routes: one without hosts.
///
/// @param namespace unset means that of the VirtualService that hands over
public record Delegate(@Required String name, @Nullable String namespace) {
    /// The VirtualService that is meant.
    ///
    /// @param home the namespace of the one that hands over
    public ResourceKey key(String home) {
        var given = namespace == null || namespace.isEmpty() ? home : namespace;
        return new ResourceKey(Kind.VIRTUAL_SERVICE, given, name);
    }
}
