package dev.quartet.config.networking;

import dev.quartet.config.schema.SortedMaps;
import dev.quartet.config.schema.Superseded;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One routing rule. It either forwards (`route`), redirects, answers by itself, or hands over to another VirtualService.
///
/// @param delegate its routes stand in the place of this one, each with the conditions of both; what they leave out is as
/// it is set here
/// @param timeout unset means none
/// @param retries unset means Istio's default policy of two tries; `attempts: 0` turns retrying off
public record HttpRoute(
        @Nullable String name,
        List<HttpMatchRequest> match,
        List<HttpRouteDestination> route,
        @Nullable HttpRedirect redirect,
        @Nullable HttpDirectResponse directResponse,
        @Nullable Delegate delegate,
        @Nullable HttpRewrite rewrite,
        @Nullable Duration timeout,
        @Nullable HttpRetry retries,
        @Nullable HttpFaultInjection fault,
        @Nullable Destination mirror,
        List<HttpMirrorPolicy> mirrors,
        @Superseded("write mirrorPercentage instead") @Nullable Integer mirrorPercent,
        @Nullable Percent mirrorPercentage,
        @Nullable CorsPolicy corsPolicy,
        @Nullable Headers headers,
        @Superseded("take it out: WebSocket upgrades are always allowed")
                @Nullable Boolean websocketUpgrade,
        @Superseded("write headers.request.add instead") Map<String, String> appendHeaders,
        @Superseded("write headers.request.add instead") Map<String, String> appendRequestHeaders,
        @Superseded("write headers.request.remove instead") List<String> removeRequestHeaders,
        @Superseded("write headers.response.add instead") Map<String, String> appendResponseHeaders,
        @Superseded("write headers.response.remove instead") List<String> removeResponseHeaders) {
    public HttpRoute {
        match = List.copyOf(match);
        route = List.copyOf(route);
        mirrors = List.copyOf(mirrors);
        appendHeaders = SortedMaps.copyOf(appendHeaders);
        appendRequestHeaders = SortedMaps.copyOf(appendRequestHeaders);
        removeRequestHeaders = List.copyOf(removeRequestHeaders);
        appendResponseHeaders = SortedMaps.copyOf(appendResponseHeaders);
        removeResponseHeaders = List.copyOf(removeResponseHeaders);
    }

    /// One that forwards or answers, and sets nothing else.
    public static HttpRoute of(
            @Nullable String name,
            List<HttpMatchRequest> match,
            List<HttpRouteDestination> route,
            @Nullable HttpDirectResponse directResponse) {
        return new HttpRoute(
                name,
                match,
                route,
                null,
                directResponse,
                null,
                null,
                null,
                null,
                null,
                null,
                List.of(),
                null,
                null,
                null,
                null,
                null,
                Map.of(),
                Map.of(),
                List.of(),
                Map.of(),
                List.of());
    }
}
