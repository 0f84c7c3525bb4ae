package dev.quartet.config.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Golden;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.analyze.AnalysisCase;
import dev.quartet.config.check.RuleSites.Site;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.read.ResourceReader;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Every rule has a case that breaks it: `testdata/rules.md` lists both, and is made here. [dev.quartet.config.FieldsTest] holds
/// that every field stands in a case that is right.
class RulesTest {
    private static final String PACKAGE = "dev.quartet.config.";
    private static final Set<String> NOT_THE_RULES =
            Set.of("Problems", "Values", "Report", "AnalysisCase");

    private final Map<Place, TreeSet<String>> broken = new TreeMap<>();

    private record Place(String type, int line) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            return Comparator.comparing(Place::type)
                    .thenComparing(Place::line)
                    .compare(this, other);
        }
    }

    @Test
    void everyRuleHasACaseThatBreaksIt() {
        Stream.of("invalid", "warned", "set").forEach(this::breakRules);
        for (var file : Golden.files("analysis", ".yaml")) {
            AnalysisCase.read(file).trace(() -> trace("analysis", file));
        }

        var table = new LinkedHashMap<String, String>();
        var counters = new TreeMap<String, Integer>();
        for (var site : RuleSites.in(RuleSites.rules(Path.of("src/main/java")))) {
            var method = site.type() + "." + site.method();
            var number = counters.merge(method, 1, Integer::sum);
            var cases = broken.get(new Place(site.type(), (int) site.line()));
            table.put(
                    row(site, number),
                    cases == null ? "" : cases.stream().limit(3).collect(Collectors.joining(", ")));
        }
        var gaps =
                table.entrySet().stream()
                        .filter(row -> row.getValue().isEmpty())
                        .map(Map.Entry::getKey)
                        .toList();
        assertThat(gaps).as("rules without a case that breaks them").isEmpty();
        Golden.matches(
                Path.of("src/test/resources/testdata/rules.md"),
                "# Rules and the cases that break them\n\nMade from the sources and the cases by RulesTest; up to three cases for a rule.\n\n| Rule | Says | Cases |\n|---|---|---|\n"
                        + table.entrySet().stream()
                                .map(row -> "| %s | %s |\n".formatted(row.getKey(), row.getValue()))
                                .collect(Collectors.joining()));
    }

    private static String row(Site site, int number) {
        return "%s.%s %d | %s"
                .formatted(site.type(), site.method(), number, site.words().replace("|", "\\|"));
    }

    private void breakRules(String folder) {
        for (var file : Golden.files(folder, ".yaml")) {
            var name = name(folder, file);
            var result =
                    new ResourceReader().readYaml(file.getFileName().toString(), Golden.read(file));
            result.resources().stream()
                    .map(ReadResource::resource)
                    .forEach(resource ->
                            ResourceChecker.check(resource, new Traced(resource.key(), name)));
            new ConfigSetChecker(() -> new TracedSet(name)).check(result.resources(), List.of());
        }
    }

    private static String name(String folder, Path file) {
        return folder + "/" + file.getFileName().toString().replace(".yaml", "");
    }

    private void trace(String folder, Path file) {
        trace(name(folder, file));
    }

    private void trace(String name) {
        StackWalker.getInstance()
                .walk(frames ->
                        frames.filter(frame -> frame.getClassName().startsWith(PACKAGE))
                                .map(frame -> new Place(simple(frame), frame.getLineNumber()))
                                .filter(place ->
                                        !place.type().endsWith("Test")
                                                && !NOT_THE_RULES.contains(place.type()))
                                .findFirst())
                .ifPresent(place -> broken.computeIfAbsent(place, p -> new TreeSet<>()).add(name));
    }

    private static String simple(StackWalker.StackFrame frame) {
        return frame.getClassName().replaceFirst(".*\\.", "").replaceFirst("\\$.*", "");
    }

    private final class Traced extends Problems {
        private final String name;

        Traced(ResourceKey resource, String name) {
            super(resource);
            this.name = name;
        }

        @Override
        public void add(Reason reason, FieldPath path, String fault, String fix) {
            trace(name);
            super.add(reason, path, fault, fix);
        }
    }

    private final class TracedSet extends SetProblems {
        private final String name;

        TracedSet(String name) {
            this.name = name;
        }

        @Override
        void add(Reason reason, ReadResource resource, FieldPath path, String fault, String fix) {
            trace(name);
            super.add(reason, resource, path, fault, fix);
        }
    }
}
