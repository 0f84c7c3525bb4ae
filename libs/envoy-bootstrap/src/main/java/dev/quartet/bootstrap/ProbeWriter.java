package dev.quartet.bootstrap;

import dev.quartet.bootstrap.AppProbe.Check;
import dev.quartet.bootstrap.BootstrapSpec.Address;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// What the status listener needs to answer for the application: HTTP checks are routes to it; TCP and gRPC checks are
/// made by Envoy itself, on a cluster of their own, and the `health_check` filter tells the outcome (a listener of Envoy
/// takes every connection, so passing TCP on would prove nothing).
final class ProbeWriter {
    private static final String LOOPBACK = "127.0.0.1";

    /// Of one connection, not of the application.
    private static final Set<String> HOP_BY_HOP =
            Set.of(
                    "connection",
                    "content-length",
                    "keep-alive",
                    "proxy-connection",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade");

    private ProbeWriter() {}

    static List<ObjectNode> routes(List<AppProbe> probes) {
        var routes = new ArrayList<ObjectNode>();
        for (var probe : probes) {
            if (probe.check() instanceof Check.Http http) {
                routes.add(route(probe, http));
            }
        }
        return routes;
    }

    private static ObjectNode route(AppProbe probe, Check.Http http) {
        var timeout = seconds(probe.timeout().toSeconds());
        var action =
                Json.object()
                        .put("cluster", clusterName(probe))
                        .put("timeout", timeout)
                        .put("idle_timeout", timeout);
        var rewrite = action.putObject("regex_rewrite");
        rewrite.putObject("pattern").put("regex", "^.*$");
        rewrite.put("substitution", http.path().replace("\\", "\\\\"));
        if (http.host() != null && !http.host().isEmpty()) {
            action.put("host_rewrite_literal", http.host());
        }
        var match = Json.object().put("path", probe.path());
        match.set("headers", Json.array(get()));
        var route = Json.object();
        route.set("match", match);
        route.set("route", action);
        var headers = headers(http);
        if (!headers.isEmpty()) {
            route.set("request_headers_to_add", Json.array(headers.toArray(ObjectNode[]::new)));
        }
        // a prober would follow a redirect past the mesh; without its target it takes it as healthy
        route.putArray("response_headers_to_remove").add("location");
        return route;
    }

    private static List<ObjectNode> headers(Check.Http http) {
        var headers = new ArrayList<ObjectNode>();
        var named = new HashSet<String>();
        for (var header : http.headers()) {
            var name = header.name().toLowerCase(Locale.ROOT);
            if (HOP_BY_HOP.contains(name) || name.equals("host")) {
                continue;
            }
            var option = Json.object();
            option.putObject("header")
                    .put("key", header.name())
                    .put("value", header.value().replace("%", "%%"));
            option.put(
                    "append_action",
                    named.add(name) ? "OVERWRITE_IF_EXISTS_OR_ADD" : "APPEND_IF_EXISTS_OR_ADD");
            headers.add(option);
        }
        return headers;
    }

    static List<ObjectNode> filters(List<AppProbe> probes) {
        var filters = new ArrayList<ObjectNode>();
        for (var probe : probes) {
            if (!(probe.check() instanceof Check.Http)) {
                filters.add(filter(probe));
            }
        }
        return filters;
    }

    private static ObjectNode filter(AppProbe probe) {
        var path = Json.object().put("name", ":path");
        path.putObject("string_match").put("exact", probe.path());
        var check =
                Json.typed("extensions.filters.http.health_check.v3.HealthCheck")
                        .put("pass_through_mode", false);
        check.set("headers", Json.array(path, get()));
        check.putObject("cluster_min_healthy_percentages")
                .putObject(clusterName(probe))
                .put("value", 100);
        return Json.extension("envoy.filters.http.health_check", check);
    }

    private static ObjectNode get() {
        var get = Json.object().put("name", ":method");
        get.putObject("string_match").put("exact", "GET");
        return get;
    }

    /// HTTP probes of one port share a cluster.
    static List<ObjectNode> clusters(List<AppProbe> probes) {
        var clusters = new LinkedHashMap<String, ObjectNode>();
        for (var probe : probes) {
            clusters.computeIfAbsent(clusterName(probe), name -> cluster(name, probe));
        }
        return List.copyOf(clusters.values());
    }

    private static String clusterName(AppProbe probe) {
        return switch (probe.check()) {
            case Check.Http http ->
                    "probe|%s|%d".formatted(http.tls() ? "https" : "http", probe.port());
            case Check.Tcp() -> "probe|tcp|" + probe.path();
            case Check.Grpc(var _) -> "probe|grpc|" + probe.path();
        };
    }

    private static ObjectNode cluster(String name, AppProbe probe) {
        var cluster = BootstrapWriter.cluster(name, new Address(LOOPBACK, probe.port()));
        switch (probe.check()) {
            case Check.Http http -> {
                if (http.tls()) {
                    var context =
                            Json.typed("extensions.transport_sockets.tls.v3.UpstreamTlsContext");
                    context.putObject("common_tls_context");
                    cluster.set(
                            "transport_socket",
                            Json.extension("envoy.transport_sockets.tls", context));
                }
                // each probe its own connection, as the kubelet does: a kept one may just be
                // closing
                var options = Json.typed("extensions.upstreams.http.v3.HttpProtocolOptions");
                options.putObject("common_http_protocol_options")
                        .put("max_requests_per_connection", 1);
                options.putObject("explicit_http_config").putObject("http_protocol_options");
                BootstrapWriter.setHttpOptions(cluster, options);
            }
            case Check.Tcp() -> healthCheck(cluster, probe).putObject("tcp_health_check");
            case Check.Grpc(var service) -> {
                var options = Json.typed("extensions.upstreams.http.v3.HttpProtocolOptions");
                options.putObject("explicit_http_config").putObject("http2_protocol_options");
                BootstrapWriter.setHttpOptions(cluster, options);
                healthCheck(cluster, probe)
                        .putObject("grpc_health_check")
                        .put("service_name", service)
                        .put("authority", LOOPBACK + ":" + probe.port());
            }
        }
        return cluster;
    }

    /// A healthy application is asked once per period; one that is not is asked each second, so that the prober's next
    /// question finds the truth.
    private static ObjectNode healthCheck(ObjectNode cluster, AppProbe probe) {
        var check =
                Json.object()
                        .put("timeout", seconds(probe.timeout().toSeconds()))
                        .put("interval", seconds(probe.period().toSeconds()))
                        .put("unhealthy_interval", seconds(1))
                        .put("no_traffic_interval", seconds(1))
                        .put("no_traffic_healthy_interval", seconds(probe.period().toSeconds()))
                        .put("unhealthy_threshold", 1)
                        .put("healthy_threshold", 1)
                        .put("reuse_connection", false);
        cluster.set("health_checks", Json.array(check));
        return check;
    }

    private static String seconds(long seconds) {
        return seconds + "s";
    }
}
