package dev.quartet.pilot.explain;

import com.google.common.net.InetAddresses;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.Service;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// How the connection of a client comes to a listener of its proxy.
///
/// @param listener empty: none takes it
/// @param how in words; where there is no listener, why
/// @param beside whether it does not come to the proxy at all
record Arrival(
        Optional<Listener> listener,
        FilterChains.Connection connection,
        String how,
        boolean beside) {
    private static final String CAPTURE = "virtualOutbound";
    private static final String ANY = "0.0.0.0";

    static Arrival of(Party party, Question question) {
        var proxy = party.proxy();
        if (proxy.role() == Proxy.Role.GATEWAY) {
            return atGateway(party, question);
        }
        return switch (proxy.interception()) {
            case NONE ->
                    question.to().isPresent()
                            ? bound(party, question)
                            : throughHttpProxy(party, question);
            case REDIRECT -> captured(party, question);
        };
    }

    private static Arrival atGateway(Party party, Question question) {
        var port = question.to().map(Arrival::port).orElse(question.port());
        var found =
                question.to()
                        .flatMap(to -> find(party, address(to), port))
                        .or(() -> find(party, ANY, port))
                        .or(() ->
                                party.resources().listeners().stream()
                                        .filter(it -> port(it) == port)
                                        .findFirst());
        var ports =
                party.resources().listeners().stream()
                        .map(it -> String.valueOf(port(it)))
                        .collect(Collectors.joining(", "));
        return new Arrival(
                found,
                connection(question, Optional.empty(), port, Optional.empty()),
                found.isPresent()
                        ? "the gateway's port " + port
                        : "the gateway does not listen on port %d; %s"
                                .formatted(
                                        port,
                                        ports.isEmpty()
                                                ? "no Gateway selects it"
                                                : "it listens on " + ports),
                false);
    }

    private static Arrival throughHttpProxy(Party party, Question question) {
        var proxy = party.proxy();
        var port = proxy.httpProxyPort();
        if (port == null || !question.scheme().isHttp()) {
            return new Arrival(
                    Optional.empty(),
                    connection(question, Optional.empty(), question.port(), Optional.empty()),
                    port == null
                            ? "traffic is not captured, and the sidecar has no HTTP proxy: the request goes past it"
                            : "traffic is not captured, and the HTTP proxy takes plain HTTP only: the connection goes past the sidecar, unless the client connects to a listener that a Sidecar binds",
                    true);
        }
        return new Arrival(
                find(party, proxy.address(), port),
                connection(
                        question, Optional.of(proxy.address()), port, Optional.of(proxy.address())),
                "the sidecar's HTTP proxy at %s:%d".formatted(proxy.address(), port),
                false);
    }

    /// A listener that the client connects to by its address.
    private static Arrival bound(Party party, Question question) {
        var to = question.to().orElseThrow();
        var found =
                find(party, address(to), port(to))
                        .or(() -> find(party, ANY, port(to)))
                        .filter(Arrival::isBound);
        var names =
                party.resources().listeners().stream()
                        .filter(Arrival::isBound)
                        .map(Listener::getName)
                        .collect(Collectors.joining(", "));
        return new Arrival(
                found,
                connection(
                        question,
                        Optional.of(address(to)),
                        port(to),
                        Optional.of(party.proxy().address())),
                found.isPresent()
                        ? "the client connects to " + to
                        : "no listener of the proxy is bound to %s; it has %s".formatted(to, names),
                false);
    }

    /// By the address that the client wanted; of listeners for one port that with the very address counts more.
    private static Arrival captured(Party party, Question question) {
        var service = service(party, question);
        var address =
                question.to()
                        .map(Arrival::address)
                        .or(() -> literal(question.host()))
                        .or(() -> service.flatMap(it -> address(party, it)));
        var port = question.to().map(Arrival::port).orElse(question.port());
        var found =
                address.flatMap(it -> find(party, it, port))
                        .or(() -> find(party, ANY, port))
                        .or(() ->
                                party.resources().listeners().stream()
                                        .filter(it -> it.getName().equals(CAPTURE))
                                        .findFirst());
        return new Arrival(
                found,
                connection(question, address, port, Optional.of(party.proxy().address())),
                address.map(it -> "captured on its way to %s:%d".formatted(it, port))
                        .orElse(
                                "captured on its way to port %d of an address that no service has"
                                        .formatted(port)),
                false);
    }

    private static Optional<String> literal(String host) {
        return InetAddresses.isInetAddress(host) ? Optional.of(host) : Optional.empty();
    }

    /// The service that a client's resolver finds under the host's name.
    static Optional<Service> service(Party party, Question question) {
        var host = question.host();
        var namespace = party.proxy().namespace();
        return Stream.of(
                        host,
                        host + "." + namespace + ".svc.cluster.local",
                        host + ".svc.cluster.local",
                        host + ".cluster.local")
                .map(party.provenance()::service)
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<String> address(Party party, Service service) {
        return service.resolution() == Service.Resolution.HEADLESS
                ? party.facts().workloads(service).stream().map(it -> it.address()).findFirst()
                : service.hostAddresses().stream().findFirst();
    }

    static Optional<Listener> find(Party party, String address, int port) {
        return party.resources().listeners().stream()
                .filter(it -> port(it) == port)
                .filter(it -> it.getAddress().getSocketAddress().getAddress().equals(address))
                .findFirst();
    }

    private static boolean isBound(Listener listener) {
        return !listener.hasBindToPort() || listener.getBindToPort().getValue();
    }

    private static int port(Listener listener) {
        return listener.getAddress().getSocketAddress().getPortValue();
    }

    private static FilterChains.Connection connection(
            Question question, Optional<String> address, int port, Optional<String> source) {
        var scheme = question.scheme();
        return new FilterChains.Connection(
                address,
                port,
                scheme.isTls() || question.sni().isPresent(),
                question.sni().orElse(""),
                alpn(question),
                scheme.isHttp(),
                source,
                scheme.isTls() || question.sni().isPresent());
    }

    /// What the client itself offers.
    static List<String> alpn(Question question) {
        return switch (question.scheme()) {
            case GRPC -> List.of("h2");
            case HTTPS -> List.of("h2", "http/1.1");
            case HTTP, TLS, TCP -> List.of();
        };
    }

    private static String address(String to) {
        var text = to.substring(0, Math.max(0, to.lastIndexOf(':')));
        return text.startsWith("[") && text.endsWith("]")
                ? text.substring(1, text.length() - 1)
                : text;
    }

    private static int port(String to) {
        return Integer.parseInt(to.substring(to.lastIndexOf(':') + 1));
    }
}
