package dev.quartet.pilot.translate;

import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.Protocol;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Labels;
import dev.quartet.pilot.snapshot.Workload;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// What the Gateways that select a workload ask its proxy to listen to. On one address and port all is plaintext HTTP, or all is TLS, or there is one
/// server for connections; of TLS each host is one server's, since the name in the handshake is all that tells them apart. What comes later is left out: the first Gateway by
/// namespace and name has it.
/// After Istio 1.4, `pilot/pkg/model/gateway.go` `MergeGateways`.
///
/// @param all by where they listen
/// @param problems what is left out, with who has it
record GatewayServers(SortedMap<Address, Listening> all, List<Problem> problems) {
    static final GatewayServers NONE = new GatewayServers(new TreeMap<>(), List.of());

    private static final String ANY = "*";

    GatewayServers {
        all = Collections.unmodifiableSortedMap(all);
        problems = List.copyOf(problems);
    }

    enum Kind {
        HTTP,
        TLS,
        CONNECTIONS
    }

    /// @param own whether it is where the gateway listens when nobody says it
    record Address(String bind, int port, boolean own) implements Comparable<Address> {
        private static final Comparator<Address> ORDER =
                Comparator.comparingInt(Address::port)
                        .thenComparing(Address::own, Comparator.reverseOrder())
                        .thenComparing(Address::bind);

        @Override
        public int compareTo(Address other) {
            return ORDER.compare(this, other);
        }

        /// Of the listener: `0.0.0.0_443`.
        String name() {
            return bind + "_" + port;
        }
    }

    /// @param servers at least one
    record Listening(Kind kind, List<Server> servers) {
        /// Whether a name in a handshake, or a request for it, is this server's: of the patterns that cover it the narrowest counts.
        boolean isFor(Server server, String host) {
            var own = server.narrowness(host);
            return own > 0
                    && servers.stream()
                            .filter(other -> other != server)
                            .allMatch(other -> other.narrowness(host) < own);
        }

        /// What of a server's hosts is another one's: `a.example.com` of `*.example.com`.
        Set<String> elsewhere(Server server) {
            var elsewhere = new LinkedHashSet<String>();
            for (var other : servers) {
                if (other != server) {
                    other.names().stream()
                            .filter(name -> server.narrowness(name) > 0)
                            .filter(name -> !isFor(server, name))
                            .forEach(elsewhere::add);
                }
            }
            return elsewhere;
        }
    }

    /// One server of a Gateway, as far as it is in force.
    ///
    /// @param number among the Gateway's servers
    /// @param hosts `[namespace/]name` in lower case, those that it has
    record Server(
            Resource<Gateway> gateway,
            int number,
            Gateway.Server server,
            Protocol protocol,
            List<String> hosts) {
        Origin origin() {
            return Origin.of(gateway.key(), "servers").index(number);
        }

        Kind kind() {
            if (VirtualHosts.isHttp(protocol)) {
                return Kind.HTTP;
            }
            return ConnectionRoutes.isTls(protocol) ? Kind.TLS : Kind.CONNECTIONS;
        }

        Gateway.Mode mode() {
            var tls = server.tls();
            return tls == null || tls.mode() == null ? Gateway.Mode.PASSTHROUGH : tls.mode();
        }

        /// Whether TLS ends here.
        boolean endsTls() {
            return kind() == Kind.TLS
                    && switch (mode()) {
                        case SIMPLE, MUTUAL, OPTIONAL_MUTUAL, ISTIO_MUTUAL -> true;
                        case PASSTHROUGH, AUTO_PASSTHROUGH -> false;
                    };
        }

        /// Whether requests are read.
        boolean readsHttp() {
            return kind() == Kind.HTTP || protocol == Protocol.HTTPS && endsTls();
        }

        boolean redirects() {
            var tls = server.tls();
            return kind() == Kind.HTTP && tls != null && Boolean.TRUE.equals(tls.httpsRedirect());
        }

        /// The hosts without who may route them.
        List<String> names() {
            return hosts.stream().map(Server::name).distinct().toList();
        }

        /// The hosts of a VirtualService that the server takes; of two patterns the narrower counts.
        Set<String> served(Resource<VirtualService> routes) {
            var served = new LinkedHashSet<String>();
            for (var host : routes.spec().hosts()) {
                served.addAll(taken(Hosts.resolve(host, routes.namespace()), routes.namespace()));
            }
            return served;
        }

        /// What of a name a VirtualService of the namespace may route here; of two patterns the narrower counts.
        Set<String> taken(String name, String namespace) {
            var wanted = name.toLowerCase(Locale.ROOT);
            var taken = new LinkedHashSet<String>();
            for (var pattern : hosts) {
                if (isFor(pattern, namespace)) {
                    if (Hosts.covers(name(pattern), wanted)) {
                        taken.add(wanted);
                    } else if (Hosts.covers(wanted, name(pattern))) {
                        taken.add(name(pattern));
                    }
                }
            }
            return taken;
        }

        private boolean isFor(String pattern, String namespace) {
            var slash = pattern.indexOf('/');
            var wanted = slash < 0 ? ANY : pattern.substring(0, slash);
            return wanted.equals(ANY)
                    || namespace.equals(wanted.equals(".") ? gateway.namespace() : wanted);
        }

        private int narrowness(String host) {
            return names().stream()
                    .mapToInt(name ->
                            name.equals(host)
                                    ? Integer.MAX_VALUE
                                    : Hosts.covers(name, host) ? name.length() : 0)
                    .max()
                    .orElse(0);
        }

        static String name(String pattern) {
            return pattern.substring(pattern.indexOf('/') + 1);
        }
    }

