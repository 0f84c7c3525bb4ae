package dev.quartet.cli.local;

import java.nio.file.Path;
import java.util.List;

/// What the local Prometheus scrapes, and the rules that it evaluates. The mesh's own metrics come by remote write from Mixer;
/// scraped are the services and the proxies themselves.
final class PrometheusConfig {
    private PrometheusConfig() {}

    /// @param rules the folder of the source tree that holds the recording rules and alerts
    static String yaml(MeshFile mesh, List<LocalProxy> proxies, Path rules) {
        var text =
                new StringBuilder(
                        "# Written by mesh up.\nglobal:\n  scrape_interval: 15s\nrule_files:\n");
        text.append("- '")
                .append(rules.resolve("*.yml").toString().replace("'", "''"))
                .append("'\nscrape_configs:\n");
        for (var service : mesh.services()) {
            job(
                    text,
                    service.label(),
                    "/metrics",
                    List.of("127.0.0.1:" + mesh.port(service.metricsPort())));
        }
        if (!proxies.isEmpty()) {
            job(
                    text,
                    "envoy-stats",
                    "/stats/prometheus",
                    proxies.stream().map(proxy -> proxy.spec().admin().toString()).toList());
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
