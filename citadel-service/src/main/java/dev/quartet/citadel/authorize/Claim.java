package dev.quartet.citadel.authorize;

import org.jspecify.annotations.Nullable;

/// What a proxy's node says about itself; null where it says nothing.
///
/// @param nodeId `type~address~name.namespace~domain`, as Istio's proxies name themselves
public record Claim(String nodeId, @Nullable String namespace, @Nullable String serviceAccount) {}
