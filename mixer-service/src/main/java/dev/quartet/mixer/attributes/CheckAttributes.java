package dev.quartet.mixer.attributes;

import com.google.protobuf.Struct;
import dev.quartet.expressions.Attributes;
import dev.quartet.identity.SpiffeId;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The attributes of one ext_authz check, read from the message as they are asked for. For one thread.
///
/// What Envoy itself saw (addresses, certificates, the request) cannot be overridden by anything else; names that only
/// Pilot knows (the destination's workload, service, labels) come from `context_extensions`, whose keys are attributes.
/// After `envoy/service/auth/v3/attribute_context.proto`.
public final class CheckAttributes implements Attributes {
    static final String PEER_NAMESPACE = "istio.attributes";

    private final AttributeContext context;
    private final AttributeContext.HttpRequest http;
    private final Peers peers;
    private final @Nullable SpiffeId caller;
    private final @Nullable Principal sourcePrincipal;
    private @Nullable Workload source;
    private @Nullable ServiceHost service;

    /// @param caller the proxy that asks, which is the destination's
    public CheckAttributes(CheckRequest request, Peers peers, @Nullable SpiffeId caller) {
        this.caller = caller;
        this.context = request.getAttributes();
        this.http = context.getRequest().getHttp();
        this.peers = peers;
        this.sourcePrincipal = peers.principal(context.getSource().getPrincipal());
    }

    /// Whether the request asks for an HTTP request. A TCP check has none.
    public boolean hasHttp() {
        return context.getRequest().hasHttp();
    }

    @Override
    public @Nullable Object get(String name) {
        return switch (name) {
            case "request.id" -> requestId();
            case "request.method" -> AttributeText.present(http.getMethod());
            case "request.path" -> AttributeText.present(http.getPath());
            case "request.url_path" -> AttributeText.urlPath(http.getPath());
            case "request.query_params" -> AttributeText.queryParams(http.getPath());
            case "request.host" -> AttributeText.present(http.getHost());
            case "request.scheme" -> AttributeText.present(http.getScheme());
            case "request.size" -> http.getSize() >= 0 && hasHttp() ? bodySize() : null;
            case "request.time", "context.time", "context.timestamp" ->
                    context.getRequest().hasTime()
                            ? AttributeText.time(context.getRequest().getTime())
                            : null;
            case "request.useragent" -> header("user-agent");
            case "request.referer" -> header("referer");
            case "request.headers" -> http.getHeadersMap();
            case "request.auth.principal",
                    "request.auth.audiences",
                    "request.auth.presenter",
                    "request.auth.claims",
                    "request.auth.raw_claims" ->
                    RequestAuth.attribute(name, metadata());
            case "source.ip", "origin.ip" -> AttributeText.ip(context.getSource().getAddress());
            case "source.principal", "source.user" ->
                    RequestAuth.sourcePrincipal(
                            context.getContextExtensionsOrDefault(RequestAuth.BINDING, ""),
                            sourcePrincipal,
                            metadata());
            case "source.workload.name",
                    "source.workload.namespace",
                    "source.workload.uid",
                    "source.namespace",
                    "source.serviceAccount",
                    "source.uid",
                    "source.name",
                    "source.labels" ->
                    source().attribute(name.substring("source.".length()));
            case "destination.ip" -> destinationIp();
            case "destination.port" -> destinationPort();
            case "destination.principal" -> destinationPrincipal();
            case "destination.labels" -> destinationLabels();
            case "destination.service.host",
                    "destination.service.name",
                    "destination.service.namespace",
                    "destination.service.uid" ->
                    serviceAttribute(name);
            case "destination.namespace", "destination.workload.namespace" ->
                    destinationNamespace(name);
            case "connection.mtls" -> sourcePrincipal != null;
            case "connection.requested_server_name" ->
                    AttributeText.present(context.getTlsSession().getSni());
            case "context.protocol", "api.protocol" -> protocol();
            case "context.reporter.kind" -> {
                var given = extension(name);
                yield given == null ? "inbound" : given;
            }
            case "context.reporter.local" -> Boolean.TRUE;
            default -> extension(name);
        };
    }

