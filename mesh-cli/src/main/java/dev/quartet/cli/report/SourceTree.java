package dev.quartet.cli.report;

import dev.quartet.cli.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The modules of the reactor, and what to run of them.
///
/// @param modules paths as the root pom lists them
public record SourceTree(Path root, List<String> modules) {
    private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");
    private static final Pattern TAG = Pattern.compile("@Tag\\(\"(\\w+)\"\\)");
    private static final String END_TO_END = "tests/end-to-end";
    private static final String MESH_INIT = "mesh-init";
    private static final String API_SERVER = "apiserver";
    private static final String FUZZING = "tests/fuzzing";

    /// The tier by name; also what the names of its classes end with, so that no other run takes them.
    private static final String FUZZ = "fuzz";

    private static final int FUZZ_MINUTES = 10;

    /// The tier by name, and the tag of its tests, which run for five minutes in the whole suite.
    private static final String SOAK = "soak";

    private static final int SOAK_MINUTES = 60;

    /// Tests that run only when asked for, by the tag they have: what a whole machine is set up for.
    private static final Map<String, Set<Need>> ASIDE =
            Map.of(
                    "compose", EnumSet.of(Need.CONTAINERS),
                    "cluster", EnumSet.of(Need.CONTAINERS, Need.CLUSTER));

    /// @param builds Maven's arguments for what must be built first, one list per run
    /// @param tests Maven's arguments for the tests
    /// @param needs what they stand on
    public record Plan(List<List<String>> builds, List<String> tests, Set<Need> needs) {
        public Plan {
            builds = List.copyOf(builds);
            tests = List.copyOf(tests);
            needs = Set.copyOf(needs);
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

    /// @param parts `quick`, `apiserver`, `compose`, `cluster`, `fuzz`, `soak`, module names or test classes; empty for all
    /// @throws Failure naming a part that is none
    public Plan select(List<String> parts) throws IOException {
        return select(parts, null);
    }

    /// @param minutes for each target of `fuzz`, or each test of `soak`; null when not said
    public Plan select(List<String> parts, @Nullable Integer minutes) throws IOException {
        if (parts.equals(List.of(FUZZ))) {
            return fuzz(minutes == null ? FUZZ_MINUTES : minutes);
        }
        if (parts.equals(List.of(SOAK))) {
            return soak(minutes == null ? SOAK_MINUTES : minutes);
        }
        if (minutes != null) {
            throw new Failure(
                    "--minutes is for fuzz and soak only",
                    "leave it out, or run mesh test fuzz or mesh test soak",
                    2);
        }
        if (parts.isEmpty()) {
            return new Plan(
                    List.of(),
                    List.of("verify"),
                    EnumSet.of(Need.PROMETHEUS, Need.NAMESPACES, Need.API_SERVER));
        }
        if (parts.size() == 1) {
            var tier = parts.getFirst();
            if (tier.equals("quick")) {
                return new Plan(
                        List.of(),
                        List.of("verify", "-De2e.groups=quick", "-DexcludedGroups=" + API_SERVER),
                        EnumSet.of(Need.PROMETHEUS, Need.NAMESPACES));
            }
            if (tier.equals(API_SERVER)) {
                return apiServer();
            }
            var needs = ASIDE.get(tier);
            if (needs != null) {
                return new Plan(
                        List.of(List.of("install", "-Pimages", "-Dfast", "-DskipTests")),
                        List.of(
                                "verify",
                                "-pl",
                                END_TO_END,
                                "-De2e.groups=" + tier,
                                "-De2e.excluded="),
                        needs);
            }
        }
        return modulesAndClasses(parts);
    }

    private static Plan fuzz(int minutes) {
        if (minutes < 1) {
            throw new Failure("fuzzing takes at least a minute", "give --minutes 1 or more", 2);
        }
        return new Plan(
                List.of(List.of("install", "-Dfast", "-DskipTests", "-pl", FUZZING, "-am")),
                List.of("verify", "-pl", FUZZING, "-Dtest=*Fuzz", "-Dfuzz.minutes=" + minutes),
                Set.of());
    }

    private static Plan soak(int minutes) {
        if (minutes < 5) {
            throw new Failure(
                    "soaking takes at least five minutes, as in the whole suite",
                    "give --minutes 5 or more",
                    2);
        }
        return new Plan(
                List.of(List.of("install", "-Dfast", "-DskipTests")),
                List.of(
                        "verify",
                        "-pl",
                        END_TO_END,
                        "-De2e.groups=" + SOAK,
                        "-Dsoak.minutes=" + minutes),
                Set.of());
    }

    private Plan apiServer() throws IOException {
        var on = new ArrayList<String>();
        for (var module : modules) {
            if (tagged(tests(module)).contains(API_SERVER)) {
                on.add(module);
            }
        }
        var list = String.join(",", on);
        return new Plan(
                List.of(List.of("install", "-Dfast", "-DskipTests", "-pl", list, "-am")),
                List.of("verify", "-pl", list, "-Dgroups=" + API_SERVER),
                EnumSet.of(Need.API_SERVER));
    }

    private Plan modulesAndClasses(List<String> parts) throws IOException {
        var wanted = new TreeSet<String>();
        var classes = new ArrayList<String>();
        var tags = new TreeSet<String>();
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
                tags.addAll(tagged(tests(module.get())));
                tags.removeAll(ASIDE.keySet());
            } else {
                wanted.add(moduleOf(part));
                classes.add(part);
            }
        }
        for (var type : classes) {
            tags.addAll(tagged(filesOf(type, moduleOf(type))));
        }
        var list = String.join(",", wanted);
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
        if (tags.stream().anyMatch(ASIDE::containsKey)) {
            run.add("-De2e.excluded=");
        }
        return new Plan(List.of(dependencies(wanted, tags)), run, needs(wanted, tags));
    }

