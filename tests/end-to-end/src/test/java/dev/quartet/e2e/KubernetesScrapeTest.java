package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.quartet.testkit.Json;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What Prometheus would scrape in a cluster. Debian's is built without Kubernetes, so the pods stand in the config as Kubernetes would
/// tell them, a target per container port; what it makes of them is Prometheus's own relabeling.
@Tag("quick")
class KubernetesScrapeTest {
    private static final List<Target> CLUSTER =
            List.of(
                    new Target(
                            "10.0.0.1:15014", "istio-system", "istio-pilot-1", "pilot", "metrics"),
                    new Target(
                            "10.0.0.1:15011", "istio-system", "istio-pilot-1", "pilot", "grpc-xds"),
                    new Target("10.0.0.9:3000", "istio-system", "grafana-1", "grafana", "http"),
                    new Target("10.0.0.2:15020", "shop", "reviews-1", "istio-proxy", "mesh-status")
                            .annotated(Map.of("scrape", "true", "port", "8081")),
                    new Target("10.0.0.2:9080", "shop", "reviews-1", "app", "http")
                            .annotated(
                                    Map.of("scrape", "true", "port", "8081", "path", "/numbers")),
                    new Target("[fd00::3]:9080", "shop", "ratings-1", "app", "http")
                            .annotated(Map.of("scrape", "true", "port", "8081", "scheme", "https")),
                    new Target("10.0.0.4:9080", "shop", "details-1", "app", "http")
                            .annotated(Map.of("scrape", "false")));

    @TempDir Path folder;

    private record Target(String address, Map<String, String> labels) {
        Target(String address, String namespace, String pod, String container, String port) {
            this(
                    address,
                    Map.of(
                            "__meta_kubernetes_namespace", namespace,
                            "__meta_kubernetes_pod_name", pod,
                            "__meta_kubernetes_pod_container_name", container,
                            "__meta_kubernetes_pod_container_port_name", port,
                            "__meta_kubernetes_pod_phase", "Running",
                            "__meta_kubernetes_pod_label_app", pod.replaceAll("-1$", "")));
        }

        /// @param annotations without `prometheus.io/`
        Target annotated(Map<String, String> annotations) {
            var all = new java.util.TreeMap<>(labels);
            annotations.forEach((name, value) ->
                    all.put("__meta_kubernetes_pod_annotation_prometheus_io_" + name, value));
            return new Target(address, all);
        }

        String yaml() {
            return "  - targets: ['%s']\n    labels: {%s}\n"
                    .formatted(
                            address,
                            labels.entrySet().stream()
                                    .map(label -> label.getKey() + ": '" + label.getValue() + "'")
                                    .collect(Collectors.joining(", ")));
        }
    }

    @Test
    void servicesBearTheirNameAsJob() throws Exception {
        assertThat(scraped("control-plane"))
                .singleElement()
                .satisfies(target ->
                        assertThat(target)
                                .contains(
                                        entry("__address__", "10.0.0.1:15014"),
                                        entry("job", "pilot"),
                                        entry("instance", "istio-pilot-1")));
    }

    @Test
    void proxiesGiveTheirStats() throws Exception {
        assertThat(scraped("envoy-stats"))
                .singleElement()
                .satisfies(target ->
                        assertThat(target)
                                .contains(
                                        entry("__address__", "10.0.0.2:15020"),
                                        entry("__metrics_path__", "/stats/prometheus"),
                                        entry("job", "envoy-stats"),
                                        entry("instance", "reviews-1.shop")));
    }

    @Test
    void applicationsAreScrapedWhereTheirAnnotationsSay() throws Exception {
        var targets = scraped("kubernetes-pods");

        assertThat(targets).hasSize(2);
        assertThat(targets.getFirst())
                .contains(
                        entry("__address__", "10.0.0.2:8081"),
                        entry("__metrics_path__", "/numbers"),
                        entry("__scheme__", "http"),
                        entry("namespace", "shop"),
                        entry("pod", "reviews-1"),
                        entry("app", "reviews"));
        assertThat(targets.getLast())
                .contains(
                        entry("__address__", "[fd00::3]:8081"),
                        entry("__metrics_path__", "/metrics"),
                        entry("__scheme__", "https"));
    }

    /// The labels of the targets that are left of the cluster's, by address: promtool has no order.
    private List<Map<String, String>> scraped(String job) throws IOException, InterruptedException {
        var targets = CLUSTER.stream().map(Target::yaml).collect(Collectors.joining());
        var config =
                Files.readString(
                        SourceTree.root().resolve("k8s/prometheus/manifests/prometheus.yml"));
        assertThat(config).contains("kubernetes_sd_configs: [{role: pod}]");
        var file =
                Files.writeString(
                        folder.resolve("prometheus.yml"),
                        config.replaceAll(
                                "(?m)^  kubernetes_sd_configs: .*\n",
                                "  static_configs:\n" + targets));
        var found =
                (List<?>)
                        Json.read(
                                Promtool.run(
                                        List.of(
                                                "check",
                                                "service-discovery",
                                                "--timeout=1s",
                                                file.toString(),
                                                job)));
        return found.stream()
                .map(target -> Dashboard.map((Map<?, ?>) target, "labels"))
                .filter(labels -> !labels.isEmpty())
                .map(KubernetesScrapeTest::strings)
                .sorted(Comparator.comparing(labels -> labels.getOrDefault("__address__", "")))
                .toList();
    }

    private static Map<String, String> strings(Map<?, ?> labels) {
        return labels.entrySet().stream()
                .collect(
                        Collectors.toMap(
                                label -> String.valueOf(label.getKey()),
                                label -> String.valueOf(label.getValue())));
    }
}