    @Override
    public @Nullable String entry(String map, String key) {
        return switch (map) {
            case "request.headers" -> header(key);
            case "source.labels" -> source().labels().get(key);
            case "destination.labels" -> {
                var given =
                        AttributeText.present(
                                context.getContextExtensionsOrDefault(
                                        AttributeText.entryName(map, key), ""));
                yield given != null
                        ? given
                        : AttributeText.present(
                                context.getDestination().getLabelsOrDefault(key, ""));
            }
            case "request.query_params", "request.auth.claims" ->
                    get(map) instanceof Map<?, ?> entries
                                    && entries.get(key) instanceof String value
                            ? value
                            : null;
            default ->
                    AttributeText.present(
                            context.getContextExtensionsOrDefault(
                                    AttributeText.entryName(map, key), ""));
        };
    }

    private @Nullable Object extension(String name) {
        return AttributeText.typed(name, context.getContextExtensionsOrDefault(name, ""));
    }

    /// Names are in lower case, as Envoy sends them.
    private @Nullable String header(String name) {
        return http.containsHeaders(name) ? http.getHeadersOrThrow(name) : null;
    }

    private @Nullable String requestId() {
        var header = header("x-request-id");
        return header != null ? header : AttributeText.present(http.getId());
    }

    /// Envoy sends −1 for a body whose length it does not know.
    private @Nullable Long bodySize() {
        if (http.getSize() > 0) {
            return http.getSize();
        }
        var length = header("content-length");
        return length != null && AttributeText.typed("request.size", length) instanceof Long size
                ? size
                : http.getSize();
    }

    private String protocol() {
        if (!hasHttp()) {
            return "tcp";
        }
        var type = header("content-type");
        return type != null && type.startsWith("application/grpc") ? "grpc" : "http";
    }

    private Map<String, Struct> metadata() {
        return context.getMetadataContext().getFilterMetadataMap();
    }

    private Workload source() {
        var known = source;
        if (known == null) {
            known = peers.workload(peerHeader(metadata()), sourcePrincipal);
            source = known;
        }
        return known;
    }

    static @Nullable String peerHeader(Map<String, Struct> metadata) {
        var attributes = metadata.get(PEER_NAMESPACE);
        if (attributes == null) {
            return null;
        }
        var header = attributes.getFieldsMap().get("source");
        return header == null ? null : header.getStringValue();
    }

    private @Nullable Object destinationPrincipal() {
        var principal = peers.principal(context.getDestination().getPrincipal());
        return principal == null ? null : principal.text();
    }

    private @Nullable Object destinationNamespace(String name) {
        var given = extension(name);
        if (given == null) {
            given =
                    extension(
                            name.equals("destination.namespace")
                                    ? "destination.workload.namespace"
                                    : "destination.namespace");
        }
        if (given == null) {
            var principal = peers.principal(context.getDestination().getPrincipal());
            given = principal == null ? null : principal.id().namespace();
        }
        // Without it the rules of the destination's namespace would not be asked.
        return given != null || caller == null ? given : caller.namespace();
    }

    private @Nullable InetAddress destinationIp() {
        return extension("destination.ip") instanceof InetAddress given
                ? given
                : AttributeText.ip(context.getDestination().getAddress());
    }

    private @Nullable Object destinationPort() {
        var given = extension("destination.port");
        return given != null ? given : AttributeText.port(context.getDestination().getAddress());
    }

    private @Nullable Map<String, String> destinationLabels() {
        var labels = new HashMap<>(context.getDestination().getLabelsMap());
        var given = AttributeText.entries("destination.labels", context.getContextExtensionsMap());
        if (given != null) {
            labels.putAll(given);
        }
        return labels.isEmpty() ? null : labels;
    }

    private @Nullable Object serviceAttribute(String name) {
        var given = extension(name);
        if (given != null) {
            return given;
        }
        var known = service;
        if (known == null) {
            var host =
                    AttributeText.present(
                            context.getContextExtensionsOrDefault("destination.service.host", ""));
            if (host == null) {
                return null;
            }
            known = ServiceHost.ofHost(host);
            service = known;
        }
        return known.attribute(name.substring("destination.service.".length()));
    }
}
