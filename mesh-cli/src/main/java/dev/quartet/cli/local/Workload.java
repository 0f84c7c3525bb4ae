package dev.quartet.cli.local;

import java.util.List;

/// One workload of the bookshop: an application and its sidecar, on a loopback address of their own.
///
/// @param host last number of its address
record Workload(String app, String version, int host) {
    static final String NAMESPACE = "shop";
    static final int SERVICE_PORT = 9080;
    static final int HTTP_PROXY_PORT = 15002;
    static final int ADMIN_PORT = 15000;
    static final int STATUS_PORT = 15020;

    static final List<Workload> BOOKSHOP =
            List.of(
                    new Workload("storefront", "v1", 1),
                    new Workload("details", "v1", 2),
                    new Workload("ratings", "v1", 3),
                    new Workload("reviews", "v1", 4),
                    new Workload("reviews", "v2", 5),
                    new Workload("reviews", "v3", 6));

    String name() {
        return app + "-" + version;
    }

    /// The instance; local mode has one of each.
    String instance() {
        return name() + "-1";
    }

    String serviceAccount() {
        return app;
    }
}
