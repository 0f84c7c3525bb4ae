package dev.quartet.cli.report;

import dev.quartet.cli.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The modules of the reactor, and what to run of them.
///
/// @param modules paths as the root pom lists them
public record SourceTree(Path root, List<String> modules) {
    private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");
    private static final String END_TO_END = "tests/end-to-end";
    private static final String API_SERVER = "apiserver";
    private static final Pattern ON_API_SERVER = Pattern.compile("@Tag\\(\"apiserver\"\\)");

    /// @param runs Maven's arguments, one list per run, in order
    /// @param endToEnd whether the end-to-end tests are among them
    /// @param apiServer whether tests on a kube-apiserver are among them
    public record Plan(List<List<String>> runs, boolean endToEnd, boolean apiServer) {
        /// The programs that the tests start.
        public Set<String> programs() {
            var programs = new TreeSet<String>();
            if (endToEnd) {
                programs.add("prometheus");
            }
            if (apiServer) {
                programs.add("etcd");
            }
            return programs;
        }
    }

    public static SourceTree read(Path root) throws IOException {
        var matcher = MODULE.matcher(Files.readString(root.resolve("pom.xml")));
        var modules = new ArrayList<String>();
        while (matcher.find()) {
            modules.add(matcher.group(1));
        }
        return new SourceTree(root, modules);
    }

    /// @param parts `quick`, `apiserver`, module names or test classes; empty for all
    /// @throws Failure naming a part that is none
    public Plan select(List<String> parts) throws IOException {
        if (parts.isEmpty()) {
            return new Plan(List.of(List.of("verify")), true, true);
        }
        if (parts.equals(List.of("quick"))) {
            return new Plan(
                    List.of(List.of("verify", "-De2e.groups=quick", "-DexcludedGroups=apiserver")),
                    true,
                    false);
        }
        if (parts.equals(List.of(API_SERVER))) {
            var list = String.join(",", onApiServer(modules));
            return new Plan(
                    List.of(
                            List.of("install", "-Dfast", "-DskipTests", "-pl", list, "-am"),
                            List.of("verify", "-pl", list, "-Dgroups=apiserver")),
                    false,
                    true);
        }
        var wanted = new ArrayList<String>();
        var classes = new ArrayList<String>();
        for (var part : parts) {
            var module =
                    modules.stream()
                            .filter(path ->
                                    path.equals(part)
                                            || path.substring(path.lastIndexOf('/') + 1)
                                                    .equals(part))
                            .findFirst();
            if (module.isPresent()) {
                wanted.add(module.get());
            } else {
                wanted.add(moduleOf(part));
                classes.add(part);
            }
        }
        var list = wanted.stream().distinct().collect(Collectors.joining(","));
        var run = new ArrayList<>(List.of("verify", "-pl", list));
        if (!classes.isEmpty()) {
            var names = String.join(",", classes);
            run.addAll(
                    List.of(
                            "-Dtest=" + names,
                            "-Dit.test=" + names,
                            "-Dsurefire.failIfNoSpecifiedTests=false",
                            "-Dfailsafe.failIfNoSpecifiedTests=false"));
        }
        // What they depend on is built and put into the local repository first, without its tests.
        var dependencies =
                wanted.contains(END_TO_END)
                        ? List.of("install", "-Dfast", "-DskipTests")
                        : List.of("install", "-Dfast", "-DskipTests", "-pl", list, "-am");
        return new Plan(
                List.of(dependencies, run),
                wanted.contains(END_TO_END),
                !onApiServer(wanted).isEmpty());
    }

    /// Those of the modules that have tests on a kube-apiserver.
    private List<String> onApiServer(List<String> among) throws IOException {
        var found = new ArrayList<String>();
        for (var module : among) {
            for (var test : tests(module)) {
                if (ON_API_SERVER.matcher(Files.readString(test)).find()) {
                    found.add(module);
                    break;
                }
            }
        }
        return found;
    }

    private List<Path> tests(String module) throws IOException {
        var folder = root.resolve(module).resolve("src/test/java");
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }

    private String moduleOf(String testClass) throws IOException {
        if (testClass.matches("\\w+")) {
            for (var module : modules) {
                if (tests(module).stream().anyMatch(file -> file.endsWith(testClass + ".java"))) {
                    return module;
                }
            }
        }
        throw new Failure(
                "there is no part \"" + testClass + "\" to test",
                "use quick, apiserver, a test class, or one of "
                        + modules.stream()
                                .map(path -> path.substring(path.lastIndexOf('/') + 1))
                                .collect(Collectors.joining(", ")),
                2);
    }
}
