package dev.quartet.imports;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Severity;
import dev.quartet.config.check.ResourceChecker;
import dev.quartet.config.read.ResourceReader;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/// The cases, damaged: words are taken from elsewhere, lines are lost, moved and doubled. Nothing makes the conversion throw, and what it
/// writes is read without an error.
class ConversionFuzzTest {
    private static final List<String> WORDS =
            List.of(
                    "*",
                    "null",
                    "[]",
                    "{}",
                    "~",
                    "-1",
                    "a*b",
                    "\"\"",
                    "istio-system",
                    "[[]]",
                    "!!int x");

    private final List<List<String>> cases = new ArrayList<>();

    ConversionFuzzTest() throws IOException {
        for (var folder : ConversionCasesTest.cases()) {
            cases.add(Files.readAllLines(folder.resolve("input.yaml")));
        }
    }

    @Property(tries = 3_000)
    void damagedFilesAreToldOrConverted(@ForAll long seed) {
        var random = new Random(seed);
        var text = damaged(random);

        var conversion = Conversion.of(List.of(new SourceFile("damaged.yaml", text)), null);

        if (conversion.hasErrors()) {
            return;
        }
        var yaml =
                conversion.documents().stream()
                        .map(Conversion.Document::yaml)
                        .collect(Collectors.joining("---\n"));
        var result = new ResourceReader().readYaml("converted.yaml", yaml);
        assertThat(result.problems()).as(text).isEmpty();
        assertThat(result.resources()).as(text).hasSameSizeAs(conversion.documents());
        for (var read : result.resources()) {
            assertThat(ResourceChecker.check(read))
                    .as(text)
                    .filteredOn(problem -> problem.severity() == Severity.ERROR)
                    .isEmpty();
        }
    }

    private String damaged(Random random) {
        var lines = new ArrayList<>(cases.get(random.nextInt(cases.size())));
        for (int i = random.nextInt(4); i >= 0; i--) {
            var at = random.nextInt(lines.size());
            var other = cases.get(random.nextInt(cases.size()));
            switch (random.nextInt(5)) {
                case 0 -> lines.remove(at);
                case 1 -> lines.add(at, lines.get(random.nextInt(lines.size())));
                case 2 -> lines.set(at, other.get(random.nextInt(other.size())));
                case 3 ->
                        lines.set(
                                at,
                                replaced(
                                        lines.get(at),
                                        WORDS.get(random.nextInt(WORDS.size())),
                                        random));
                default -> lines.addAll(other);
            }
            if (lines.isEmpty()) {
                lines.add("");
            }
        }
        return String.join("\n", lines) + "\n";
    }

    /// One of the line's words, in the place of which another stands.
    private static String replaced(String line, String word, Random random) {
        var starts = new ArrayList<Integer>();
        for (int i = 1; i < line.length(); i++) {
            if (Character.isLetterOrDigit(line.charAt(i))
                    && !Character.isLetterOrDigit(line.charAt(i - 1))) {
                starts.add(i);
            }
        }
        if (starts.isEmpty()) {
            return word;
        }
        int from = starts.get(random.nextInt(starts.size()));
        int to = from;
        while (to < line.length() && Character.isLetterOrDigit(line.charAt(to))) {
            to++;
        }
        return line.substring(0, from) + word + line.substring(to);
    }
}
