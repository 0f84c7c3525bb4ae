package dev.quartet.pilot.explain;

import com.google.common.net.InetAddresses;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/// Which filter chain of a listener takes a connection. Criterion by criterion only the chains stay that meet it most exactly, and
/// Envoy never goes back: a chain that is out is out, even where none is left in the end.
/// After Envoy's `listener_components.proto`, `FilterChainMatch`.
final class FilterChains {
    private static final int NO = -1;
    private static final int ANYTHING = 0;
    private static final int EXACTLY = 1_000;

    private FilterChains() {}

    /// A connection as a listener sees it.
    ///
    /// @param destination where the client wanted to go; empty: an address that no listener knows
    /// @param sni empty: the client named no server
    /// @param alpn what the client offers, the most wanted first
    /// @param own whether TLS is that of the client who asks, and not of a proxy on its way
    record Connection(
            Optional<String> destination,
            int port,
            boolean tls,
            String sni,
            List<String> alpn,
            boolean http,
            Optional<String> source,
            boolean own) {}

    /// @param chain empty: the connection is closed
    /// @param passed chains that do not take it, and why
    record Choice(Optional<FilterChain> chain, List<Passed> passed) {}

    record Passed(FilterChain chain, String why) {}

    private static final class Narrowing {
        private List<FilterChain> left;
        private final List<Passed> passed = new ArrayList<>();

        Narrowing(List<FilterChain> all) {
            left = all;
        }

        void by(ToIntFunction<FilterChainMatch> fit, Function<FilterChainMatch, String> why) {
            var best =
                    left.stream()
                            .mapToInt(chain -> fit.applyAsInt(chain.getFilterChainMatch()))
                            .max()
                            .orElse(NO);
            var kept = new ArrayList<FilterChain>();
            for (var chain : left) {
                var own = fit.applyAsInt(chain.getFilterChainMatch());
                if (own != NO && own == best) {
                    kept.add(chain);
                } else {
                    passed.add(
                            new Passed(
                                    chain,
                                    own == NO
                                            ? why.apply(chain.getFilterChainMatch())
                                            : "another one fits more exactly"));
                }
            }
            left = kept;
        }
    }

    static Choice choose(Listener listener, Connection seen) {
        var inspected = inspected(listener, seen);
        var narrowing = new Narrowing(listener.getFilterChainsList());
        narrowing.by(
                match ->
                        !match.hasDestinationPort()
                                ? ANYTHING
                                : match.getDestinationPort().getValue() == inspected.port()
                                        ? EXACTLY
                                        : NO,
                match ->
                        "is for port %d, the connection goes to %d"
                                .formatted(
                                        match.getDestinationPort().getValue(), inspected.port()));
        narrowing.by(
                match -> range(match.getPrefixRangesList(), inspected.destination()),
                match ->
                        "is for destinations %s, the connection goes to %s"
                                .formatted(
                                        words(match.getPrefixRangesList()),
                                        inspected.destination().orElse("another address")));
        narrowing.by(
                match -> names(match.getServerNamesList(), inspected.sni()),
                match ->
                        "is for TLS with the server names %s, the connection %s"
                                .formatted(
                                        String.join(", ", match.getServerNamesList()),
                                        inspected.sni().isEmpty()
                                                ? "names none"
                                                : "names " + inspected.sni()));
        var transport = inspected.tls() ? "tls" : "raw_buffer";
        narrowing.by(
                match ->
                        match.getTransportProtocol().isEmpty()
                                ? ANYTHING
                                : match.getTransportProtocol().equals(transport) ? EXACTLY : NO,
                match ->
                        "is for %s, the connection is %s"
                                .formatted(
                                        match.getTransportProtocol().equals("tls")
                                                ? "TLS"
                                                : "plaintext",
                                        inspected.tls() ? "TLS" : "plaintext"));
        narrowing.by(
                match -> protocols(match.getApplicationProtocolsList(), inspected.alpn()),
                match ->
                        "is for connections that say %s, this one says %s"
                                .formatted(
                                        String.join(", ", match.getApplicationProtocolsList()),
                                        inspected.alpn().isEmpty()
                                                ? "nothing"
                                                : String.join(", ", inspected.alpn())));
        narrowing.by(
                match -> range(match.getDirectSourcePrefixRangesList(), inspected.source()),
                match -> "is for callers from " + words(match.getDirectSourcePrefixRangesList()));
        narrowing.by(
                match -> range(match.getSourcePrefixRangesList(), inspected.source()),
                match ->
                        "is for callers from %s, this one is %s"
                                .formatted(
                                        words(match.getSourcePrefixRangesList()),
                                        inspected.source().orElse("from another address")));
        var chain = narrowing.left.stream().findFirst();
        return new Choice(
                chain.isPresent() || !listener.hasDefaultFilterChain()
                        ? chain
                        : Optional.of(listener.getDefaultFilterChain()),
                narrowing.passed);
    }

