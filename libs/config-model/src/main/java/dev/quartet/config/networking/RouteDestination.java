package dev.quartet.config.networking;

import dev.quartet.config.schema.Required;
import org.jspecify.annotations.Nullable;

/// One target of a TCP or TLS route and its share of the connections, in percent.
public record RouteDestination(@Required Destination destination, @Nullable Integer weight) {}
