package dev.quartet.config.networking;

import dev.quartet.config.Spec;
import java.util.List;

/// How requests for `hosts` are routed: by match, in order, first hit wins (Istio 1.4 `networking/v1alpha3/virtual_service.proto`).
///
/// @param hosts full names, short names (see [Hosts#resolve]) or `*.suffix`; without any it is a delegate, whose routes are in force where
/// another VirtualService hands over to it
/// @param gateways `mesh` for sidecars, else `[namespace/]name` of a Gateway; empty means `mesh`
public record VirtualService(
        List<String> hosts,
        List<String> gateways,
        List<HttpRoute> http,
        List<TlsRoute> tls,
        List<TcpRoute> tcp,
        List<String> exportTo)
        implements Spec {
    /// The name of all sidecars among the gateways.
    public static final String MESH = "mesh";

    public VirtualService {
        hosts = List.copyOf(hosts);
        gateways = List.copyOf(gateways);
        http = List.copyOf(http);
        tls = List.copyOf(tls);
        tcp = List.copyOf(tcp);
        exportTo = List.copyOf(exportTo);
    }

    /// Whether it is for others to hand over to, and no host's by itself.
    public boolean isDelegate() {
        return hosts.isEmpty();
    }

    /// Whether it is bound to the gateway `mesh`: to all sidecars.
    public boolean isForSidecars() {
        return gateways.isEmpty() || gateways.contains(MESH);
    }
}