    /// Without an inspector a listener does not know what it was not told.
    private static Connection inspected(Listener listener, Connection seen) {
        var tls = seen.tls() && has(listener, "envoy.filters.listener.tls_inspector");
        var http =
                !seen.tls()
                        && seen.http()
                        && has(listener, "envoy.filters.listener.http_inspector");
        return new Connection(
                seen.destination(),
                seen.port(),
                tls,
                tls ? seen.sni().toLowerCase(Locale.ROOT) : "",
                tls ? seen.alpn() : http ? httpProtocols(seen) : List.of(),
                seen.http(),
                seen.source(),
                seen.own());
    }

    private static List<String> httpProtocols(Connection seen) {
        return seen.alpn().contains("h2") ? List.of("h2c") : List.of("http/1.1");
    }

    private static boolean has(Listener listener, String filter) {
        return listener.getListenerFiltersList().stream()
                .anyMatch(it -> it.getName().equals(filter));
    }

    private static int range(List<CidrRange> ranges, Optional<String> address) {
        if (ranges.isEmpty()) {
            return ANYTHING;
        }
        return ranges.stream()
                .filter(range -> address.isPresent() && contains(range, address.get()))
                .mapToInt(range -> 1 + range.getPrefixLen().getValue())
                .max()
                .orElse(NO);
    }

    private static boolean contains(CidrRange range, String address) {
        if (!InetAddresses.isInetAddress(address)) {
            return false;
        }
        var outer = InetAddresses.forString(range.getAddressPrefix()).getAddress();
        var inner = InetAddresses.forString(address).getAddress();
        if (outer.length != inner.length) {
            return false;
        }
        for (int bit = 0; bit < range.getPrefixLen().getValue(); bit++) {
            int mask = 0x80 >> bit % Byte.SIZE;
            if ((outer[bit / Byte.SIZE] & mask) != (inner[bit / Byte.SIZE] & mask)) {
                return false;
            }
        }
        return true;
    }

    /// The name itself before wildcards, of them the longest.
    private static int names(List<String> names, String sni) {
        if (names.isEmpty()) {
            return ANYTHING;
        }
        var best = NO;
        for (var name : names) {
            var lower = name.toLowerCase(Locale.ROOT);
            if (lower.equals(sni)) {
                best = EXACTLY;
            } else if (lower.startsWith("*.")
                    && sni.endsWith(lower.substring(1))
                    && sni.length() > lower.length() - 1) {
                best = Math.max(best, lower.length());
            }
        }
        return best;
    }

    private static int protocols(List<String> wanted, List<String> offered) {
        if (wanted.isEmpty()) {
            return ANYTHING;
        }
        for (int i = 0; i < offered.size(); i++) {
            if (wanted.contains(offered.get(i))) {
                return EXACTLY - i;
            }
        }
        return NO;
    }

    private static String words(List<CidrRange> ranges) {
        return String.join(
                ", ",
                ranges.stream()
                        .map(range ->
                                range.getAddressPrefix() + "/" + range.getPrefixLen().getValue())
                        .toList());
    }
}
