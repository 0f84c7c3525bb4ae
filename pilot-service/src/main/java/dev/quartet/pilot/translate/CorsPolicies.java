package dev.quartet.pilot.translate;

import com.google.protobuf.BoolValue;
import dev.quartet.config.networking.StringMatch;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.Cors;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;

/// Which origins may call from a browser: a filter in the chain that does nothing until a route says what.
final class CorsPolicies {
    static final String FILTER = "envoy.filters.http.cors";

    private CorsPolicies() {}

    static HttpFilter filter() {
        return HttpFilter.newBuilder()
                .setName(FILTER)
                .setTypedConfig(Envoy.any(Cors.getDefaultInstance()))
                .build();
    }

    static CorsPolicy of(dev.quartet.config.networking.CorsPolicy cors) {
        var policy =
                CorsPolicy.newBuilder()
                        .setFilterEnabled(
                                RuntimeFractionalPercent.newBuilder()
                                        .setDefaultValue(Shares.of(null, null, 100)));
        cors.allowOrigin()
                .forEach(origin ->
                        policy.addAllowOriginStringMatch(
                                Envoy.matcher(new StringMatch.Exact(origin))));
        cors.allowOrigins()
                .forEach(origin -> policy.addAllowOriginStringMatch(Envoy.matcher(origin)));
        policy.setAllowMethods(String.join(",", cors.allowMethods()))
                .setAllowHeaders(String.join(",", cors.allowHeaders()))
                .setExposeHeaders(String.join(",", cors.exposeHeaders()));
        if (cors.maxAge() != null) {
            policy.setMaxAge(String.valueOf(cors.maxAge().toSeconds()));
        }
        if (cors.allowCredentials() != null) {
            policy.setAllowCredentials(BoolValue.of(cors.allowCredentials()));
        }
        var unmatched = cors.unmatchedPreflights();
        if (unmatched != null) {
            switch (unmatched) {
                case UNSPECIFIED -> {}
                case FORWARD -> policy.setForwardNotMatchingPreflights(Envoy.yes());
                case IGNORE -> policy.setForwardNotMatchingPreflights(Envoy.no());
            }
        }
        return policy.build();
    }
}
