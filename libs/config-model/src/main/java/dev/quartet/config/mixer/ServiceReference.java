package dev.quartet.config.mixer;

import dev.quartet.config.schema.SortedMaps;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A service that something is bound to (Istio 1.4 `mixer/v1/config/client/service.proto` `IstioService`).
///
/// @param name its short name; excludes `service`
/// @param namespace of the binding when left out
/// @param domain of `name`; `svc.cluster.local` when left out
/// @param service its full name, or `*` for every service
public record ServiceReference(
        @Nullable String name,
        @Nullable String namespace,
        @Nullable String domain,
        @Nullable String service,
        Map<String, String> labels) {
    public ServiceReference {
        labels = SortedMaps.copyOf(labels);
    }
}
