package dev.quartet.pilot.translate;

import com.google.protobuf.Any;
import com.google.protobuf.util.Durations;
import dev.quartet.expressions.Knowledge;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.MeshSettings;
import dev.quartet.pilot.snapshot.Service;
import dev.quartet.pilot.snapshot.Workload;
import dev.quartet.policy.PolicyTable;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.BackoffStrategy;
import io.envoyproxy.envoy.config.core.v3.ExtensionConfigSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.RetryPolicy;
import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.CommonGrpcAccessLogConfig;
import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.CheckSettings;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.type.metadata.v3.MetadataKey;
import io.envoyproxy.envoy.type.metadata.v3.MetadataKind;
import io.envoyproxy.envoy.type.tracing.v3.CustomTag;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.StatusCode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Mixer's two sides on a stock Envoy: checks by two `ext_authz` filters (one fails closed, one open, since Envoy has
/// that choice per filter only), and reports by gRPC access logs. A check is made only on a route where a rule can
/// match. Names of context extensions and custom tags are attribute names (`docs/architecture.md`).
final class MixerFilters {
    static final String CLOSED = "mixer.closed";
    static final String OPEN = "mixer.open";

    private static final String EXT_AUTHZ =
            "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz";

    private MixerFilters() {}

    /// The filters of an inbound chain, off until a route turns one on. Their config comes by ECDS, so that a change
    /// holds from the next request on a kept connection. Until it is there, and if it should ever be missing, requests
    /// that need a check are refused.
    static List<HttpFilter> filters() {
        return List.of(filter(CLOSED), filter(OPEN));
    }

    private static HttpFilter filter(String name) {
        return HttpFilter.newBuilder()
                .setName(name)
                .setDisabled(true)
                .setConfigDiscovery(
                        ExtensionConfigSource.newBuilder()
                                .setConfigSource(Envoy.ads())
                                .addTypeUrls(EXT_AUTHZ)
                                .setDefaultConfig(Envoy.any(authz(name, Names.BLACK_HOLE, false)))
                                .setApplyDefaultConfigWithoutWarming(true))
                .build();
    }

    static List<UnitKey.Extension> extensions(MeshSettings mesh) {
        var cluster = mesh.checkServer().isPresent() ? Names.MIXER_CHECK : Names.BLACK_HOLE;
        return List.of(extension(CLOSED, cluster, false), extension(OPEN, cluster, true));
    }

    private static UnitKey.Extension extension(String name, String cluster, boolean open) {
        return new UnitKey.Extension(name, authz(name, cluster, open), Set.of(cluster));
    }

    private static ExtAuthz authz(String name, String cluster, boolean open) {
        var authz =
                ExtAuthz.newBuilder()
                        .setTransportApiVersion(ApiVersion.V3)
                        .setStatPrefix(name)
                        .setGrpcService(
                                GrpcService.newBuilder()
                                        .setEnvoyGrpc(
                                                GrpcService.EnvoyGrpc.newBuilder()
                                                        .setClusterName(cluster)
                                                        .setSkipEnvoyHeaders(true))
                                        .setTimeout(Durations.fromMillis(500))
                                        .setRetryPolicy(retries()))
                        .setFailureModeAllow(open)
                        .addMetadataContextNamespaces("istio.attributes")
                        .addMetadataContextNamespaces("envoy.filters.http.jwt_authn")
                        .setIncludeTlsSession(true);
        if (open) {
            authz.setFailureModeAllowHeaderAdd(true);
        } else {
            authz.setStatusOnError(HttpStatus.newBuilder().setCode(StatusCode.ServiceUnavailable));
        }
        return authz.build();
    }

    /// Istio 1.4's: base 80 ms, at most 1 s.
    private static RetryPolicy retries() {
        return RetryPolicy.newBuilder()
                .setNumRetries(Envoy.number(2))
                .setRetryOn("unavailable,reset,connect-failure")
                .setRetryBackOff(
                        BackoffStrategy.newBuilder()
                                .setBaseInterval(Durations.fromMillis(80))
                                .setMaxInterval(Durations.fromSeconds(1)))
                .build();
    }

