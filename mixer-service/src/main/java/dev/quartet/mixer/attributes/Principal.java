package dev.quartet.mixer.attributes;

import dev.quartet.identity.SpiffeId;

/// A verified identity, in the two forms that are asked for all the time.
///
/// @param text Istio's form of principals, without the scheme: `cluster.local/ns/shop/sa/reviews`
record Principal(SpiffeId id, String text) {
    static Principal of(SpiffeId id) {
        return new Principal(id, id.uri().substring("spiffe://".length()));
    }
}
