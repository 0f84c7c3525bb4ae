package dev.quartet.pilot.patch;

import com.google.protobuf.Message;
import dev.quartet.config.networking.EnvoyFilter;
import dev.quartet.config.networking.EnvoyFilter.ApplyTo;
import dev.quartet.config.networking.EnvoyFilter.Operation;
import dev.quartet.config.networking.EnvoyFilter.PatchContext;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A patch that is ready to be made.
///
/// @param value of the type that the patch is for; null when something is taken out
record Patch(PatchId id, EnvoyFilter.ConfigPatch written, @Nullable Message value) {
    ApplyTo applyTo() {
        return written.applyTo();
    }

    Operation operation() {
        return written.patch().operation();
    }

    /// Something that was not there comes in.
    boolean adds() {
        return switch (operation()) {
            case ADD, INSERT_BEFORE, INSERT_AFTER, INSERT_FIRST -> true;
            case MERGE, REMOVE, REPLACE -> false;
        };
    }

    boolean isFor(Context side) {
        var wanted = match().map(EnvoyFilter.ObjectMatch::context).orElse(PatchContext.ANY);
        return switch (wanted) {
            case ANY -> true;
            case SIDECAR_INBOUND -> side == Context.SIDECAR_INBOUND;
            case SIDECAR_OUTBOUND -> side == Context.SIDECAR_OUTBOUND;
            case GATEWAY -> side == Context.GATEWAY;
        };
    }

    Optional<EnvoyFilter.ObjectMatch> match() {
        return Optional.ofNullable(written.match());
    }

    Optional<EnvoyFilter.ListenerMatch> listener() {
        return match().map(EnvoyFilter.ObjectMatch::listener);
    }

    Optional<EnvoyFilter.FilterChainMatch> chain() {
        return listener().map(EnvoyFilter.ListenerMatch::filterChain);
    }

    Optional<EnvoyFilter.RouteConfigurationMatch> table() {
        return match().map(EnvoyFilter.ObjectMatch::routeConfiguration);
    }

    Optional<EnvoyFilter.VirtualHostMatch> host() {
        return table().map(EnvoyFilter.RouteConfigurationMatch::vhost);
    }

    Optional<EnvoyFilter.ClusterMatch> cluster() {
        return match().map(EnvoyFilter.ObjectMatch::cluster);
    }

    /// @throws NullPointerException when it only takes something out
    <M extends Message> M value(Class<M> type) {
        return type.cast(Objects.requireNonNull(value, "the rules ask for a value"));
    }
}
