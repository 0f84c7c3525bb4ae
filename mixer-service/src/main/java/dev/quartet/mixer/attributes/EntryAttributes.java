package dev.quartet.mixer.attributes;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.quartet.expressions.Attributes;
import io.envoyproxy.envoy.data.accesslog.v3.AccessLogCommon;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPRequestProperties;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPResponseProperties;
import io.envoyproxy.envoy.data.accesslog.v3.TLSProperties;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The attributes of one finished HTTP request, read from Envoy's access log entry as they are asked for. For one
/// thread.
///
/// Each side says of itself only what its certificate bears out (the [Reporter]); of the other side it says what it
/// verified: the server's proxy the client's certificate and, if that agrees, the peer header; the client's proxy the
/// server's certificate (tag `destination.principal`) and what Pilot told it of the endpoint. Custom tags are
/// attributes, their names are ours. After `envoy/data/accesslog/v3/accesslog.proto`.
public final class EntryAttributes implements Attributes {
    private static final String RBAC = "envoy.filters.http.rbac";

    /// Where Envoy keeps what Mixer's own denial of the request said.
    private static final String CHECK = "envoy.filters.http.ext_authz";

    private static final Long NO_RESPONSE = 0L;

    private final Reporter reporter;
    private final Peers peers;
    private final AccessLogCommon common;
    private final HTTPRequestProperties request;
    private final HTTPResponseProperties response;
    private final boolean outbound;
    private final @Nullable Principal sourcePrincipal;
    private final @Nullable Principal destinationPrincipal;
    private final Workload source;
    private @Nullable ServiceHost service;
    private boolean serviceRead;

    public EntryAttributes(HTTPAccessLogEntry entry, Reporter reporter, Peers peers) {
        this.reporter = reporter;
        this.peers = peers;
        this.common = entry.getCommonProperties();
        this.request = entry.getRequest();
        this.response = entry.getResponse();
        this.outbound = reporter.side() == Reporter.Side.SOURCE;
        if (outbound) {
            this.sourcePrincipal = reporter.principal();
            this.destinationPrincipal =
                    peers.principal(common.getCustomTagsOrDefault("destination.principal", ""));
            this.source = reporter.workload();
        } else {
            var tls = common.getTlsProperties();
            this.sourcePrincipal = principal(tls.getPeerCertificateProperties());
            this.destinationPrincipal = principal(tls.getLocalCertificateProperties());
            this.source = peers.workload(CheckAttributes.peerHeader(metadata()), sourcePrincipal);
        }
    }

    private @Nullable Principal principal(TLSProperties.CertificateProperties certificate) {
        for (var name : certificate.getSubjectAltNameList()) {
            var principal = peers.principal(name.getUri());
            if (principal != null) {
                return principal;
            }
        }
        return null;
    }

