package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.e2e.Dashboard.Panel;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The files of `dashboards/grafana`, without a Grafana: whether they hold together, and whether who is to read them finds them.
@Tag("quick")
class DashboardFilesTest {
    private static final int COLUMNS = 24;

    /// `kubectl apply` keeps what it applied in an annotation; all annotations together may have that much.
    private static final int APPLICABLE_BYTES = 256 * 1024;

    private static final Set<String> OF_GRAFANA =
            Set.of("__rate_interval", "__all", "__value", "__data", "__url_time_range");
    private static final Pattern LINK = Pattern.compile("/d/([\\w-]+)");

    static Stream<Dashboard> dashboards() {
        return Dashboard.all().stream();
    }

    static Stream<Panel> panels(Dashboard dashboard) {
        return dashboard.panels().stream().filter(panel -> !panel.isRow());
    }

    @Test
    void areTheFour() {
        assertThat(dashboards().map(Dashboard::uid))
                .containsExactlyInAnyOrder(
                        "quartet-mesh",
                        "quartet-service",
                        "quartet-workload",
                        "quartet-control-plane");
        assertThat(dashboards().map(Dashboard::title)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void hasWhatGrafanaAndPeopleNeed(Dashboard dashboard) {
        assertThat(dashboard.json().get("schemaVersion")).isEqualTo(41);
        assertThat(dashboard.json().get("tags")).isEqualTo(List.of("quartet"));
        assertThat(Dashboard.string(dashboard.json(), "description")).isNotEmpty();
        assertThat(Dashboard.list(dashboard.json(), "links"))
                .as("the way to the others")
                .anySatisfy(link -> assertThat(link.get("tags")).isEqualTo(List.of("quartet")));
        assertThat(dashboard.panels().stream().map(Panel::id)).doesNotHaveDuplicates();
        assertThat(dashboard.panels()).allSatisfy(panel -> assertThat(panel.title()).isNotEmpty());
        var uids = dashboards().map(Dashboard::uid).toList();
        assertThat(LINK.matcher(dashboard.text()).results().map(link -> link.group(1)))
                .isSubsetOf(uids);
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void everyPanelSaysWhatItShows(Dashboard dashboard) {
        assertThat(panels(dashboard))
                .isNotEmpty()
                .allSatisfy(panel -> {
                    assertThat(panel.json().get("datasource"))
                            .isEqualTo(Map.of("type", "prometheus", "uid", "${datasource}"));
                    assertThat(panel.unit()).isNotEmpty();
                    assertThat(panel.queries()).isNotEmpty();
                    assertThat(panel.queries().stream().map(Dashboard.Query::refId))
                            .doesNotHaveDuplicates();
                    assertThat(panel.queries())
                            .allSatisfy(query -> {
                                assertThat(query.promQl()).isNotBlank();
                                assertThat(query.legend().isEmpty())
                                        .as("a legend, but in tables")
                                        .isEqualTo(panel.type().equals("table"));
                            });
                    var always =
                            panel.queries().stream()
                                    .allMatch(query -> query.promQl().endsWith("or vector(0)"));
                    assertThat(
                                    Dashboard.string(
                                            Dashboard.map(
                                                    Dashboard.map(panel.json(), "fieldConfig"),
                                                    "defaults"),
                                            "noValue"))
                            .as(panel.title() + ": what it means when there is nothing")
                            .matches(words -> !words.isEmpty() || always);
                });
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void fillsTheGridAndNothingOverlaps(Dashboard dashboard) {
        var panels = dashboard.panels();

        assertThat(panels)
                .allSatisfy(panel -> {
                    var place = panel.place();
                    assertThat(List.of(place.x(), place.y())).allMatch(from -> from >= 0);
                    assertThat(List.of(place.w(), place.h())).allMatch(size -> size > 0);
                    assertThat(place.x() + place.w()).isLessThanOrEqualTo(COLUMNS);
                    assertThat(
                                    panels.stream()
                                            .filter(other ->
                                                    other != panel
                                                            && other.place()
                                                                    .overlaps(panel.place())))
                            .as("over " + panel.title())
                            .isEmpty();
                });
        var area = panels.stream().mapToInt(panel -> panel.place().w() * panel.place().h()).sum();
        var height =
                panels.stream()
                        .mapToInt(panel -> panel.place().y() + panel.place().h())
                        .max()
                        .orElseThrow();
        assertThat(area).as("no holes").isEqualTo(COLUMNS * height);
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void variablesAreThereAndUsed(Dashboard dashboard) {
        var names =
                dashboard.variables().stream()
                        .map(Dashboard.Variable::name)
                        .collect(Collectors.toCollection(TreeSet::new));
        var used = PromQl.variables(dashboard.text());

        assertThat(dashboard.variables().getFirst().type()).isEqualTo("datasource");
        assertThat(used).isSubsetOf(Stream.concat(names.stream(), OF_GRAFANA.stream()).toList());
        assertThat(names).isSubsetOf(used);
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void asksOnlyForMetricsThatThereAre(Dashboard dashboard) throws IOException {
        var known = KnownMetrics.read();
        var queries =
                Stream.concat(
                        dashboard.variables().stream()
                                .filter(variable -> variable.type().equals("query"))
                                .map(variable ->
                                        variable.query()
                                                .replaceAll("label_values\\((.*), \\w+\\)", "$1")),
                        panels(dashboard)
                                .flatMap(panel -> panel.queries().stream())
                                .map(Dashboard.Query::promQl));

        assertThat(queries.flatMap(query -> PromQl.metrics(query).stream()))
                .isNotEmpty()
                .allMatch(known::contains);
    }

    @Test
    void composeShowsThem() throws IOException {
        var compose = text("docker-compose.yml");
        var home = "/etc/quartet/dashboards";

        assertThat(compose)
                .contains(
                        "- ./dashboards/grafana:" + home + ":ro",
                        "- ./dashboards/grafana/provisioning:/etc/grafana/provisioning:ro",
                        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: " + home + "/mesh.json",
                        "- ./dashboards/prometheus:/etc/quartet/rules:ro");
        assertThat(text("dashboards/grafana/provisioning/dashboards/quartet.yaml"))
                .contains("path: " + home, "folder: Quartet");
        assertThat(text("dashboards/grafana/provisioning/datasources/prometheus.yaml"))
                .contains("uid: prometheus");
        assertThat(text("docker/prometheus/prometheus.yml"))
                .contains("rule_files: [/etc/quartet/rules/*.yml]");
    }

    @Test
    void kubernetesShowsThem() throws IOException {
        var dashboards = text("dashboards/grafana/kustomization.yaml");
        var deployment = text("k8s/grafana/manifests/deployment.yaml");

        assertThat(dashboards())
                .allSatisfy(dashboard ->
                        assertThat(dashboards).contains(dashboard.file().getFileName().toString()));
        assertThat(dashboards().mapToInt(dashboard -> dashboard.text().length()).sum())
                .isLessThan(APPLICABLE_BYTES);
        assertThat(text("k8s/grafana/manifests/kustomization.yaml"))
                .contains("../../../dashboards/grafana,");
        assertThat(deployment)
                .contains(
                        "mountPath: /etc/quartet/dashboards",
                        "mountPath: /etc/grafana/provisioning",
                        "configMap: {name: grafana-dashboards}",
                        "name: grafana-provisioning");
        assertThat(text("k8s/prometheus/manifests/kustomization.yaml"))
                .contains("../../../dashboards/prometheus,");
        assertThat(text("k8s/prometheus/manifests/prometheus.yml"))
                .contains("rule_files: [/etc/quartet/rules/*.yml]");
        assertThat(text("k8s/prometheus/manifests/deployment.yaml"))
                .contains("mountPath: /etc/quartet/rules", "configMap: {name: prometheus-rules}");
    }

    private static String text(String file) throws IOException {
        return Files.readString(path(file));
    }

    private static Path path(String file) {
        return SourceTree.root().resolve(file);
    }
}
