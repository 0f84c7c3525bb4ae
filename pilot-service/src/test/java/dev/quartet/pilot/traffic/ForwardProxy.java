package dev.quartet.pilot.traffic;

import dev.quartet.testkit.EnvoyProcess;
import java.util.Map;

/// A stock Envoy that others reach servers through, on port 9080 of an address: it opens a tunnel to whom it is asked for, by CONNECT or by
/// POST as the name says. Nothing of it comes from Pilot.
final class ForwardProxy implements AutoCloseable {
    private static final String CONNECT = "connect_matcher: {}";
    private static final String POST =
            "prefix: /, headers: [{name: ':method', string_match: {exact: POST}}]";

    private final EnvoyProcess envoy;

    /// @param connect what it leads to by CONNECT: a name with its port, and the server's address
    /// @param post the same by POST
    ForwardProxy(String address, Map<String, String> connect, Map<String, String> post) {
        var hosts = new StringBuilder();
        var clusters = new StringBuilder();
        connect.forEach((name, server) -> add(hosts, clusters, name, server, CONNECT, "{}"));
        post.forEach(
                (name, server) -> add(hosts, clusters, name, server, POST, "{allow_post: true}"));
        envoy =
                EnvoyProcess.start(
                        """
                        admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
                        static_resources:
                          listeners:
                          - address: {socket_address: {address: %s, port_value: %d}}
                            filter_chains:
                            - filters:
                              - name: http
                                typed_config:
                                  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                                  stat_prefix: tunnels
                                  upgrade_configs: [{upgrade_type: CONNECT}]
                                  http_filters:
                                  - name: router
                                    typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
                                  route_config:
                                    virtual_hosts:
                        %s  clusters:
                        %s
                        """
                                .formatted(
                                        address,
                                        Upstreams.PORT,
                                        hosts.toString().indent(12),
                                        clusters));
        envoy.awaitReady();
    }

    private static void add(
            StringBuilder hosts,
            StringBuilder clusters,
            String name,
            String server,
            String match,
            String config) {
        hosts.append(
                """
                - name: "%1$s"
                  domains: ["%1$s"]
                  routes:
                  - match: {%2$s}
                    route: {cluster: "%1$s", upgrade_configs: [{upgrade_type: CONNECT, connect_config: %3$s}]}
                """
                        .formatted(name, match, config));
        clusters.append(
                """
                  - name: "%1$s"
                    load_assignment: {cluster_name: "%1$s", endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: %2$s, port_value: %3$d}}}}]}]}
                """
                        .formatted(name, server, Upstreams.PORT));
    }

    @Override
    public void close() {
        envoy.close();
    }
}
