package dev.quartet.config.networking;

import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.SortedMaps;
import dev.quartet.config.schema.Superseded;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One target of a route and its share of the requests, in percent.
///
/// @param weight unset counts as 100 when it is the only target, else as 0
public record HttpRouteDestination(
        @Required Destination destination,
        @Nullable Integer weight,
        @Nullable Headers headers,
        @Superseded("write headers.request.add instead") Map<String, String> appendRequestHeaders,
        @Superseded("write headers.request.remove instead") List<String> removeRequestHeaders,
        @Superseded("write headers.response.add instead") Map<String, String> appendResponseHeaders,
        @Superseded("write headers.response.remove instead") List<String> removeResponseHeaders) {
    public HttpRouteDestination {
        appendRequestHeaders = SortedMaps.copyOf(appendRequestHeaders);
        removeRequestHeaders = List.copyOf(removeRequestHeaders);
        appendResponseHeaders = SortedMaps.copyOf(appendResponseHeaders);
        removeResponseHeaders = List.copyOf(removeResponseHeaders);
    }
}
