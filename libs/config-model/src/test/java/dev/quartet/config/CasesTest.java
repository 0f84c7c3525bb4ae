package dev.quartet.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.check.ConfigSetChecker;
import dev.quartet.config.check.ResourceChecker;
import dev.quartet.config.read.ReadResult;
import dev.quartet.config.read.ResourceReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each file in `testdata` is what a user writes; its first line names the problem it must raise, and the `.problems` file
/// beside it holds every word that the user then reads.
class CasesTest {
    private final ResourceReader reader = new ResourceReader();

    static List<Path> invalid() {
        return Golden.files("invalid", ".yaml");
    }

    static List<Path> warned() {
        return Golden.files("warned", ".yaml");
    }

    static List<Path> set() {
        return Golden.files("set", ".yaml");
    }

    static List<Path> valid() {
        return Golden.files("valid", ".yaml", ".json");
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void refusesInvalid(Path file) {
        var problems = problemsOf(read(file));

        assertThat(problems).anyMatch(problem -> problem.severity() == Severity.ERROR);
        matches(file, problems);
    }

    @ParameterizedTest
    @MethodSource("warned")
    void letsInWithAWarning(Path file) {
        var problems = problemsOf(read(file));

        assertThat(problems).noneMatch(problem -> problem.severity() == Severity.ERROR);
        matches(file, problems);
    }

    @ParameterizedTest
    @MethodSource("set")
    void findsWhatDoesNotFitTogether(Path file) {
        var result = read(file);
        assertThat(problemsOf(result))
                .allMatch(problem -> problem.reason() == Reason.NOT_SUPPORTED_YET);

        matches(file, ConfigSetChecker.checkRead(result.resources(), List.of()));
    }

    @ParameterizedTest
    @MethodSource("valid")
    void takesValidWithoutAWord(Path file) {
        var result = read(file);

        assertThat(result.resources()).isNotEmpty();
        assertThat(problemsOf(result)).isEmpty();
        assertThat(ConfigSetChecker.checkRead(result.resources(), List.of())).isEmpty();
    }

    @Test
    void keepsNoGoldenFileWithoutItsCase() {
        for (var folder : List.of("invalid", "warned", "set")) {
            for (var golden : Golden.files(folder, ".problems")) {
                assertThat(Path.of(golden.toString().replace(".problems", ".yaml"))).exists();
            }
        }
    }

    private ReadResult read(Path file) {
        assertThat(Files.isReadable(file)).isTrue();
        return reader.readYaml(file.getFileName().toString(), Golden.read(file));
    }

    private static List<Problem> problemsOf(ReadResult result) {
        var problems = new ArrayList<>(result.problems());
        result.resources().forEach(resource -> problems.addAll(ResourceChecker.check(resource)));
        return problems;
    }

    private static void matches(Path file, List<Problem> problems) {
        var expected =
                Golden.read(file)
                        .lines()
                        .findFirst()
                        .orElseThrow()
                        .replaceFirst("# (\\w+):.*", "$1");
        assertThat(problems).extracting(problem -> problem.reason().label()).contains(expected);
        assertThat(problems).allMatch(problem -> problem.position() != null, "has a position");
        var text = problems.stream().map(problem -> problem + "\n").collect(Collectors.joining());
        Golden.matches(Path.of(file.toString().replace(".yaml", ".problems")), text);
    }
}
