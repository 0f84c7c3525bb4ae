package dev.quartet.config.networking;

import dev.quartet.config.schema.Required;
import java.util.List;

/// Routes of TLS connections that are passed through, by SNI.
public record TlsRoute(@Required List<TlsMatchAttributes> match, List<RouteDestination> route) {
    public TlsRoute {
        match = List.copyOf(match);
        route = List.copyOf(route);
    }
}
