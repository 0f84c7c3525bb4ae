package dev.quartet.imports.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.Severity;
import dev.quartet.config.check.ResourceChecker;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.config.write.ResourceWriter;
import dev.quartet.testkit.GoldenCases;
import dev.quartet.testkit.GoldenCases.Case;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a user writes, and what it becomes: the problems first, then each resource with the place it was made from.
class IngressCasesTest {
    static List<Case> cases() {
        return GoldenCases.under("testdata/ingress");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void translates(Case example) {
        example.matches(text(Documents.translated(example.in())));
    }

    /// Nobody reads it again on its way to the proxies, but everybody could.
    @ParameterizedTest
    @MethodSource("cases")
    void makesResourcesThatAreRight(Case example) {
        var made = Documents.translated(example.in()).resources();

        assertThat(made)
                .allSatisfy(read ->
                        assertThat(ResourceChecker.check(read))
                                .extracting(Problem::severity)
                                .doesNotContain(Severity.ERROR));
        var yaml =
                made.stream()
                        .map(read -> ResourceWriter.yaml(read.resource()))
                        .collect(Collectors.joining("---\n"));
        assertThat(new ResourceReader().readYaml("out.yaml", yaml).plainResources())
                .isEqualTo(made.stream().<Resource<?>>map(ReadResource::resource).toList());
    }

    private static String text(Translation translation) {
        var text = new StringBuilder();
        translation.problems().forEach(problem -> text.append("# ").append(problem).append('\n'));
        for (var read : translation.resources()) {
            text.append("---\n# of ").append(read.position()).append('\n');
            text.append(ResourceWriter.yaml(read.resource()));
        }
        return text.toString();
    }
}
