package dev.quartet.config.networking;

import dev.quartet.config.schema.SortedMaps;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Conditions on a request; all that are set must hold. `port`, `gateways` and `sourceLabels` are decided when the
/// route table is made, the rest by Envoy per request.
public record HttpMatchRequest(
        @Nullable String name,
        @Nullable StringMatch uri,
        @Nullable StringMatch scheme,
        @Nullable StringMatch method,
        @Nullable StringMatch authority,
        Map<String, StringMatch> headers,
        Map<String, StringMatch> withoutHeaders,
        Map<String, StringMatch> queryParams,
        boolean ignoreUriCase,
        @Nullable Integer port,
        Map<String, String> sourceLabels,
        @Nullable String sourceNamespace,
        List<String> gateways,
        @Nullable String statPrefix) {
    public HttpMatchRequest {
        headers = SortedMaps.copyOf(headers);
        withoutHeaders = SortedMaps.copyOf(withoutHeaders);
        queryParams = SortedMaps.copyOf(queryParams);
        sourceLabels = SortedMaps.copyOf(sourceLabels);
        gateways = List.copyOf(gateways);
    }
}
