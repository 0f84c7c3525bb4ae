package dev.quartet.pilot.translate;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The resource types that Pilot serves over ADS, in the order in which Envoy must get them.
public enum XdsType {
    CDS("envoy.config.cluster.v3.Cluster"),
    EDS("envoy.config.endpoint.v3.ClusterLoadAssignment"),
    LDS("envoy.config.listener.v3.Listener"),
    RDS("envoy.config.route.v3.RouteConfiguration"),
    ECDS("envoy.config.core.v3.TypedExtensionConfig");

    private static final Map<String, XdsType> BY_URL =
            Arrays.stream(values())
                    .collect(Collectors.toUnmodifiableMap(XdsType::url, Function.identity()));

    private final String url;

    XdsType(String message) {
        this.url = "type.googleapis.com/" + message;
    }

    public String url() {
        return url;
    }

    /// The form of logs, metrics and the REST API: `cds`.
    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    public static Optional<XdsType> ofUrl(String url) {
        return Optional.ofNullable(BY_URL.get(url));
    }
}
