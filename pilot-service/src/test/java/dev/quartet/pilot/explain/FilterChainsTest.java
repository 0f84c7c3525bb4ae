package dev.quartet.pilot.explain;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import dev.quartet.pilot.explain.FilterChains.Connection;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Which filter chain takes a connection; a chain is named by what it is for.
class FilterChainsTest {
    private static final Connection PLAIN = connection("10.0.0.7", 80, false, "", List.of());

    private static Connection connection(
            String to, int port, boolean tls, String sni, List<String> alpn) {
        return new Connection(
                Optional.of(to), port, tls, sni, alpn, false, Optional.of("10.9.0.1"), tls);
    }

    private static Connection tls(String sni, String... alpn) {
        return connection("10.0.0.7", 80, true, sni, List.of(alpn));
    }

    /// @param chains as `name: JSON of the match`
    private static Listener listener(String... chains) throws Exception {
        var listener =
                Listener.newBuilder()
                        .addListenerFilters(
                                ListenerFilter.newBuilder()
                                        .setName("envoy.filters.listener.tls_inspector"));
        for (var text : chains) {
            var chain = FilterChain.newBuilder().setName(text.substring(0, text.indexOf(':')));
            JsonFormat.parser()
                    .merge(
                            text.substring(text.indexOf(':') + 1),
                            chain.getFilterChainMatchBuilder());
            listener.addFilterChains(chain);
        }
        return listener.build();
    }

    private static String chosen(Listener listener, Connection connection) {
        return FilterChains.choose(listener, connection)
                .chain()
                .map(FilterChain::getName)
                .orElse("none");
    }

    @Test
    void thePortComesFirstAndIsNotTakenBack() throws Exception {
        var listener = listener("port: {destinationPort: 80, transportProtocol: 'tls'}", "all: {}");

        assertThat(chosen(listener, tls(""))).isEqualTo("port");
        assertThat(chosen(listener, PLAIN)).isEqualTo("none");
        assertThat(chosen(listener, connection("10.0.0.7", 81, false, "", List.of())))
                .isEqualTo("all");
    }

    @Test
    void theNarrowestRangeWinsWhateverElseItAsksFor() throws Exception {
        var listener =
                listener(
                        "wide: {prefixRanges: [{addressPrefix: '10.0.0.0', prefixLen: 8}]}",
                        "narrow: {prefixRanges: [{addressPrefix: '10.0.0.0', prefixLen: 24}], serverNames: ['a.example.com']}");

        assertThat(chosen(listener, connection("10.1.0.1", 80, false, "", List.of())))
                .isEqualTo("wide");
        assertThat(chosen(listener, tls("a.example.com"))).isEqualTo("narrow");
        assertThat(chosen(listener, PLAIN)).isEqualTo("none");
    }

    @Test
    void serverNamesGoFromTheNameToTheLongestWildcardToAll() throws Exception {
        var listener =
                listener(
                        "name: {serverNames: ['a.b.example.com']}",
                        "long: {serverNames: ['*.b.example.com']}",
                        "short: {serverNames: ['*.example.com']}",
                        "all: {}");

        assertThat(chosen(listener, tls("A.b.example.com"))).isEqualTo("name");
        assertThat(chosen(listener, tls("c.b.example.com"))).isEqualTo("long");
        assertThat(chosen(listener, tls("b.example.com"))).isEqualTo("short");
        assertThat(chosen(listener, tls("example.com"))).isEqualTo("all");
        assertThat(chosen(listener, PLAIN)).isEqualTo("all");
    }

    @Test
    void ofProtocolsTheOneThatTheClientWantsMostCounts() throws Exception {
        var listener =
                listener(
                        "mesh: {transportProtocol: 'tls', applicationProtocols: ['istio']}",
                        "h2: {transportProtocol: 'tls', applicationProtocols: ['h2']}",
                        "plain: {transportProtocol: 'raw_buffer'}");

        assertThat(chosen(listener, tls("", "istio", "h2"))).isEqualTo("mesh");
        assertThat(chosen(listener, tls("", "h2", "istio"))).isEqualTo("h2");
        assertThat(chosen(listener, tls("", "http/1.1"))).isEqualTo("none");
        assertThat(chosen(listener, PLAIN)).isEqualTo("plain");
    }

    @Test
    void callersAreToldApartByTheirAddress() throws Exception {
        var listener =
                listener(
                        "from: {sourcePrefixRanges: [{addressPrefix: '10.9.0.0', prefixLen: 16}]}",
                        "other: {sourcePrefixRanges: [{addressPrefix: '10.8.0.0', prefixLen: 16}]}");

        var choice = FilterChains.choose(listener, PLAIN);

        assertThat(choice.chain()).map(FilterChain::getName).contains("from");
        assertThat(choice.passed())
                .singleElement()
                .extracting(FilterChains.Passed::why)
                .isEqualTo("is for callers from 10.8.0.0/16, this one is 10.9.0.1");
    }

    @Test
    void aListenerThatDoesNotInspectSeesNoTls() throws Exception {
        var blind =
                listener("tls: {transportProtocol: 'tls'}", "all: {}").toBuilder()
                        .clearListenerFilters()
                        .build();

        assertThat(chosen(blind, tls("a.example.com"))).isEqualTo("all");
    }

    @Test
    void whatNoChainTakesIsForTheDefault() throws Exception {
        var listener =
                listener("other: {destinationPort: 81}").toBuilder()
                        .setDefaultFilterChain(FilterChain.newBuilder().setName("default"))
                        .build();

        assertThat(chosen(listener, PLAIN)).isEqualTo("default");
    }
}
