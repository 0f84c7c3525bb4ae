package dev.quartet.pilot.translate;

import dev.quartet.config.Resource;
import dev.quartet.config.networking.HttpMatchRequest;
import dev.quartet.config.networking.HttpRoute;
import dev.quartet.config.networking.VirtualService;
import org.jspecify.annotations.Nullable;

/// What of a VirtualService a route is made of.
///
/// @param match number of its match, or [#NO_MATCH]
record RouteSource(WrittenRoute written, int match) {
    static final int NO_MATCH = -1;

    /// In which the route stands: a delegate, where it was handed over.
    Resource<VirtualService> service() {
        return written.service();
    }

    HttpRoute route() {
        return written.route();
    }

    @Nullable HttpMatchRequest condition() {
        return written.match(match);
    }

    /// `spec.http[1]`.
    Origin origin() {
        return written.origin();
    }

    /// `spec.http[1].match[0]`, or the route where it has none.
    Origin matchOrigin() {
        return written.matchOrigin(match);
    }
}
