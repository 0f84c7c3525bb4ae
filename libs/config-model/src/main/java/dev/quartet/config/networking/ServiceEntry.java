package dev.quartet.config.networking;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A service: its names, its ports, and where its workloads are (Istio 1.4 `networking/v1alpha3/service_entry.proto`).
///
/// @param subjectAltNames what its certificates are named by, beside its workloads' service accounts; over TLS of mode SIMPLE or MUTUAL where the
///     DestinationRule names none
public record ServiceEntry(
        @Required List<String> hosts,
        List<String> addresses,
        List<ServicePort> ports,
        @Nullable Location location,
        @Nullable Resolution resolution,
        List<WorkloadEntry> endpoints,
        @Nullable WorkloadSelector workloadSelector,
        List<String> exportTo,
        List<String> subjectAltNames)
        implements Spec {
    public ServiceEntry {
        hosts = List.copyOf(hosts);
        addresses = List.copyOf(addresses);
        ports = List.copyOf(ports);
        endpoints = List.copyOf(endpoints);
        exportTo = List.copyOf(exportTo);
        subjectAltNames = List.copyOf(subjectAltNames);
    }

    /// Unset is `MESH_EXTERNAL`.
    public enum Location {
        MESH_EXTERNAL,
        MESH_INTERNAL
    }

    /// Unset is `NONE`. With `DYNAMIC_DNS` the caller's proxy looks up the name that a request asks for, by `Host` or SNI, one that `hosts` covers; it is for services outside
    /// of the mesh.
    public enum Resolution {
        NONE,
        STATIC,
        DNS,
        DNS_ROUND_ROBIN,
        DYNAMIC_DNS
    }
}