    /// What turns a check on for a route to this workload; empty where no rule can match.
    static Map<String, Any> checkFor(
            Facts facts, Workload workload, Service service, Service.Port port) {
        var mesh = facts.mesh();
        if (!mesh.checksEnabled()) {
            return Map.of();
        }
        var attributes = destination(mesh, workload, service, port);
        if (possibleChecks(facts, workload, attributes).isEmpty()) {
            return Map.of();
        }
        var open = service.failOpen().orElse(mesh.failOpen());
        var settings =
                CheckSettings.newBuilder()
                        .putAllContextExtensions(
                                text(
                                        attributes,
                                        workload,
                                        binding(facts, workload, service, port)));
        return Map.of(
                open ? OPEN : CLOSED,
                Envoy.any(ExtAuthzPerRoute.newBuilder().setCheckSettings(settings).build()));
    }

    /// The rules that can match a request to this workload, and so make Envoy ask.
    static List<PolicyTable.PossibleCheck> checks(
            Facts facts, Workload workload, Service service, Service.Port port) {
        return facts.mesh().checksEnabled()
                ? possibleChecks(
                        facts, workload, destination(facts.mesh(), workload, service, port))
                : List.of();
    }

    private static List<PolicyTable.PossibleCheck> possibleChecks(
            Facts facts, Workload workload, Map<String, String> attributes) {
        return facts.policies().checksThatMayMatch(known(attributes, workload));
    }

    /// What is known of every request to this workload, before it comes. Each value is text.
    private static Map<String, String> destination(
            MeshSettings mesh, Workload workload, Service service, Service.Port port) {
        var values = new TreeMap<String, String>();
        values.put("context.reporter.kind", "inbound");
        values.put("context.reporter.uid", uid(workload));
        values.put("destination.uid", uid(workload));
        values.put("destination.name", workload.instance());
        values.put("destination.namespace", workload.namespace());
        values.put("destination.owner", workload.namespace() + "/" + workload.name());
        values.put("destination.principal", mesh.principal(workload.account()));
        values.put("destination.serviceAccount", workload.serviceAccount());
        values.put("destination.workload.name", workload.name());
        values.put("destination.workload.namespace", workload.namespace());
        values.put(
                "destination.workload.uid",
                "quartet://" + workload.namespace() + "/" + workload.name());
        values.put("destination.service.host", service.host());
        values.put("destination.service.name", service.name());
        values.put("destination.service.namespace", service.namespace());
        values.put(
                "destination.service.uid",
                "istio://" + service.namespace() + "/services/" + service.name());
        values.put("destination.port", Integer.toString(workload.portFor(service, port)));
        return values;
    }

    private static String uid(Workload workload) {
        return "quartet://" + workload.instance();
    }

    /// Not the protocol: gRPC comes to ports that are declared HTTP, too.
    private static Knowledge known(Map<String, String> attributes, Workload workload) {
        var known = Knowledge.builder();
        attributes.forEach((name, value) ->
                known.known(name, name.equals("destination.port") ? Long.valueOf(value) : value));
        known.known("destination.labels", workload.labels());
        return known.build();
    }

    /// Where a policy has requests carry on the name in their tokens, and not that of the calling workload, Mixer is told so; no
    /// rule knows of it.
    private static Map<String, String> binding(
            Facts facts, Workload workload, Service service, Service.Port port) {
        return facts.tokenRules(workload, workload.portFor(service, port)).bindsOrigin()
                ? Map.of("source.principal.binding", "USE_ORIGIN")
                : Map.of();
    }

    /// Labels are sent one by one: `destination.labels[app]`.
    private static Map<String, String> text(
            Map<String, String> attributes, Workload workload, Map<String, String> binding) {
        var values = new TreeMap<>(attributes);
        values.putAll(binding);
        workload.labels()
                .forEach((key, value) -> values.put("destination.labels[" + key + "]", value));
        return values;
    }

