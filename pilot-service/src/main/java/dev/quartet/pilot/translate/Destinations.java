package dev.quartet.pilot.translate;

import dev.quartet.config.networking.Destination;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Service;
import java.util.List;
import java.util.Optional;

/// Which cluster a route's destination is.
final class Destinations {
    private Destinations() {}

    /// What of a destination does not exist, in words.
    ///
    /// @param asked hosts of the requests that are sent to it
    static String missing(
            Facts facts,
            String host,
            Destination destination,
            int listenerPort,
            List<String> asked) {
        var service = facts.service(host);
        if (service.isEmpty()) {
            return "no service %s".formatted(host);
        }
        if (!DynamicNames.takesRequests(service.get(), asked)) {
            return ownNamesOnly(host);
        }
        var number = port(service.get(), destination, listenerPort);
        return service.get().port(number).isEmpty()
                ? "service %s has no port %d".formatted(host, number)
                : "no DestinationRule for %s has a subset %s".formatted(host, destination.subset());
    }

    static String ownNamesOnly(String host) {
        return "service %s takes requests for its own names only".formatted(host);
    }

    private static int port(Service service, Destination destination, int listenerPort) {
        var ports = service.ports();
        var written = destination.port() == null ? null : destination.port().number();
        return written != null
                ? written
                : ports.size() == 1 ? ports.getFirst().number() : listenerPort;
    }

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
        var number = port(service.get(), destination, listenerPort);
        var subset = destination.subset() == null ? "" : destination.subset();
        return service.get().port(number).isPresent()
                        && DestinationRules.hasSubset(facts, host, subset, namespace)
                ? Optional.of(new Names.OutboundName(number, subset, host))
                : Optional.empty();
    }
}
