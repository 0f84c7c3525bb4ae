package dev.quartet.cli.local;

import java.util.ArrayList;
import java.util.List;

/// The scrape config of the local Prometheus. The mesh's own metrics come by remote write from Mixer; scraped are the services
/// and the proxies themselves.
final class PrometheusConfig {
    private PrometheusConfig() {}

    static String yaml(MeshFile mesh) {
        var text =
                new StringBuilder(
                        "# Written by mesh up.\nglobal:\n  scrape_interval: 15s\nscrape_configs:\n");
        for (var service : mesh.services()) {
            job(
                    text,
                    service.label(),
                    "/metrics",
                    List.of("127.0.0.1:" + mesh.port(service.metricsPort())));
        }
        if (mesh.bookshop()) {
            var proxies = new ArrayList<String>();
            proxies.add("127.0.0.1:" + mesh.port(Workload.ADMIN_PORT));
            Workload.BOOKSHOP.forEach(
                    workload -> proxies.add(mesh.address(workload) + ":" + Workload.ADMIN_PORT));
            job(text, "envoy-stats", "/stats/prometheus", proxies);
        }
        return text.toString();
    }

    private static void job(StringBuilder text, String name, String path, List<String> targets) {
        text.append("- job_name: ")
                .append(name)
                .append("\n  metrics_path: ")
                .append(path)
                .append("\n  static_configs:\n  - targets: [");
        text.append(String.join(", ", targets.stream().map(target -> '"' + target + '"').toList()))
                .append("]\n");
    }
}
