package dev.quartet.bootstrap;

import dev.quartet.bootstrap.BootstrapSpec.Address;
import dev.quartet.bootstrap.BootstrapSpec.Server;
import dev.quartet.bootstrap.BootstrapSpec.Traffic;
import dev.quartet.bootstrap.BootstrapSpec.TrustFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/// Writes a [BootstrapSpec] as Envoy's v3 bootstrap: same spec, same text. Pure.
///
/// Settings that are not free choices, because other values fail (proved with Envoy 1.40):
/// - the back-off stands in `envoy_grpc.retry_policy`; on the gRPC service itself Envoy accepts and ignores it. With it a stream is back at most 3 s after its server, without up to 30 s;
/// - `connection_keepalive` notices a server that hangs; servers must permit these pings, gRPC's default answers them with GOAWAY;
/// - `initial_fetch_timeout: 0s` waits for Citadel and Pilot instead of going on without secrets or listeners;
/// - token and root come by `path_config_source`: a secret in the bootstrap itself is never read again;
/// - the SDS source of `default` and `ROOTCA` is the same text in every resource (Pilot's too), else each copy opens streams of its own.
public final class BootstrapWriter {
    /// Static cluster of Citadel, which Pilot's resources name in their SDS sources.
    public static final String SDS_CLUSTER = "sds-grpc";

    /// Static cluster of Pilot.
    public static final String XDS_CLUSTER = "xds-grpc";

    static final String ADMIN_CLUSTER = "envoy-admin";
    private static final Pattern IP_LITERAL = Pattern.compile("[0-9.]+|.*:.*");
    private static final String HTTP_OPTIONS =
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    private static final int MAX_DOWNSTREAM_CONNECTIONS = 50_000;

    private BootstrapWriter() {}

    /// On one line, for `--config-yaml`.
    public static String json(BootstrapSpec spec) {
        return Json.compact(tree(spec));
    }

    /// The same, indented, for files that people read.
    public static String prettyJson(BootstrapSpec spec) {
        return Json.pretty(tree(spec));
    }

    /// What all proxies of a mesh can share as one file: everything but the node, which [#nodeArguments] adds. Indented.
    public static String sharedJson(BootstrapSpec spec) {
        var bootstrap = tree(spec);
        bootstrap.remove("node");
        return Json.pretty(bootstrap);
    }

    /// What makes a shared file that of one proxy; Envoy lays `--config-yaml` over the file.
    public static List<String> nodeArguments(BootstrapSpec spec) {
        var node = Json.object();
        node.putObject("node").set("metadata", metadata(spec));
        return List.of(
                "--service-node",
                spec.nodeId(),
                "--service-cluster",
                spec.nodeCluster(),
                "--config-yaml",
                Json.compact(node));
    }

    /// Envoy's arguments beside the bootstrap itself. Hot restart is off: it has no use without an agent, and its shared memory would join proxies of one machine.
    public static List<String> arguments(BootstrapSpec spec) {
        var process = spec.process();
        return List.of(
                "--disable-hot-restart",
                "--concurrency",
                Integer.toString(process.concurrency()),
                "--drain-time-s",
                Long.toString(process.drainTime().toSeconds()),
                "--drain-strategy",
                "immediate",
                "--log-level",
                process.logLevel());
    }

    private static ObjectNode tree(BootstrapSpec spec) {
        var bootstrap = Json.object();
        bootstrap.set("node", node(spec));
        bootstrap.putObject("admin").set("address", socketAddress(spec.admin()));
        var statics = bootstrap.putObject("static_resources");
        statics.set("listeners", Json.array(statusListener(spec)));
        var clusters = Json.array(citadel(spec), pilot(spec), admin(spec.admin()));
        clusters.addAll(ProbeWriter.clusters(spec.probes()));
        statics.set("clusters", clusters);
        bootstrap.set("dynamic_resources", dynamicResources());
        bootstrap.set("overload_manager", overloadManager());
        bootstrap.set("layered_runtime", runtime());
        return bootstrap;
    }

    /// How large a regular expression may be is what the rules of config say: Envoy's own limit of 100 instructions is one of some 90 signs.
    private static ObjectNode runtime() {
        var layer = Json.object().put("name", "quartet");
        layer.putObject("static_layer").put("re2.max_program_size.error_level", 4_294_967_295L);
        var runtime = Json.object();
        runtime.set("layers", Json.array(layer));
        return runtime;
    }

    // ---- node

    private static ObjectNode node(BootstrapSpec spec) {
        var node = Json.object().put("id", spec.nodeId()).put("cluster", spec.nodeCluster());
        node.set("metadata", metadata(spec));
        return node;
    }

