package dev.quartet.config.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Golden;
import dev.quartet.config.Reason;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each file of `testdata/analysis` is a mistake, named in its first line; the `.problems` file beside it holds what the user
/// reads. Each of `testdata/analysis-silent` is right, and near to the mistake that it names.
class AnalyzersTest {
    static List<Path> found() {
        return AnalysisCase.found();
    }

    static List<Path> silent() {
        return AnalysisCase.silent();
    }

    @ParameterizedTest
    @MethodSource("found")
    void findsWhatIsProbablyNotMeant(Path file) {
        var example = AnalysisCase.read(file);

        var findings = example.analyse().findings();

        assertThat(findings)
                .extracting(finding -> finding.problem().reason())
                .contains(example.reason());
        assertThat(findings).allMatch(it -> it.problem().position() != null, "has a position");
        Golden.matches(
                Path.of(file.toString().replace(".yaml", ".problems")),
                findings.stream().map(it -> it + "\n").collect(Collectors.joining()));
    }

    @ParameterizedTest
    @MethodSource("silent")
    void saysNothingOfWhatIsRight(Path file) {
        assertThat(AnalysisCase.read(file).analyse().findings()).isEmpty();
    }

    @Test
    void everyReasonOfEveryAnalyzerHasACaseThatItFindsAndOneThatItDoesNot() {
        var cases = found().stream().map(AnalysisCase::read).toList();
        var right = silent().stream().map(file -> AnalysisCase.read(file).reason()).toList();

        for (var analyzer : Analyzers.ALL) {
            var found = EnumSet.noneOf(Reason.class);
            for (var example : cases) {
                example.by(analyzer).forEach(it -> found.add(it.problem().reason()));
            }
            assertThat(found)
                    .as("what %s finds in the cases", analyzer.getClass().getSimpleName())
                    .isEqualTo(EnumSet.copyOf(analyzer.reasons()));
            assertThat(right)
                    .as("what is right for %s", analyzer.getClass().getSimpleName())
                    .containsAll(analyzer.reasons());
        }
    }

    @Test
    void keepsNoGoldenFileWithoutItsCase() {
        for (var golden : Golden.files("analysis", ".problems")) {
            assertThat(Path.of(golden.toString().replace(".problems", ".yaml"))).exists();
        }
    }
}
