package dev.quartet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Folders that each show one thing: `in.yaml` is what a user writes, and its first line, a comment, says what the case
/// shows; `out.yaml` is what becomes of it. A case with several outputs has `out-<part>.yaml` files.
///
/// ```java
/// static List<Case> cases() { return GoldenCases.under("testdata/route"); }
///
/// @ParameterizedTest @MethodSource("cases")
/// void translates(Case example) { example.matches(translate(example.in())); }
/// ```
///
/// With `-Dgolden.update` outputs are written, not compared, and outputs that nothing makes any more are deleted; the diff is then
/// reviewed as code. Files are read from `src/test/resources` of the module, not from the class path, so that both are one file.
public final class GoldenCases {
    private static final String IN = "in.yaml";

    private GoldenCases() {}

    /// All cases below `path`, sorted; at any depth.
    ///
    /// @throws AssertionError when there is none, when one does not say what it shows, or when an output has no input
    public static List<Case> under(String path) {
        return under(resources().resolve(path), updating());
    }

    static List<Case> under(Path folder, boolean updating) {
        if (!Files.isDirectory(folder)) {
            throw new AssertionError("there are no golden cases: " + folder + " is no folder");
        }
        var cases = new ArrayList<Case>();
        for (var directory : directories(folder)) {
            if (Files.exists(directory.resolve(IN))) {
                cases.add(new Case(folder.relativize(directory).toString(), directory, updating));
            } else {
                orphans(directory, outputs(directory), updating);
            }
        }
        if (cases.isEmpty()) {
            throw new AssertionError(
                    "there are no golden cases below "
                            + folder
                            + ": a case is a folder with an in.yaml");
        }
        cases.forEach(Case::title);
        return List.copyOf(cases);
    }

    /// One folder.
    ///
    /// @param name its path below the one that was asked for
    public record Case(String name, Path folder, boolean updating) {
        /// What the case shows: the first line of its input.
        public String title() {
            var first = in().lines().findFirst().orElse("");
            if (!first.startsWith("# ")) {
                throw new AssertionError(
                        folder.resolve(IN)
                                + ":1: the first line is to say what the case shows, as a comment");
            }
            return first.substring(2).strip();
        }

        public String in() {
            return text(folder.resolve(IN));
        }

        public Path inFile() {
            return folder.resolve(IN);
        }

        /// Compares with `out.yaml`.
        ///
        /// @throws AssertionError that shows the lines that differ
        public void matches(String output) {
            matches(Map.of("", output));
        }

        /// Compares with `out-<part>.yaml` for each part; the part with the empty name is `out.yaml`. These are all: another
        /// output in the folder is an orphan.
        public void matches(Map<String, String> outputsByPart) {
            var wanted = new TreeMap<String, String>();
            outputsByPart.forEach((part, output) ->
                    wanted.put(
                            part.isEmpty() ? "out.yaml" : "out-" + part + ".yaml", ended(output)));
            orphans(
                    folder,
                    outputs(folder).stream()
                            .filter(file -> !wanted.containsKey(file.getFileName().toString()))
                            .toList(),
                    updating);
            var differences = new ArrayList<String>();
            wanted.forEach((file, output) -> {
                var path = folder.resolve(file);
                if (updating) {
                    write(path, output);
                } else if (!Files.exists(path)) {
                    differences.add(
                            path
                                    + " is missing; -Dgolden.update writes it. It would be:\n"
                                    + output);
                } else if (!text(path).equals(output)) {
                    differences.add(
                            path + " (" + title() + "):\n" + LineDiff.of(text(path), output));
                }
            });
            if (!differences.isEmpty()) {
                throw new AssertionError(
                        String.join("\n", differences)
                                + "\n-Dgolden.update writes what is there now (+)");
            }
        }

        /// The name: what a test report shows.
        @Override
        public String toString() {
            return name;
        }
    }

    static boolean updating() {
        var value = System.getProperty("golden.update");
        return value != null && !value.equals("false") && !value.startsWith("${");
    }

    private static Path resources() {
        return Path.of(System.getProperty("basedir", ""), "src", "test", "resources")
                .toAbsolutePath();
    }

    private static void orphans(Path folder, List<Path> orphans, boolean updating) {
        if (orphans.isEmpty()) {
            return;
        }
        if (!updating) {
            throw new AssertionError(
                    orphans.stream().map(Path::toString).collect(Collectors.joining(", "))
                            + ": nothing makes this any more; -Dgolden.update deletes it");
        }
        try {
            for (var orphan : orphans) {
                Files.delete(orphan);
            }
            try (var rest = Files.list(folder)) {
                if (rest.findAny().isPresent()) {
                    return;
                }
            }
            Files.delete(folder);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static List<Path> outputs(Path folder) {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches("out(-.+)?\\.yaml"))
                    .sorted()
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static List<Path> directories(Path folder) {
        try (var all = Files.walk(folder)) {
            return all.filter(Files::isDirectory).sorted(Comparator.naturalOrder()).toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String ended(String text) {
        return text.isEmpty() || text.endsWith("\n") ? text : text + "\n";
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void write(Path file, String text) {
        try {
            if (!Files.exists(file) || !Files.readString(file).equals(text)) {
                Files.writeString(file, text);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
