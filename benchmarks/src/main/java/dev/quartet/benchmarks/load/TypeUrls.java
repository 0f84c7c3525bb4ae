package dev.quartet.benchmarks.load;

/// Envoy's type URLs, in the order in which a proxy asks for them.
public final class TypeUrls {
    static final String CLUSTERS = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
    public static final String ENDPOINTS =
            "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
    static final String LISTENERS = "type.googleapis.com/envoy.config.listener.v3.Listener";
    public static final String ROUTES =
            "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";
    static final String EXTENSIONS =
            "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig";

    private TypeUrls() {}
}
