package dev.quartet.e2e;

import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// The table "Each service alone" of README.md.
final class AloneTable {
    private static final Pattern LINE =
            Pattern.compile("\\| (\\w+) \\| `java -jar (\\S+)` \\| (.+) \\| (.+) \\|");

    /// @param jar in the source tree
    /// @param waitsFor what readiness names, each at the ports of a mesh without an offset; empty for one that is ready at once
    record Row(FiveServices.Service service, String jar, List<String> waitsFor) {}

    private AloneTable() {}

    static List<Row> rows() {
        try {
            var rows = new ArrayList<Row>();
            var lines = LINE.matcher(Files.readString(SourceTree.root().resolve("README.md")));
            while (lines.find()) {
                rows.add(
                        new Row(
                                FiveServices.Service.valueOf(
                                        lines.group(1).toUpperCase(Locale.ROOT)),
                                lines.group(2),
                                waitsFor(lines.group(4))));
            }
            return rows;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static Row of(FiveServices.Service service) {
        return rows().stream()
                .filter(row -> row.service() == service)
                .findFirst()
                .orElseThrow(() -> new AssertionError("README.md's table has no " + service));
    }

    /// What stands behind a comma explains.
    private static List<String> waitsFor(String cell) {
        return cell.startsWith("nothing")
                ? List.of()
                : List.of(cell.split("; ")).stream()
                        .map(what -> what.replaceFirst(",.*", ""))
                        .toList();
    }
}
