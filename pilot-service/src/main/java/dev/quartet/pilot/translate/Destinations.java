package dev.quartet.pilot.translate;

import dev.quartet.config.networking.Destination;
import dev.quartet.pilot.snapshot.Facts;
import java.util.Optional;

/// Which cluster a route's destination is.
final class Destinations {
    private Destinations() {}

    /// @param host the destination's, in full
    /// @param namespace of the client
    /// @param listenerPort meant by a destination that names no port, of a service that has several
    /// @return empty where the service, its port or its subset does not exist
    static Optional<Names.OutboundName> cluster(
            Facts facts, String host, Destination destination, String namespace, int listenerPort) {
        var service = facts.service(host);
        if (service.isEmpty()) {
            return Optional.empty();
        }
        var ports = service.get().ports();
        var number =
                destination.port() != null
                        ? destination.port().number()
                        : ports.size() == 1
                                ? ports.getFirst().number()
                                : Integer.valueOf(listenerPort);
        var subset = destination.subset() == null ? "" : destination.subset();
        return service.get().port(number).isPresent()
                        && DestinationRules.hasSubset(facts, host, subset, namespace)
                ? Optional.of(new Names.OutboundName(number, subset, host))
                : Optional.empty();
    }
}
