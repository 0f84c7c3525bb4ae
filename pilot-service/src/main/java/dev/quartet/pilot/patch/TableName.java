package dev.quartet.pilot.patch;

import dev.quartet.config.networking.EnvoyFilter;
import java.util.Optional;

/// What the name of a route table says: `9080`, `inbound|9080|http|reviews.shop.svc.cluster.local`, `http.80`, or
/// `https.443.https.ingress.shop` (port, its name, gateway, namespace).
///
/// @param port empty where the name has none
/// @param portName of a gateway's server that ends TLS
/// @param gateway `namespace/name` of it
record TableName(
        String text, Optional<Integer> port, Optional<String> portName, Optional<String> gateway) {
    static TableName of(String text) {
        if (text.startsWith("inbound|")) {
            return new TableName(
                    text, number(text.split("\\|", -1)[1]), Optional.empty(), Optional.empty());
        }
        var parts = text.split("\\.", -1);
        if (parts.length == 5 && parts[0].equals("https")) {
            return new TableName(
                    text,
                    number(parts[1]),
                    Optional.of(parts[2]),
                    Optional.of(parts[4] + "/" + parts[3]));
        }
        if (parts.length == 2 && parts[0].equals("http")) {
            return new TableName(text, number(parts[1]), Optional.empty(), Optional.empty());
        }
        return new TableName(
                text,
                number(text.substring(text.lastIndexOf(':') + 1)),
                Optional.empty(),
                Optional.empty());
    }

    private static Optional<Integer> number(String text) {
        return text.matches("[0-9]{1,5}") ? Optional.of(Integer.valueOf(text)) : Optional.empty();
    }

    boolean isMeant(EnvoyFilter.RouteConfigurationMatch match) {
        return (match.name() == null || match.name().equals(text))
                && (match.portNumber() == null || port.equals(Optional.of(match.portNumber())))
                && (match.portName() == null || portName.equals(Optional.of(match.portName())))
                && (match.gateway() == null || gateway.equals(Optional.of(match.gateway())));
    }
}
