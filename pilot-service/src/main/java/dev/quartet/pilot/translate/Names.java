package dev.quartet.pilot.translate;

/// Istio's names for clusters, listeners and routes.
final class Names {
    static final String BLACK_HOLE = "BlackHoleCluster";
    static final String PASSTHROUGH = "PassthroughCluster";
    static final String INBOUND_PASSTHROUGH = "InboundPassthroughClusterIpv4";
    static final String MIXER_CHECK = "mixer-check";
    static final String MIXER_REPORT = "mixer-report";
    static final String ACCESS_LOG_SERVICE = "envoy_accesslog_service";
    static final String HTTP_PROXY_ROUTE = "http_proxy";
    static final String PEER_HEADER = "x-quartet-peer";

    private Names() {}

    static String outbound(int port, String subset, String host) {
        return "outbound|" + port + "|" + subset + "|" + host;
    }

    static String inbound(int port, String portName, String host) {
        return "inbound|" + port + "|" + portName + "|" + host;
    }

    /// Of the cluster that gets an issuer's keys from outside of the mesh.
    static String issuer(boolean secure, int port, String host) {
        return "issuer|" + port + "|" + (secure ? "https" : "http") + "|" + host;
    }

    /// The SNI of mTLS between sidecars.
    static String sni(int port, String subset, String host) {
        return "outbound_." + port + "_." + subset + "_." + host;
    }

    /// The table of all plaintext HTTP at a gateway's port.
    static String gatewayRoute(GatewayServers.Address address) {
        return "http." + address.port() + (address.own() ? "" : "." + address.bind());
    }

    /// What is one server's by TLS: its filter chain and its table.
    static String gatewayRoute(GatewayServers.Server server) {
        var port = server.server().port();
        return "https.%d.%s.%s.%s"
                .formatted(
                        port.number(),
                        port.name(),
                        server.gateway().name(),
                        server.gateway().namespace());
    }

    /// The parts of `outbound|9080|v1|reviews.shop.svc.cluster.local`.
    record OutboundName(int port, String subset, String host) {
        String cluster() {
            return outbound(port, subset, host);
        }
    }
}
