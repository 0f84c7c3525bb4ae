package dev.quartet.pilot;

import dev.quartet.pilot.node.Proxy;
import java.util.stream.Collectors;

/// Plaintext to Pilot and to the test's Citadel; everything else as the mesh's own bootstrap has it.
public final class TestBootstrap {
    private TestBootstrap() {}

    /// @param server where Pilot and Citadel listen on 127.0.0.1
    /// @param api `DELTA_GRPC` or `GRPC`
    public static String of(Proxy proxy, int server, String api) {
        return of(proxy, server, server, api);
    }

    /// @param pilot where Pilot listens on 127.0.0.1
    /// @param citadel where the test's Citadel does
    public static String of(Proxy proxy, int pilot, int citadel, String api) {
        var metadata =
                "\"INTERCEPTION_MODE\": \"%s\", \"NAMESPACE\": \"%s\", \"SERVICE_ACCOUNT\": \"%s\", \"PEER\": \"workload=x\", \"HTTP10\": \"%d\", \"IDLE_TIMEOUT\": \"%dms\", \"APP_ENDPOINTS\": {%s}%s"
                        .formatted(
                                proxy.interception(),
                                proxy.namespace(),
                                proxy.serviceAccount(),
                                proxy.http().http10() ? 1 : 0,
                                proxy.http().idleTimeout().toMillis(),
                                proxy.appEndpoints().entrySet().stream()
                                        .map(it ->
                                                "\"%d\": \"%s\""
                                                        .formatted(it.getKey(), it.getValue()))
                                        .collect(Collectors.joining(", ")),
                                proxy.httpProxyPort() == null
                                        ? ""
                                        : ", \"HTTP_PROXY_PORT\": \"%d\""
                                                .formatted(proxy.httpProxyPort()));
        return """
        {"node": {"id": "%1$s", "cluster": "test", "metadata": {%2$s}},
         "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
         "layered_runtime": {"layers": [{"name": "quartet", "static_layer": {"re2.max_program_size.error_level": 4294967295}}]},
         "static_resources": {"clusters": [%3$s, %4$s]},
         "dynamic_resources": {
           "ads_config": {"api_type": "%5$s", "transport_api_version": "V3", "set_node_on_first_message_only": true,
             "grpc_services": [{"envoy_grpc": {"cluster_name": "xds-grpc",
               "retry_policy": {"retry_back_off": {"base_interval": "0.2s", "max_interval": "0.5s"}}}}]},
           "cds_config": {"resource_api_version": "V3", "initial_fetch_timeout": "0s", "ads": {}},
           "lds_config": {"resource_api_version": "V3", "initial_fetch_timeout": "0s", "ads": {}}}}
        """
                .formatted(
                        proxy.id(),
                        metadata,
                        cluster("xds-grpc", pilot),
                        cluster("sds-grpc", citadel),
                        api);
    }

    private static String cluster(String name, int server) {
        return """
        {"name": "%1$s", "type": "STATIC", "connect_timeout": "1s",
         "load_assignment": {"cluster_name": "%1$s", "endpoints": [{"lb_endpoints": [{"endpoint":
           {"address": {"socket_address": {"address": "127.0.0.1", "port_value": %2$d}}}}]}]},
         "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions":
           {"@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": {"http2_protocol_options": {}}}}}
        """
                .formatted(name, server)
                .strip();
    }
}
