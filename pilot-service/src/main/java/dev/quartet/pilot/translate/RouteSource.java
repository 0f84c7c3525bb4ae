package dev.quartet.pilot.translate;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Resource;
import dev.quartet.config.networking.HttpMatchRequest;
import dev.quartet.config.networking.HttpRoute;
import dev.quartet.config.networking.VirtualService;
import org.jspecify.annotations.Nullable;

/// What of a VirtualService a route is made of.
///
/// @param http number of the route
/// @param match number of its match, or [#NO_MATCH]
record RouteSource(Resource<VirtualService> service, int http, int match) {
    static final int NO_MATCH = -1;

    HttpRoute route() {
        return service.spec().http().get(http);
    }

    @Nullable HttpMatchRequest condition() {
        return match == NO_MATCH ? null : route().match().get(match);
    }

    /// `spec.http[1]`.
    Origin origin() {
        return new Origin(service.key(), FieldPath.SPEC.field("http").index(http));
    }

    /// `spec.http[1].match[0]`, or the route where it has none.
    Origin matchOrigin() {
        return match == NO_MATCH ? origin() : origin().field("match").index(match);
    }
}