    /// @param bind where the gateway listens when nobody says it
    static GatewayServers of(Facts facts, Workload workload, String bind) {
        var merge = new Merge(bind);
        for (var gateway : facts.gateways()) {
            if (Labels.match(gateway.spec().selector(), workload.labels())) {
                for (int number = 0; number < gateway.spec().servers().size(); number++) {
                    merge.add(gateway, number);
                }
            }
        }
        return new GatewayServers(merge.all(), merge.problems);
    }

    /// Takes the servers in the order of their Gateways. One use.
    private static final class Merge {
        private final String bind;
        private final SortedMap<Address, List<Server>> byAddress = new TreeMap<>();

        /// Of TLS: who has which name.
        private final Map<Address, Map<String, Server>> owners = new TreeMap<>();

        private final List<Problem> problems = new ArrayList<>();

        Merge(String bind) {
            this.bind = bind;
        }

        void add(Resource<Gateway> gateway, int number) {
            var written = gateway.spec().servers().get(number);
            var protocol = Protocol.parse(written.port().protocol()).orElse(Protocol.UDP);
            if (protocol == Protocol.UDP) {
                return; // the rules refuse it
            }
            var server =
                    new Server(
                            gateway,
                            number,
                            written,
                            protocol,
                            written.hosts().stream()
                                    .map(host -> host.toLowerCase(Locale.ROOT))
                                    .toList());
            var address = address(written);
            var there = byAddress.computeIfAbsent(address, _ -> new ArrayList<>());
            if (!there.isEmpty() && !fits(there.getFirst(), server)) {
                problems.add(taken(there.getFirst(), server, address.port()));
            } else if (server.kind() == Kind.TLS) {
                var left = withoutTaken(server, address);
                if (!left.hosts().isEmpty()) {
                    there.add(left);
                }
            } else {
                there.add(server);
            }
        }

        private Address address(Gateway.Server written) {
            var said = Objects.requireNonNullElse(written.bind(), "");
            var own = said.isEmpty() || said.equals(bind);
            return new Address(own ? bind : said, written.port().number(), own);
        }

        private static boolean fits(Server first, Server other) {
            return first.kind() == other.kind() && first.kind() != Kind.CONNECTIONS;
        }

        private Server withoutTaken(Server server, Address address) {
            var names = owners.computeIfAbsent(address, _ -> new TreeMap<>());
            var left = new ArrayList<String>();
            for (int i = 0; i < server.hosts().size(); i++) {
                var host = server.hosts().get(i);
                var owner = names.putIfAbsent(Server.name(host), server);
                if (owner == null || owner == server) {
                    left.add(host);
                } else {
                    problems.add(
                            new Problem(
                                    Reason.CONFLICTING_GATEWAYS,
                                    server.gateway().key(),
                                    null,
                                    server.origin().field("hosts").index(i).path(),
                                    "%s has the host \"%s\" by TLS on port %d of the same workload"
                                            .formatted(
                                                    owner.origin(),
                                                    Server.name(host),
                                                    address.port()),
                                    "name other hosts, or put them into one server"));
                }
            }
            return new Server(
                    server.gateway(),
                    server.number(),
                    server.server(),
                    server.protocol(),
                    List.copyOf(left));
        }

        private static Problem taken(Server first, Server other, int port) {
            return new Problem(
                    Reason.CONFLICTING_GATEWAYS,
                    other.gateway().key(),
                    null,
                    other.origin().field("port").path(),
                    "%s has port %d of the same workload for %s, and this is %s: the server is left out"
                            .formatted(first.origin(), port, words(first), words(other)),
                    "use another port, or another address (bind)");
        }

        private static String words(Server server) {
            return switch (server.kind()) {
                case HTTP -> "HTTP in plaintext";
                case TLS -> "TLS";
                case CONNECTIONS -> "all connections (" + server.protocol().label() + ")";
            };
        }

        SortedMap<Address, Listening> all() {
            var all = new TreeMap<Address, Listening>();
            byAddress.forEach((address, servers) -> {
                if (!servers.isEmpty()) {
                    all.put(
                            address,
                            new Listening(servers.getFirst().kind(), List.copyOf(servers)));
                }
            });
            return all;
        }
    }
}
