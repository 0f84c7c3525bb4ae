package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.e2e.Rules.Alert;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The rules of `dashboards/prometheus`, by promtool: its tests of them lie in `tests`.
@Tag("quick")
class RulesTest {
    private static final Path TESTS = Rules.FOLDER.resolve("tests");
    private static final Pattern NAME = Pattern.compile("alertname=\"(\\w+)\"");
    private static final Pattern SEVERITY = Pattern.compile("severity=\"(\\w+)\"");

    @Test
    void promtoolTakesThem() throws Exception {
        promtool("check", "rules", Rules.files(Rules.FOLDER));
    }

    @Test
    void theirTestsPass() throws Exception {
        promtool("test", "rules", Rules.files(TESTS));
    }

    @Test
    void promtoolTakesTheConfigOfCompose() throws Exception {
        promtool(
                "check",
                "config",
                List.of(SourceTree.root().resolve("docker/prometheus/prometheus.yml")));
    }

    @Test
    void everyAlertSaysWhatIsWrongAndWhatToDo() {
        assertThat(Rules.read().alerts())
                .isNotEmpty()
                .allSatisfy(alert -> {
                    assertThat(alert.severity()).isIn("critical", "warning", "info");
                    assertThat(alert.summary()).as(alert.name()).isNotEmpty();
                    assertThat(alert.description())
                            .as(alert.name() + ": a command, a dashboard or a document")
                            .containsPattern(
                                    "\\./mesh |kubectl |docker compose |/d/quartet-|root\\.pem");
                });
    }

    @Test
    void everyAlertIsTestedFiringAndQuiet() {
        var firing = new HashSet<String>();
        var quiet = new HashSet<String>();
        for (var test : tests()) {
            var expression = Dashboard.string(test, "expr");
            var samples = Dashboard.list(test, "exp_samples");
            NAME.matcher(expression)
                    .results()
                    .map(name -> name.group(1))
                    .forEach(name -> {
                        if (samples.isEmpty()) {
                            quiet.add(name);
                        }
                        samples.forEach(sample ->
                                firing.add(
                                        name + " " + severity(Dashboard.string(sample, "labels"))));
                    });
        }
        var alerts = Rules.read().alerts();

        assertThat(firing)
                .containsExactlyInAnyOrderElementsOf(
                        alerts.stream()
                                .map(alert -> alert.name() + " " + alert.severity())
                                .toList());
        assertThat(quiet).containsExactlyInAnyOrderElementsOf(names(alerts));
    }

    private static List<Map<?, ?>> tests() {
        return Rules.files(TESTS).stream()
                .flatMap(file -> Dashboard.list(Rules.yaml(file), "tests").stream())
                .flatMap(test -> Dashboard.list(test, "promql_expr_test").stream())
                .toList();
    }

    private static String severity(String labels) {
        var matcher = SEVERITY.matcher(labels);
        return matcher.find() ? matcher.group(1) : "";
    }

    private static Set<String> names(List<Alert> alerts) {
        return new HashSet<>(alerts.stream().map(Alert::name).toList());
    }

    @Test
    void asksOnlyForMetricsThatThereAre() throws IOException {
        var known = KnownMetrics.read();

        assertThat(Rules.read().queries().stream().flatMap(query -> PromQl.metrics(query).stream()))
                .isNotEmpty()
                .allMatch(known::contains);
    }

    @Test
    void theDocumentListsThemAll() throws IOException {
        var rules = Rules.read();
        var document = Files.readString(Rules.FOLDER.resolveSibling("README.md"));

        assertThat(document).contains(names(rules.alerts()));
        assertThat(document).contains(rules.recorded());
        assertThat(document).contains(Dashboard.all().stream().map(Dashboard::uid).toList());
        assertThat(Files.readString(Rules.FOLDER.resolve("kustomization.yaml")))
                .contains(
                        Rules.files(Rules.FOLDER).stream()
                                .map(file -> file.getFileName().toString())
                                .toList());
    }

    private static void promtool(String verb, String what, List<Path> files) throws Exception {
        var arguments = new ArrayList<>(List.of(verb, what));
        files.forEach(file -> arguments.add(file.toString()));
        Promtool.run(arguments);
    }
}
