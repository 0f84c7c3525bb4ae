package dev.quartet.config.networking;

import dev.quartet.config.schema.Required;
import org.jspecify.annotations.Nullable;

/// A service, and which of its workloads: a host, a subset that a DestinationRule defines, a port.
public record Destination(
        @Required String host, @Nullable String subset, @Nullable PortSelector port) {}
