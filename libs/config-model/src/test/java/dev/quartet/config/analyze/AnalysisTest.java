package dev.quartet.config.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.ProblemView;
import dev.quartet.config.Reason;
import dev.quartet.config.read.ReadDocuments;
import dev.quartet.config.read.ResourceReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AnalysisTest {
    private static final String NAMESPACE =
            "{apiVersion: v1, kind: Namespace, metadata: {name: %s}}\n---\n";
    private static final String OLD_POLICY =
            """
            apiVersion: authentication.istio.io/v1alpha1
            kind: Policy
            metadata: {name: default, namespace: shop}
            spec: {}
            ---
            """;
    private static final String GROUP =
            """
            apiVersion: networking.istio.io/v1
            kind: WorkloadGroup
            metadata: {name: reviews, namespace: shop}
            spec: {template: {}}
            ---
            """;

    private static ReadDocuments read(String text) {
        return new ResourceReader().readDocuments("all.yaml", text);
    }

    private static Analysis analyse(String text, Surroundings more) {
        var read = read(text);
        return Analysis.of(read.result().resources(), Surroundings.of(read.objects()).with(more));
    }

    @Test
    void saysOfWhatNothingIsKnown() {
        assertThat(analyse("", Surroundings.unknown()).notKnown())
                .containsExactlyInAnyOrder(Aspect.values());
        assertThat(analyse("", Surroundings.outsideKubernetes()).notKnown())
                .containsExactlyInAnyOrder(Aspect.NAMESPACES, Aspect.SECRETS);
        assertThat(analyse(NAMESPACE.formatted("shop") + GROUP, Surroundings.unknown()).notKnown())
                .containsExactlyInAnyOrder(Aspect.SERVICES, Aspect.SECRETS);
    }

    @Test
    void tellsTheSameInEveryOrder() {
        var found =
                AnalysisCase.found().stream()
                        .map(AnalysisCase::read)
                        .flatMap(example -> example.resources().stream())
                        .toList();
        var shuffled = new ArrayList<>(found);
        // of two resources with one name the first counts
        var keys = new java.util.HashSet<Object>();
        shuffled.removeIf(read -> !keys.add(read.resource().key()));
        var expected = Analysis.of(shuffled, Surroundings.outsideKubernetes());

        Collections.shuffle(shuffled, new Random(7));

        assertThat(Analysis.of(shuffled, Surroundings.outsideKubernetes()).findings())
                .isEqualTo(expected.findings())
                .isNotEmpty();
    }

    @Test
    void tellsAThousandEqualMistakesAndCountsTheOthers() {
        var text = new StringBuilder();
        for (int i = 0; i < 1_003; i++) {
            text.append(NAMESPACE.formatted("n" + i));
        }

        var findings = analyse(text.toString(), Surroundings.unknown()).findings();

        assertThat(findings).hasSize(1_000);
        assertThat(findings)
                .filteredOn(finding -> finding.toString().contains("(and 3 more of these)"))
                .hasSize(1);
    }

    @Test
    void laterSurroundingsCountBeforeEarlierOnes() {
        var labelled =
                "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {istio-injection: enabled}}}";
        var known = Surroundings.of(read(NAMESPACE.formatted("shop")).objects());

        var analysis =
                Analysis.of(List.of(), known.with(Surroundings.of(read(labelled).objects())));

        assertThat(analysis.findings()).isEmpty();
    }

    @Test
    void reportHasTheGravestFirstAndCountsThem() {
        var analysis = analyse(OLD_POLICY + NAMESPACE.formatted("shop"), Surroundings.unknown());
        var judged =
                List.of(
                        new Problem(
                                Reason.MALFORMED_YAML,
                                null,
                                null,
                                FieldPath.ROOT,
                                "not YAML",
                                "correct it"),
                        new Problem(
                                Reason.CONFLICTING_POLICIES,
                                read(OLD_POLICY).result().resources().getFirst().resource().key(),
                                null,
                                FieldPath.SPEC,
                                "too many",
                                "take one out"));

        var report = AnalysisReport.of(judged, analysis);

        assertThat(report.summary()).isEqualTo(new AnalysisReport.Summary(1, 1, 2));
        assertThat(report.problems())
                .extracting(ProblemView::reason)
                .containsExactly(
                        "MalformedYaml",
                        "ConflictingPolicies",
                        "DeprecatedPolicy",
                        "NamespaceNotInjected");
        assertThat(report.problems())
                .extracting(ProblemView::alias)
                .containsExactly("IST0106", null, "IST0120", "IST0102");
        assertThat(report.problems().getLast().resource()).hasToString("Namespace shop");
        assertThat(report.problems().getLast().text())
                .startsWith("NamespaceNotInjected all.yaml:6 Namespace shop metadata.labels: ");
        assertThat(report.problems().getFirst().resource()).isNull();
        assertThat(report.notKnown()).containsExactly("services", "workloads", "secrets");
    }
}