    @Override
    public @Nullable Object get(String name) {
        return switch (name) {
            case "request.id" -> requestId();
            case "request.method" ->
                    request.getRequestMethodValue() == 0 ? null : request.getRequestMethod().name();
            case "request.path" -> AttributeText.present(request.getPath());
            case "request.url_path" -> AttributeText.urlPath(request.getPath());
            case "request.query_params" -> AttributeText.queryParams(request.getPath());
            case "request.host" -> AttributeText.present(request.getAuthority());
            case "request.scheme" -> AttributeText.present(request.getScheme());
            case "request.useragent" -> AttributeText.present(request.getUserAgent());
            case "request.referer" -> AttributeText.present(request.getReferer());
            case "request.size" -> request.getRequestBodyBytes();
            case "request.total_size" ->
                    request.getRequestHeadersBytes() + request.getRequestBodyBytes();
            case "request.headers" -> requestHeaders();
            case "request.time", "context.time", "context.timestamp" -> startTime();
            case "request.auth.principal",
                    "request.auth.audiences",
                    "request.auth.presenter",
                    "request.auth.claims",
                    "request.auth.raw_claims" ->
                    RequestAuth.attribute(name, metadata());
            case "response.code" ->
                    response.hasResponseCode()
                            ? Long.valueOf(response.getResponseCode().getValue())
                            : NO_RESPONSE;
            case "response.size" -> response.getResponseBodyBytes();
            case "response.total_size" ->
                    response.getResponseHeadersBytes() + response.getResponseBodyBytes();
            case "response.duration" -> duration();
            case "response.time" ->
                    startTime() instanceof Instant start ? start.plus(duration()) : null;
            case "response.headers" -> response.getResponseHeadersMap();
            case "response.grpc_status" -> trailer("grpc-status");
            case "response.grpc_message" -> trailer("grpc-message");
            case "source.principal", "source.user" ->
                    RequestAuth.sourcePrincipal(
                            common.getCustomTagsOrDefault(RequestAuth.BINDING, ""),
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
                    source.attribute(name.substring("source.".length()));
            case "source.ip" -> sourceIp();
            case "origin.ip" -> AttributeText.ip(common.getDownstreamRemoteAddress());
            case "destination.principal" ->
                    destinationPrincipal == null ? null : destinationPrincipal.text();
            case "destination.workload.name",
                    "destination.workload.namespace",
                    "destination.workload.uid",
                    "destination.namespace",
                    "destination.serviceAccount",
                    "destination.uid",
                    "destination.name" ->
                    destinationWorkload(name);
            case "destination.labels" -> destinationLabels();
            case "destination.ip" ->
                    outbound
                            ? AttributeText.ip(common.getUpstreamRemoteAddress())
                            : AttributeText.ip(common.getDownstreamLocalAddress());
            case "destination.port" ->
                    outbound
                            ? AttributeText.port(common.getUpstreamRemoteAddress())
                            : AttributeText.port(common.getDownstreamLocalAddress());
            case "destination.service.host",
                    "destination.service.name",
                    "destination.service.namespace",
                    "destination.service.uid" ->
                    serviceAttribute(name);
            case "connection.mtls" -> outbound ? null : sourcePrincipal != null;
            case "connection.requested_server_name" ->
                    AttributeText.present(common.getTlsProperties().getTlsSniHostname());
            case "context.protocol", "api.protocol" -> protocol(name);
            case "context.reporter.kind" -> reporter.side().kind();
            case "context.reporter.uid" -> reporter.workload().attribute("uid");
            case "context.reporter.local" -> Boolean.TRUE;
            case "context.proxy_error_code" -> FlagNames.of(common.getResponseFlags());
            case "rbac.permissive.response_code" -> rbac("quartet_dry_shadow_engine_result");
            case "rbac.permissive.effective_policy_id" ->
                    rbac("quartet_dry_shadow_effective_policy_id");
            case "check.error_code" -> {
                var code = dynamic(CHECK, name);
                yield code == null ? null : Long.valueOf((long) code.getNumberValue());
            }
            case "check.error_message" -> {
                var message = dynamic(CHECK, name);
                yield message == null ? null : AttributeText.present(message.getStringValue());
            }
            default -> tag(name);
        };
    }

    @Override
    public @Nullable String entry(String map, String key) {
        return switch (map) {
            case "request.headers" -> requestHeader(key);
            case "response.headers" ->
                    response.containsResponseHeaders(key)
                            ? response.getResponseHeadersOrThrow(key)
                            : null;
            case "source.labels" -> source.labels().get(key);
            case "destination.labels" -> {
                var given =
                        AttributeText.present(
                                common.getCustomTagsOrDefault(
                                        AttributeText.entryName(map, key), ""));
                yield given != null || outbound ? given : reporter.workload().labels().get(key);
            }
            case "request.query_params", "request.auth.claims" ->
                    get(map) instanceof Map<?, ?> entries
                                    && entries.get(key) instanceof String value
                            ? value
                            : null;
            default ->
                    AttributeText.present(
                            common.getCustomTagsOrDefault(AttributeText.entryName(map, key), ""));
        };
    }

    private @Nullable Object tag(String name) {
        return AttributeText.typed(name, common.getCustomTagsOrDefault(name, ""));
    }

    private Map<String, Struct> metadata() {
        return common.getMetadata().getFilterMetadataMap();
    }

    private @Nullable String requestId() {
        var id = AttributeText.present(request.getRequestId());
        return id != null ? id : AttributeText.present(common.getStreamId());
    }

    private @Nullable Instant startTime() {
        return common.hasStartTime() ? AttributeText.time(common.getStartTime()) : null;
    }

    /// Until the last byte went to the client; a client that left early ends the request.
    private Duration duration() {
        return AttributeText.duration(
                common.hasTimeToLastDownstreamTxByte()
                        ? common.getTimeToLastDownstreamTxByte()
                        : common.getDuration());
    }

    private @Nullable String trailer(String name) {
        var trailer = AttributeText.present(response.getResponseTrailersOrDefault(name, ""));
        return trailer != null
                ? trailer
                : AttributeText.present(response.getResponseHeadersOrDefault(name, ""));
    }

    private String protocol(String name) {
        if (tag(name) instanceof String given) {
            return given;
        }
        var type = requestHeader("content-type");
        return type != null && type.startsWith("application/grpc") ? "grpc" : "http";
    }

    /// Envoy logs a few headers as fields of their own, and others only when Pilot asks for them.
    private @Nullable String requestHeader(String name) {
        if (request.containsRequestHeaders(name)) {
            return request.getRequestHeadersOrThrow(name);
        }
        return AttributeText.present(
                switch (name) {
                    case "user-agent" -> request.getUserAgent();
                    case "referer" -> request.getReferer();
                    case "x-request-id" -> request.getRequestId();
                    case "x-forwarded-for" -> request.getForwardedFor();
                    case ":authority" -> request.getAuthority();
                    case ":path" -> request.getPath();
                    case ":scheme" -> request.getScheme();
                    case ":method" ->
                            request.getRequestMethodValue() == 0
                                    ? ""
                                    : request.getRequestMethod().name();
                    default -> "";
                });
    }

    private Map<String, String> requestHeaders() {
        var headers = new HashMap<>(request.getRequestHeadersMap());
        for (var name :
                new String[] {
                    "user-agent",
                    "referer",
                    "x-request-id",
                    "x-forwarded-for",
                    ":authority",
                    ":path",
                    ":scheme",
                    ":method"
                }) {
            var value = requestHeader(name);
            if (value != null) {
                headers.put(name, value);
            }
        }
        return headers;
    }

    private @Nullable InetAddress sourceIp() {
        return outbound ? reporter.ip() : AttributeText.ip(common.getDownstreamRemoteAddress());
    }

    /// On the server's side its proxy speaks of itself: its namespace and account are its certificate's, whatever the
    /// tags say.
    private @Nullable Object destinationWorkload(String name) {
        var rest = name.substring("destination.".length());
        if (outbound) {
            var given = tag(name);
            if (given == null && rest.equals("namespace")) {
                given = tag("destination.workload.namespace");
            }
            if (given == null && destinationPrincipal != null) {
                given =
                        switch (rest) {
                            case "namespace", "workload.namespace" ->
                                    destinationPrincipal.id().namespace();
                            case "serviceAccount" -> destinationPrincipal.id().serviceAccount();
                            default -> null;
                        };
            }
            return given;
        }
        boolean certified =
                rest.equals("namespace")
                        || rest.equals("workload.namespace")
                        || rest.equals("serviceAccount");
        if (certified && reporter.principal() != null) {
            return reporter.workload().attribute(rest);
        }
        var given = tag(name);
        return given != null ? given : reporter.workload().attribute(rest);
    }

    private @Nullable Map<String, String> destinationLabels() {
        var labels = new HashMap<String, String>();
        if (!outbound) {
            labels.putAll(reporter.workload().labels());
        }
        var given = AttributeText.entries("destination.labels", common.getCustomTagsMap());
        if (given != null) {
            labels.putAll(given);
        }
        return labels.isEmpty() ? null : labels;
    }

    private @Nullable Object serviceAttribute(String name) {
        var given = tag(name);
        if (given != null) {
            return given;
        }
        if (!serviceRead) {
            serviceRead = true;
            var host =
                    AttributeText.present(
                            common.getCustomTagsOrDefault("destination.service.host", ""));
            service =
                    host != null
                            ? ServiceHost.ofHost(host)
                            : ServiceHost.ofCluster(common.getUpstreamCluster());
        }
        return service == null
                ? null
                : service.attribute(name.substring("destination.service.".length()));
    }

    private @Nullable String rbac(String field) {
        var value = dynamic(RBAC, field);
        return value == null ? null : AttributeText.present(value.getStringValue());
    }

    private @Nullable Value dynamic(String filter, String field) {
        var values = metadata().get(filter);
        return values == null ? null : values.getFieldsMap().get(field);
    }
}