    private static ObjectNode metadata(BootstrapSpec spec) {
        var workload = spec.workload();
        var metadata =
                Json.object()
                        .put("NAMESPACE", workload.namespace())
                        .put("SERVICE_ACCOUNT", workload.serviceAccount())
                        .put("WORKLOAD_NAME", workload.name())
                        .put("INSTANCE_IPS", String.join(",", workload.ips()))
                        .put("MESH_ID", workload.meshId())
                        .put("PEER", spec.peer());
        spec.metadata().forEach(metadata::put);
        var labels = metadata.putObject("LABELS");
        workload.labels().forEach(labels::put);
        String group = workload.autoRegisterGroup();
        if (group != null) {
            metadata.put("AUTO_REGISTER_GROUP", group);
        }
        switch (spec.traffic()) {
            case Traffic.Redirect() -> metadata.put("INTERCEPTION_MODE", "REDIRECT");
            case Traffic.Explicit(var httpProxyPort, var appEndpoints) -> {
                metadata.put("INTERCEPTION_MODE", "NONE");
                if (httpProxyPort != null) {
                    metadata.put("HTTP_PROXY_PORT", Integer.toString(httpProxyPort));
                }
                if (!appEndpoints.isEmpty()) {
                    var endpoints = metadata.putObject("APP_ENDPOINTS");
                    appEndpoints.forEach((port, address) ->
                            endpoints.put(Integer.toString(port), address.toString()));
                }
            }
        }
        return metadata;
    }

    // ---- Citadel and Pilot

    private static ObjectNode citadel(BootstrapSpec spec) {
        TrustFiles files = spec.trust();
        var tls = Json.object();
        tls.set("tls_params", tlsParams());
        tls.putArray("alpn_protocols").add("h2");
        tls.set(
                "combined_validation_context",
                validation(
                        spec.citadel(),
                        secret(
                                SecretFiles.ROOT,
                                fileSource(files.rootSource(), files.rootCertificate()))));

        var credential = Json.typed("extensions.http.injected_credentials.generic.v3.Generic");
        credential.set(
                "credential",
                secret(SecretFiles.TOKEN, fileSource(files.tokenSource(), files.token())));
        credential.put("header", "authorization").put("header_value_prefix", "Bearer ");
        var injector =
                Json.typed("extensions.filters.http.credential_injector.v3.CredentialInjector")
                        .put("overwrite", true)
                        .put("allow_request_without_credential", false);
        injector.set(
                "credential",
                Json.extension("envoy.http.injected_credentials.generic", credential));

        var options = http2();
        options.set(
                "http_filters",
                Json.array(
                        Json.extension("envoy.filters.http.credential_injector", injector),
                        Json.extension(
                                "envoy.filters.http.upstream_codec",
                                Json.typed(
                                        "extensions.filters.http.upstream_codec.v3.UpstreamCodec"))));
        return grpcCluster(SDS_CLUSTER, spec.citadel().address(), tls, options);
    }

    private static ObjectNode pilot(BootstrapSpec spec) {
        var tls = Json.object();
        tls.set("tls_params", tlsParams());
        tls.putArray("alpn_protocols").add("h2");
        tls.set(
                "tls_certificate_sds_secret_configs",
                Json.array(secret("default", citadelSource())));
        tls.set(
                "combined_validation_context",
                validation(spec.pilot(), secret("ROOTCA", citadelSource())));
        return grpcCluster(XDS_CLUSTER, spec.pilot().address(), tls, http2());
    }

    private static ObjectNode grpcCluster(
            String name, Address address, ObjectNode commonTls, ObjectNode options) {
        var cluster = cluster(name, address);
        var context = Json.typed("extensions.transport_sockets.tls.v3.UpstreamTlsContext");
        context.set("common_tls_context", commonTls);
        cluster.set("transport_socket", Json.extension("envoy.transport_sockets.tls", context));
        setHttpOptions(cluster, options);
        return cluster;
    }

    static void setHttpOptions(ObjectNode cluster, ObjectNode options) {
        cluster.putObject("typed_extension_protocol_options").set(HTTP_OPTIONS, options);
    }

    private static ObjectNode validation(Server server, ObjectNode rootSecret) {
        var exact = Json.object();
        exact.put("san_type", "URI").putObject("matcher").put("exact", server.spiffeId());
        var validation = Json.object();
        validation
                .putObject("default_validation_context")
                .set("match_typed_subject_alt_names", Json.array(exact));
        validation.set("validation_context_sds_secret_config", rootSecret);
        return validation;
    }

    private static ObjectNode tlsParams() {
        return Json.object()
                .put("tls_minimum_protocol_version", "TLSv1_2")
                .put("tls_maximum_protocol_version", "TLSv1_3");
    }

    private static ObjectNode secret(String name, ObjectNode source) {
        var secret = Json.object().put("name", name);
        secret.set("sds_config", source);
        return secret;
    }

    private static ObjectNode fileSource(Path source, Path watched) {
        var config = Json.object().put("resource_api_version", "V3");
        var path = config.putObject("path_config_source").put("path", source.toString());
        path.set("watched_directory", SecretFiles.folderOf(watched));
        return config;
    }

    private static ObjectNode citadelSource() {
        var config =
                Json.object().put("resource_api_version", "V3").put("initial_fetch_timeout", "0s");
        config.set("api_config_source", deltaGrpc(SDS_CLUSTER));
        return config;
    }