    /// The report of a caller's proxy. What the other side is stands in the endpoint that was chosen and in its
    /// cluster; what the caller is stands in its own node, which Envoy sends along.
    static Optional<AccessLog> outboundReport(MeshSettings mesh) {
        var tags = new LinkedHashMap<String, CustomTag>();
        host(tags, "destination.workload.name", "workload");
        host(tags, "destination.workload.namespace", "namespace");
        host(tags, "destination.namespace", "namespace");
        host(tags, "destination.uid", "uid");
        host(tags, "destination.labels[app]", "app");
        host(tags, "destination.labels[version]", "version");
        format(tags, "destination.principal", "%UPSTREAM_PEER_URI_SAN%");
        format(tags, "destination.service.host", "%METADATA(CLUSTER:istio:host)%");
        format(tags, "destination.service.name", "%METADATA(CLUSTER:istio:service)%");
        format(tags, "destination.service.namespace", "%METADATA(CLUSTER:istio:namespace)%");
        return report(mesh, "source", tags);
    }

    /// The report of the called workload's proxy. Who called comes from its certificate and the peer header.
    static Optional<AccessLog> inboundReport(
            Facts facts, Workload workload, Service service, Service.Port port) {
        var mesh = facts.mesh();
        var tags = new LinkedHashMap<String, CustomTag>();
        text(
                        destination(mesh, workload, service, port),
                        workload,
                        binding(facts, workload, service, port))
                .forEach((name, value) -> tags.put(name, literal(name, value)));
        return report(mesh, "destination", tags);
    }

    private static Optional<AccessLog> report(
            MeshSettings mesh, String log, Map<String, CustomTag> tags) {
        if (mesh.reportServer().isEmpty() || !mesh.requestsReported()) {
            return Optional.empty();
        }
        var config =
                HttpGrpcAccessLogConfig.newBuilder()
                        .setCommonConfig(
                                CommonGrpcAccessLogConfig.newBuilder()
                                        .setLogName(log)
                                        .setTransportApiVersion(ApiVersion.V3)
                                        .setGrpcService(
                                                GrpcService.newBuilder()
                                                        .setEnvoyGrpc(
                                                                GrpcService.EnvoyGrpc.newBuilder()
                                                                        .setClusterName(
                                                                                Names.MIXER_REPORT)
                                                                        .setSkipEnvoyHeaders(true)))
                                        .setBufferFlushInterval(
                                                Envoy.duration(mesh.reportBatchMaxTime()))
                                        .setBufferSizeBytes(
                                                Envoy.number(
                                                        mesh.reportsInBatches()
                                                                ? mesh.reportBatchMaxEntries()
                                                                        * ENTRY_BYTES
                                                                : 0))
                                        .addAllCustomTags(tags.values()))
                        .build();
        return Optional.of(
                AccessLog.newBuilder()
                        .setName("envoy.access_loggers.http_grpc")
                        .setTypedConfig(Envoy.any(config))
                        .build());
    }

    /// Envoy's batch limit counts bytes and none is no batch; Istio's counts entries; an entry with its tags is about this long.
    private static final int ENTRY_BYTES = 1_000;

    private static void host(Map<String, CustomTag> tags, String tag, String key) {
        tags.put(
                tag,
                CustomTag.newBuilder()
                        .setTag(tag)
                        .setMetadata(
                                CustomTag.Metadata.newBuilder()
                                        .setKind(
                                                MetadataKind.newBuilder()
                                                        .setHost(
                                                                MetadataKind.Host
                                                                        .getDefaultInstance()))
                                        .setMetadataKey(
                                                MetadataKey.newBuilder()
                                                        .setKey("istio")
                                                        .addPath(
                                                                MetadataKey.PathSegment.newBuilder()
                                                                        .setKey(key))))
                        .build());
    }

    private static void format(Map<String, CustomTag> tags, String tag, String format) {
        tags.put(tag, FormattedTag.of(tag, format));
    }

    private static CustomTag literal(String tag, String value) {
        return CustomTag.newBuilder()
                .setTag(tag)
                .setLiteral(CustomTag.Literal.newBuilder().setValue(value))
                .build();
    }
}
