package dev.quartet.pilot.translate;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import dev.quartet.config.networking.Hosts;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Scope;
import dev.quartet.pilot.snapshot.Service;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue;
import io.envoyproxy.envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig;
import io.envoyproxy.envoy.extensions.filters.http.header_to_metadata.v3.Config.KeyValuePair;
import io.envoyproxy.envoy.extensions.filters.http.header_to_metadata.v3.Config.Rule;
import io.envoyproxy.envoy.extensions.filters.http.header_to_metadata.v3.Config.ValueType;
import io.envoyproxy.envoy.extensions.filters.http.set_filter_state.v3.Config;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Services with the resolution DYNAMIC_DNS: the proxy looks up the name that a request asks for. What is looked up is always a name that the service's host
/// covers, and the port is the service's: a route says both to Envoy, and what a caller writes behind the colon of `Host` is not asked.
///
/// Three filters do it. Two are off but on the routes of such services: one takes the port off `Host`, one tells name and port; the third looks up, for clusters of
/// this kind only.
final class DynamicNames {
    private static final String SAYS = "envoy.filters.http.set_filter_state";
    private static final String HOST = "envoy.upstream.dynamic_host";
    private static final String PORT = "envoy.upstream.dynamic_port";

    private static final String READS = "envoy.filters.http.header_to_metadata";
    private static final String READ = "quartet.dynamic_names";
    private static final String ASKED_FOR = "%DYNAMIC_METADATA(" + READ + ":host)%";

    /// `allow_dynamic_host_from_filter_state`, in Envoy since 1.35; the generated API is older, so the field is written by its number.
    private static final int AS_SAID = 4;

    private DynamicNames() {}

    static boolean has(Service service) {
        return service.resolution() == Service.Resolution.DYNAMIC_DNS;
    }

    /// Whether a proxy sees any such service.
    static boolean areIn(Facts facts, Scope scope) {
        return facts.dynamicHosts().stream()
                .map(host ->
                        Optional.ofNullable(scope.services().get(host))
                                .flatMap(namespace -> facts.service(host, namespace)))
                .flatMap(Optional::stream)
                .anyMatch(DynamicNames::has);
    }

    /// Whether requests for these hosts may be sent to a service: wider ones, or none said, would let callers choose any server.
    static boolean takesRequests(Service service, Collection<String> hosts) {
        return !has(service) || !service.host().startsWith("*") || covers(service, hosts);
    }

    /// Whether TLS connections for these names may be; without a name nothing says where to.
    static boolean takesConnections(Service service, Collection<String> names) {
        return !has(service) || covers(service, names);
    }

    private static boolean covers(Service service, Collection<String> hosts) {
        return !hosts.isEmpty()
                && hosts.stream().allMatch(host -> Hosts.covers(service.host(), host));
    }

    /// For a chain of filters, before all that route.
    static List<HttpFilter> filters() {
        return List.of(
                off(
                        READS,
                        io.envoyproxy.envoy.extensions.filters.http.header_to_metadata.v3.Config
                                .getDefaultInstance()),
                off(SAYS, Config.getDefaultInstance()),
                lookUp(
                        FilterConfig.newBuilder()
                                .setUnknownFields(
                                        Envoy.newer(
                                                AS_SAID,
                                                UnknownFieldSet.Field.newBuilder().addVarint(1)))));
    }

    private static HttpFilter off(String name, Message config) {
        return HttpFilter.newBuilder()
                .setName(name)
                .setDisabled(true)
                .setTypedConfig(Envoy.any(config))
                .build();
    }

    /// Of requests that name their server themselves.
    static List<HttpFilter> filtersOfForwardProxy() {
        return List.of(lookUp(FilterConfig.newBuilder()));
    }

    private static HttpFilter lookUp(FilterConfig.Builder config) {
        return HttpFilter.newBuilder()
                .setName("envoy.filters.http.dynamic_forward_proxy")
                .setTypedConfig(
                        Envoy.any(config.setDnsCacheConfig(HttpConnections.dnsCache()).build()))
                .build();
    }

    /// What a route to the service says, by the name of the filter.
    static Map<String, Any> said(Service service, Service.Port port) {
        var one = !service.host().startsWith("*");
        var said =
                Envoy.any(
                        Config.newBuilder()
                                .addOnRequestHeaders(value(HOST, one ? service.host() : ASKED_FOR))
                                .addOnRequestHeaders(
                                        value(PORT, Integer.toString(port.targetPort())))
                                .build());
        return one ? Map.of(SAYS, said) : Map.of(READS, Envoy.any(hostWithoutPort()), SAYS, said);
    }

    private static io.envoyproxy.envoy.extensions.filters.http.header_to_metadata.v3.Config
            hostWithoutPort() {
        var host =
                KeyValuePair.newBuilder()
                        .setMetadataNamespace(READ)
                        .setKey("host")
                        .setType(ValueType.STRING)
                        .setRegexValueRewrite(
                                RegexMatchAndSubstitute.newBuilder()
                                        .setPattern(RegexMatcher.newBuilder().setRegex(":[0-9]*$"))
                                        .setSubstitution(""));
        return io.envoyproxy.envoy.extensions.filters.http.header_to_metadata.v3.Config.newBuilder()
                .addRequestRules(Rule.newBuilder().setHeader(":authority").setOnHeaderPresent(host))
                .build();
    }

    private static FilterStateValue value(String key, String format) {
        return FilterStateValue.newBuilder()
                .setObjectKey(key)
                .setFormatString(
                        SubstitutionFormatString.newBuilder()
                                .setTextFormatSource(
                                        DataSource.newBuilder().setInlineString(format)))
                .build();
    }

    /// Looks up the server's name of a TLS connection, before it is sent on.
    static Filter bySni(Service.Port port) {
        return Filter.newBuilder()
                .setName("envoy.filters.network.sni_dynamic_forward_proxy")
                .setTypedConfig(
                        Envoy.any(
                                io.envoyproxy.envoy.extensions.filters.network
                                        .sni_dynamic_forward_proxy.v3.FilterConfig.newBuilder()
                                        .setDnsCacheConfig(HttpConnections.dnsCache())
                                        .setPortValue(port.targetPort())
                                        .build()))
                .build();
    }
}