    private static ObjectNode deltaGrpc(String cluster) {
        var grpc = Json.object();
        var envoyGrpc = grpc.putObject("envoy_grpc").put("cluster_name", cluster);
        envoyGrpc
                .putObject("retry_policy")
                .putObject("retry_back_off")
                .put("base_interval", "0.5s")
                .put("max_interval", "3s");
        var source =
                Json.object()
                        .put("api_type", "DELTA_GRPC")
                        .put("transport_api_version", "V3")
                        .put("set_node_on_first_message_only", true);
        source.set("grpc_services", Json.array(grpc));
        return source;
    }

    private static ObjectNode http2() {
        var options = Json.typed("extensions.upstreams.http.v3.HttpProtocolOptions");
        options.putObject("explicit_http_config")
                .putObject("http2_protocol_options")
                .putObject("connection_keepalive")
                .put("interval", "10s")
                .put("timeout", "5s");
        return options;
    }

    private static ObjectNode dynamicResources() {
        var dynamic = Json.object();
        dynamic.set("ads_config", deltaGrpc(XDS_CLUSTER));
        dynamic.set("cds_config", adsSource());
        dynamic.set("lds_config", adsSource());
        return dynamic;
    }

    private static ObjectNode adsSource() {
        var source =
                Json.object().put("resource_api_version", "V3").put("initial_fetch_timeout", "0s");
        source.putObject("ads");
        return source;
    }

    // ---- status listener

    /// GET of readiness, metrics and the application's probes, everything else 404: the admin interface behind it can stop the proxy, so nothing of a request but the choice of route reaches it.
    private static ObjectNode statusListener(BootstrapSpec spec) {
        var routes =
                Json.array(
                        adminRoute("/healthz/ready", "/ready"),
                        adminRoute("/stats/prometheus", "/stats/prometheus"));
        routes.addAll(ProbeWriter.routes(spec.probes()));
        var host = Json.object().put("name", "status");
        host.putArray("domains").add("*");
        host.set("routes", routes);
        var manager =
                Json.typed(
                                "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager")
                        .put("stat_prefix", "status");
        manager.putObject("route_config")
                .put("name", "status")
                .set("virtual_hosts", Json.array(host));
        var filters = manager.putArray("http_filters");
        filters.addAll(ProbeWriter.filters(spec.probes()));
        filters.add(
                Json.extension(
                        "envoy.filters.http.router",
                        Json.typed("extensions.filters.http.router.v3.Router")));
        manager.putObject("common_http_protocol_options").put("idle_timeout", "60s");
        manager.put("request_headers_timeout", "5s").put("stream_idle_timeout", "30s");
        var chain = Json.object();
        chain.set(
                "filters",
                Json.array(
                        Json.extension("envoy.filters.network.http_connection_manager", manager)));
        var listener = Json.object().put("name", "status");
        listener.set("address", socketAddress(spec.status()));
        listener.set("filter_chains", Json.array(chain));
        // the overload manager counts connections of the mesh; a full proxy must still be able to
        // say so
        listener.put("ignore_global_conn_limit", true);
        return listener;
    }

    private static ObjectNode adminRoute(String path, String adminPath) {
        var match = Json.object().put("path", path);
        var get = Json.object().put("name", ":method");
        get.putObject("string_match").put("exact", "GET");
        match.set("headers", Json.array(get));
        var action = Json.object().put("cluster", ADMIN_CLUSTER).put("timeout", "5s");
        var rewrite = action.putObject("regex_rewrite");
        rewrite.putObject("pattern").put("regex", "^.*$");
        rewrite.put("substitution", adminPath);
        var route = Json.object();
        route.set("match", match);
        route.set("route", action);
        return route;
    }

    private static ObjectNode admin(Address address) {
        return cluster(ADMIN_CLUSTER, address);
    }

    // ---- pieces

    static ObjectNode cluster(String name, Address address) {
        var endpoint = Json.object();
        endpoint.putObject("endpoint").set("address", socketAddress(address));
        var locality = Json.object();
        locality.set("lb_endpoints", Json.array(endpoint));
        var cluster =
                Json.object()
                        .put("name", name)
                        .put(
                                "type",
                                IP_LITERAL.matcher(address.host()).matches()
                                        ? "STATIC"
                                        : "STRICT_DNS")
                        .put("connect_timeout", "1s");
        cluster.putObject("load_assignment")
                .put("cluster_name", name)
                .set("endpoints", Json.array(locality));
        return cluster;
    }

    private static ObjectNode socketAddress(Address address) {
        var json = Json.object();
        json.putObject("socket_address")
                .put("address", address.host())
                .put("port_value", address.port());
        return json;
    }

    private static ObjectNode overloadManager() {
        var limit =
                Json.typed(
                                "extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig")
                        .put(
                                "max_active_downstream_connections",
                                Integer.toString(MAX_DOWNSTREAM_CONNECTIONS));
        var manager = Json.object();
        manager.set(
                "resource_monitors",
                Json.array(
                        Json.extension(
                                "envoy.resource_monitors.global_downstream_max_connections",
                                limit)));
        return manager;
    }
}
