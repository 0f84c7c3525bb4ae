package dev.quartet.imports;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.Severity;
import dev.quartet.config.check.ConfigSetChecker;
import dev.quartet.config.check.ResourceChecker;
import dev.quartet.config.read.Documents;
import dev.quartet.config.read.ResourceReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each folder of `testdata` holds what a user has (`input.yaml`; its first line says what the case shows), what is written
/// (`expected.yaml`; none where there is an error) and what he is told (`problems.txt`). `-Dgolden.update=true` rewrites both.
class ConversionCasesTest {
    private static final Path CASES = Path.of("src/test/resources/testdata");

    static List<Path> cases() {
        try (var files = Files.walk(CASES)) {
            return files.filter(file -> file.endsWith("input.yaml"))
                    .map(Path::getParent)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void converts(Path folder) {
        assertThat(read(folder.resolve("input.yaml"))).startsWith("# ");

        var conversion = convert(folder);

        matches(
                folder.resolve("problems.txt"),
                conversion.findings().stream()
                        .map(finding -> finding + "\n")
                        .collect(Collectors.joining()));
        matches(folder.resolve("expected.yaml"), conversion.hasErrors() ? "" : yaml(conversion));
        assertThat(conversion.findings())
                .allMatch(finding -> finding.problem().position() != null, "has a position");
    }

    /// Also of what the library has made where it found errors: what protects is worth no less then.
    @ParameterizedTest
    @MethodSource("cases")
    void writesWhatTheReaderAndTheChecksTake(Path folder) {
        var conversion = convert(folder);
        if (conversion.hasErrors()) {
            return;
        }

        var result = new ResourceReader().readYaml("converted.yaml", yaml(conversion));

        assertThat(result.problems()).isEmpty();
        var problems = new ArrayList<Problem>();
        result.resources().forEach(read -> problems.addAll(ResourceChecker.check(read)));
        problems.addAll(ConfigSetChecker.checkRead(result.resources(), List.of()));
        assertThat(problems).filteredOn(problem -> problem.severity() == Severity.ERROR).isEmpty();
        assertThat(result.plainResources())
                .isEqualTo(
                        conversion.documents().stream()
                                .<Resource<?>>map(Conversion.Document::resource)
                                .toList());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void leavesAloneWhatItHasWritten(Path folder) {
        var once = convert(folder);
        if (once.hasErrors()) {
            return;
        }

        var twice = Conversion.of(List.of(new SourceFile("input.yaml", yaml(once))), null);

        assertThat(yaml(twice)).isEqualTo(yaml(once));
        assertThat(twice.findings()).isEmpty();
    }

    /// Which file an object stands in, and in what order the files are named, changes the order of the documents and nothing else.
    @ParameterizedTest
    @MethodSource("cases")
    void makesTheSameOfFilesInAnyOrder(Path folder) {
        var whole = convert(folder);
        var parts = new ArrayList<SourceFile>();
        for (var part : Documents.split(read(folder.resolve("input.yaml")))) {
            parts.add(new SourceFile(parts.size() + ".yaml", part.text()));
        }
        if (whole.hasErrors() || folder.endsWith("passes-through")) {
            return;
        }
        Collections.shuffle(parts, new Random(7));

        var shuffled = Conversion.of(parts, null);

        assertThat(shuffled.documents())
                .extracting(Conversion.Document::resource)
                .containsExactlyInAnyOrderElementsOf(
                        whole.documents().stream()
                                .<Resource<?>>map(Conversion.Document::resource)
                                .toList());
    }

    private static Conversion convert(Path folder) {
        return Conversion.of(
                List.of(new SourceFile("input.yaml", read(folder.resolve("input.yaml")))), null);
    }

    private static String yaml(Conversion conversion) {
        return conversion.documents().stream()
                .map(Conversion.Document::yaml)
                .collect(Collectors.joining("---\n"));
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void matches(Path file, String actual) {
        if (Boolean.getBoolean("golden.update")) {
            try {
                if (actual.isEmpty()) {
                    Files.deleteIfExists(file);
                } else {
                    Files.writeString(file, actual);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        assertThat(actual)
                .as("%s (rewrite it with -Dgolden.update=true and look at the difference)", file)
                .isEqualTo(read(file));
    }
}