    /// What these modules depend on is built and put into the local repository first, without its tests.
    private static List<String> dependencies(Set<String> wanted, Set<String> tags) {
        var build = new ArrayList<>(List.of("install", "-Dfast", "-DskipTests"));
        if (tags.stream().anyMatch(ASIDE::containsKey)) {
            build.add("-Pimages");
        }
        if (!wanted.contains(END_TO_END)) {
            build.addAll(List.of("-pl", String.join(",", wanted), "-am"));
        }
        return build;
    }

    private static Set<Need> needs(Set<String> wanted, Set<String> tags) {
        var needs = EnumSet.noneOf(Need.class);
        if (wanted.contains(END_TO_END)) {
            needs.add(Need.PROMETHEUS);
        }
        if (wanted.contains(MESH_INIT)) {
            needs.add(Need.NAMESPACES);
        }
        if (tags.contains(API_SERVER)) {
            needs.add(Need.API_SERVER);
        }
        tags.forEach(tag -> needs.addAll(ASIDE.getOrDefault(tag, Set.of())));
        return needs;
    }

    /// The tags in these files.
    private static Set<String> tagged(List<Path> files) throws IOException {
        var tags = new TreeSet<String>();
        for (var file : files) {
            TAG.matcher(Files.readString(file)).results().forEach(tag -> tags.add(tag.group(1)));
        }
        return tags;
    }

    private List<Path> filesOf(String testClass, String module) throws IOException {
        return tests(module).stream().filter(file -> file.endsWith(testClass + ".java")).toList();
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
                if (!filesOf(testClass, module).isEmpty()) {
                    return module;
                }
            }
        }
        throw new Failure(
                "there is no part \"" + testClass + "\" to test",
                "use quick, apiserver, compose, cluster, fuzz, soak, a test class, or one of "
                        + modules.stream()
                                .map(path -> path.substring(path.lastIndexOf('/') + 1))
                                .collect(Collectors.joining(", ")),
                2);
    }
}
