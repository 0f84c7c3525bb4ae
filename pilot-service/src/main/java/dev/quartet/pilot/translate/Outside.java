package dev.quartet.pilot.translate;

import dev.quartet.config.networking.Destination;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Scope;
import java.util.Optional;

/// What happens to requests and connections for what a sidecar does not know: as its Sidecar says, else as the mesh does.
final class Outside {
    private Outside() {}

    /// @param own what the Sidecar says
    /// @return where they go; empty: nowhere
    static Optional<String> cluster(Facts facts, Optional<Scope.Outside> own) {
        var anywhere = own.map(Scope.Outside::anywhere).orElse(facts.mesh().allowAny());
        if (!anywhere) {
            return Optional.empty();
        }
        return proxy(own).map(Names.OutboundName::cluster).or(() -> Optional.of(Names.PASSTHROUGH));
    }

    /// What is done with connections that go there.
    ///
    /// @param namespace of the client
    static ConnectionPolicy policy(Facts facts, Scope scope, String namespace) {
        return proxy(scope.outside())
                .filter(_ -> cluster(facts, scope.outside()).isPresent())
                .map(target -> ConnectionPolicy.of(facts, target, namespace))
                .orElse(ConnectionPolicy.NONE);
    }

    private static Optional<Names.OutboundName> proxy(Optional<Scope.Outside> own) {
        return own.flatMap(Scope.Outside::proxy).map(Outside::name);
    }

    private static Names.OutboundName name(Destination destination) {
        var port = destination.port();
        return new Names.OutboundName(
                port == null || port.number() == null ? 80 : port.number(),
                destination.subset() == null ? "" : destination.subset(),
                destination.host());
    }
}
