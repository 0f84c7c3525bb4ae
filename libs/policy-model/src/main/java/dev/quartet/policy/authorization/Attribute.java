package dev.quartet.policy.authorization;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Something of a request that policies ask about.
public sealed interface Attribute {
    enum Plain implements Attribute {
        /// The peer's SPIFFE id without its scheme: `cluster.local/ns/shop/sa/storefront`.
        PRINCIPAL,

        /// The namespace in the peer's SPIFFE id.
        NAMESPACE,

        /// The peer's own address.
        PEER_ADDRESS,

        /// The client's address as trusted proxies in front tell it.
        REMOTE_ADDRESS,

        /// `<issuer>/<subject>` of a token.
        REQUEST_PRINCIPAL,
        AUDIENCES,

        /// Whom the token was made for: its claim `azp`.
        PRESENTER,
        HOST,

        /// Of the workload, on which the request arrives.
        PORT,
        METHOD,
        PATH,
        DESTINATION_ADDRESS,

        /// The server name in the peer's TLS.
        SNI
    }

    /// @param name in lower case
    record Header(String name) implements Attribute {}

    /// @param path names of nested claims, from the outside
    record Claim(List<String> path) implements Attribute {
        public Claim {
            path = List.copyOf(path);
        }
    }

    /// What another filter of the proxy has found.
    record Metadata(String filter, String key) implements Attribute {}

    /// Whether bytes that are not read as HTTP have it, too.
    default boolean isOfConnections() {
        return switch (this) {
            case Plain plain ->
                    switch (plain) {
                        case PRINCIPAL,
                                NAMESPACE,
                                PEER_ADDRESS,
                                REMOTE_ADDRESS,
                                PORT,
                                DESTINATION_ADDRESS,
                                SNI ->
                                true;
                        case REQUEST_PRINCIPAL, AUDIENCES, PRESENTER, HOST, METHOD, PATH -> false;
                    };
            case Header _, Claim _ -> false;
            case Metadata _ -> true;
        };
    }

    /// @param key of a condition: `request.headers[version]`
    /// @return empty: there is none of that name
    static Optional<Attribute> of(String key) {
        return switch (key) {
            case "source.ip" -> Optional.of(Plain.PEER_ADDRESS);
            case "remote.ip" -> Optional.of(Plain.REMOTE_ADDRESS);
            case "source.namespace" -> Optional.of(Plain.NAMESPACE);
            case "source.principal" -> Optional.of(Plain.PRINCIPAL);
            case "request.auth.principal" -> Optional.of(Plain.REQUEST_PRINCIPAL);
            case "request.auth.audiences" -> Optional.of(Plain.AUDIENCES);
            case "request.auth.presenter" -> Optional.of(Plain.PRESENTER);
            case "destination.ip" -> Optional.of(Plain.DESTINATION_ADDRESS);
            case "destination.port" -> Optional.of(Plain.PORT);
            case "connection.sni" -> Optional.of(Plain.SNI);
            default -> named(key);
        };
    }

    private static Optional<Attribute> named(String key) {
        int bracket = key.indexOf('[');
        if (bracket < 0 || !key.endsWith("]")) {
            return Optional.empty();
        }
        var names = new ArrayList<String>();
        for (var name : key.substring(bracket + 1, key.length() - 1).split("\\]\\[", -1)) {
            if (name.isEmpty()) {
                return Optional.empty();
            }
            names.add(name);
        }
        var base = key.substring(0, bracket);
        if (base.equals("request.auth.claims")) {
            return Optional.of(new Claim(names));
        }
        if (names.size() > 1) {
            return Optional.empty();
        }
        var name = names.getFirst();
        if (base.equals("request.headers")) {
            return header(name.toLowerCase(Locale.ROOT));
        }
        var experimental = "experimental.";
        return base.startsWith(experimental + "envoy.filters.")
                ? Optional.of(new Metadata(base.substring(experimental.length()), name))
                : Optional.empty();
    }

    /// `Host` is no header where a proxy looks, and pseudo-headers are no headers of users.
    private static Optional<Attribute> header(String name) {
        if (name.equals("host")) {
            return Optional.of(Plain.HOST);
        }
        return name.startsWith(":") ? Optional.empty() : Optional.of(new Header(name));
    }
}
