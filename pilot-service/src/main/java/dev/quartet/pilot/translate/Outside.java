package dev.quartet.pilot.translate;

import dev.quartet.config.networking.Destination;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Scope;
import java.util.Optional;

/// What happens to requests and connections for what a sidecar does not know: as its Sidecar says, else as the mesh does.
final class Outside {
    private Outside() {}

    /// @return where they go; empty: nowhere
    static Optional<String> cluster(Facts facts, Scope scope) {
        var own = scope.outside();
        var anywhere = own.map(Scope.Outside::anywhere).orElse(facts.mesh().allowAny());
        if (!anywhere) {
            return Optional.empty();
        }
        return own.flatMap(Scope.Outside::proxy)
                .map(Outside::cluster)
                .or(() -> Optional.of(Names.PASSTHROUGH));
    }

    private static String cluster(Destination destination) {
        var port = destination.port();
        return Names.outbound(
                port == null || port.number() == null ? 80 : port.number(),
                destination.subset() == null ? "" : destination.subset(),
                destination.host());
    }
}
