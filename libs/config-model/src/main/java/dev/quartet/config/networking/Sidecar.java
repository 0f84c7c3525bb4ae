package dev.quartet.config.networking;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the sidecars of a namespace, or of the workloads that the selector names, listen to and know of
/// (Istio 1.4 `networking/v1alpha3/sidecar.proto`).
///
/// @param ingress in the place of the listeners that follow from the workload's services
/// @param egress which services callers know
/// @param inboundConnectionPool for all inbound ports
public record Sidecar(
        @Nullable WorkloadSelector workloadSelector,
        List<IngressListener> ingress,
        List<EgressListener> egress,
        @Nullable OutboundTrafficPolicy outboundTrafficPolicy,
        @Nullable ConnectionPoolSettings inboundConnectionPool)
        implements Spec {
    public Sidecar {
        ingress = List.copyOf(ingress);
        egress = List.copyOf(egress);
    }

    /// @param bind the address it listens on
    /// @param defaultEndpoint where the application is: `127.0.0.1:port`, `0.0.0.0:port`, `[::1]:port`, `:port` or `unix:///path`
    /// @param tls for callers from outside of the mesh, of a port whose protocol is HTTPS or TLS; it ends at the proxy. In force where a PeerAuthentication
    ///     with the mode DISABLE holds for the workload, else the mesh's mTLS holds for the port
    public record IngressListener(
            @Required SidecarPort port,
            @Nullable String bind,
            @Nullable CaptureMode captureMode,
            @Nullable String defaultEndpoint,
            Gateway.@Nullable ServerTlsSettings tls,
            @Nullable ConnectionPoolSettings connectionPool) {}

    /// @param port left out in the last listener, which takes what no other one does
    /// @param bind an address, or `unix:///path` with port number 0
    /// @param hosts `namespace/host`; the namespace may be `*`, `.` or `~`, the host `*` or `*.name`
    public record EgressListener(
            @Nullable SidecarPort port,
            @Nullable String bind,
            @Nullable CaptureMode captureMode,
            @Required List<String> hosts) {
        public EgressListener {
            hosts = List.copyOf(hosts);
        }
    }

    /// @param number 0 for a socket file
    /// @param protocol one of [Protocol], in any case
    /// @param targetPort says nothing here; the rules tell so
    public record SidecarPort(
            @Nullable Integer number,
            @Nullable String protocol,
            @Nullable String name,
            @Nullable Integer targetPort) {}

    public enum CaptureMode {
        DEFAULT,
        IPTABLES,
        NONE
    }

    /// @param egressProxy where what is unknown goes
    public record OutboundTrafficPolicy(@Nullable Mode mode, @Nullable Destination egressProxy) {
        /// Unset is `REGISTRY_ONLY`, as in Istio 1.4.
        public enum Mode {
            REGISTRY_ONLY,
            ALLOW_ANY
        }
    }
}
