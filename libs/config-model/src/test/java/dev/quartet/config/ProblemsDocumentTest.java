package dev.quartet.config;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ProblemsDocumentTest {
    @Test
    void documentsEveryReason() {
        var text = new StringBuilder();
        text.append("# Problems\n\n");
        text.append(
                "What Quartet says about a resource. Every message has the reason, the file and line, the resource, the\n");
        text.append(
                "field, what is wrong and what to do. An error refuses the resource, and with it the whole set it was\n");
        text.append(
                "applied with; a warning lets it in. Some are told by [mesh analyze](analysis.md) alone.\n");
        text.append("This page is made from `Reason` (config-model).\n");
        for (var severity : Severity.values()) {
            var reasons =
                    Arrays.stream(Reason.values())
                            .filter(reason -> reason.severity() == severity)
                            .toList();
            if (!reasons.isEmpty()) {
                text.append("\n## ").append(title(severity)).append('\n');
                text.append(
                        reasons.stream()
                                .map(ProblemsDocumentTest::section)
                                .collect(Collectors.joining()));
            }
        }
        Golden.matches(Path.of("../../docs/problems.md"), text.toString());
    }

    private static String section(Reason reason) {
        return "\n### "
                + reason.label()
                + "\n\n"
                + reason.explanation()
                + (reason.alias() == null ? "" : " Istio calls it " + reason.alias() + ".")
                + "\n";
    }

    private static String title(Severity severity) {
        return switch (severity) {
            case ERROR -> "Errors";
            case WARNING -> "Warnings";
            case INFO -> "Notes";
        };
    }
}
