package dev.quartet.pilot.translate;

import dev.quartet.config.networking.LoadBalancerSettings.ConsistentHash;
import io.envoyproxy.envoy.config.route.v3.RouteAction.HashPolicy;
import java.util.Optional;

/// What of a request decides which workload gets it, where a DestinationRule asks for consistent hashing.
final class HashPolicies {
    private HashPolicies() {}

    static Optional<HashPolicy> of(ConsistentHash hash) {
        if (hash.httpHeaderName() != null) {
            return Optional.of(
                    HashPolicy.newBuilder()
                            .setHeader(
                                    HashPolicy.Header.newBuilder()
                                            .setHeaderName(hash.httpHeaderName()))
                            .build());
        }
        if (hash.httpCookie() != null) {
            var cookie = HashPolicy.Cookie.newBuilder().setName(hash.httpCookie().name());
            if (hash.httpCookie().path() != null) {
                cookie.setPath(hash.httpCookie().path());
            }
            if (hash.httpCookie().ttl() != null) {
                cookie.setTtl(Envoy.duration(hash.httpCookie().ttl()));
            }
            for (var attribute : hash.httpCookie().attributes()) {
                var added = HashPolicy.CookieAttribute.newBuilder().setName(attribute.name());
                if (attribute.value() != null) {
                    added.setValue(attribute.value());
                }
                cookie.addAttributes(added);
            }
            return Optional.of(HashPolicy.newBuilder().setCookie(cookie).build());
        }
        if (Boolean.TRUE.equals(hash.useSourceIp())) {
            return Optional.of(
                    HashPolicy.newBuilder()
                            .setConnectionProperties(
                                    HashPolicy.ConnectionProperties.newBuilder().setSourceIp(true))
                            .build());
        }
        if (hash.httpQueryParameterName() != null) {
            return Optional.of(
                    HashPolicy.newBuilder()
                            .setQueryParameter(
                                    HashPolicy.QueryParameter.newBuilder()
                                            .setName(hash.httpQueryParameterName()))
                            .build());
        }
        return Optional.empty();
    }
}
