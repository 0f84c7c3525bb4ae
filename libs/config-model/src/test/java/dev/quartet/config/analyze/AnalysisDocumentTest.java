package dev.quartet.config.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Golden;
import dev.quartet.config.Reason;
import dev.quartet.config.Severity;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// `docs/analysis.md`: the table of what is told is made here, the table of Istio's codes that are not is held complete.
class AnalysisDocumentTest {
    private static final Path DOCUMENT = Path.of("../../docs/analysis.md");
    private static final String HEAD = "| Istio's code | Reason | | Finds | Has to know |\n";

    /// Codes that Istio's analysis has or had, from 1.4 on; 0124 and 0172 were never given.
    private static final List<Integer> CODES =
            List.of(codes(1, 2), codes(101, 123), codes(125, 171), codes(173, 177)).stream()
                    .flatMap(List::stream)
                    .toList();

    private static List<Integer> codes(int first, int last) {
        return IntStream.rangeClosed(first, last).boxed().toList();
    }

    @Test
    void listsAllThatIsTold() {
        var before = Golden.read(DOCUMENT);
        int head = before.indexOf(HEAD);
        int end = before.indexOf("\n\n", head);
        assertThat(head).isPositive();

        Golden.matches(DOCUMENT, before.substring(0, head) + table() + before.substring(end + 1));
    }

    private static String table() {
        var rows =
                Arrays.stream(Reason.values())
                        .filter(reason -> reason.alias() != null || isOfAnAnalyzer(reason))
                        .sorted(
                                Comparator.comparing(
                                                (Reason reason) -> String.valueOf(reason.alias()))
                                        .thenComparing(Reason::label))
                        .map(AnalysisDocumentTest::row)
                        .collect(Collectors.joining());
        return HEAD + "|---|---|---|---|---|\n" + rows;
    }

    private static boolean isOfAnAnalyzer(Reason reason) {
        return Analyzers.ALL.stream().anyMatch(it -> it.reasons().contains(reason));
    }

    private static String row(Reason reason) {
        return "| %s | %s | %s | %s | %s |\n"
                .formatted(
                        reason.alias() == null ? "-" : reason.alias(),
                        reason.label(),
                        severity(reason.severity()),
                        reason.explanation(),
                        needs(reason));
    }

    private static String severity(Severity severity) {
        return switch (severity) {
            case ERROR -> "error";
            case WARNING -> "warning";
            case INFO -> "note";
        };
    }

    private static String needs(Reason reason) {
        var analyzers = Analyzers.ALL.stream().filter(it -> it.reasons().contains(reason)).toList();
        if (analyzers.isEmpty()) {
            return "told at every change";
        }
        var needs = new TreeSet<Aspect>();
        analyzers.forEach(analyzer -> needs.addAll(analyzer.needs()));
        return needs.isEmpty()
                ? "-"
                : needs.stream().map(Aspect::label).collect(Collectors.joining(", "));
    }

    @Test
    void saysOfEveryCodeOfIstiosWhatBecameOfIt() {
        var said = new TreeSet<Integer>();
        Arrays.stream(Reason.values())
                .filter(reason -> reason.alias() != null)
                .forEach(reason -> said.add(number(String.valueOf(reason.alias()))));
        var rest = Golden.read(DOCUMENT);
        rest = rest.substring(rest.indexOf("\n## Istio's other codes\n"));
        var codes = Pattern.compile("IST([0-9]{4})").matcher(rest);
        while (codes.find()) {
            assertThat(said.add(number(codes.group())))
                    .as("%s is among the others only", codes.group())
                    .isTrue();
        }

        assertThat(said).containsExactlyElementsOf(CODES);
    }

    private static int number(String code) {
        return Integer.parseInt(code.substring(3));
    }
}
