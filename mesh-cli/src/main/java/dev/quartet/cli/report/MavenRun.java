package dev.quartet.cli.report;

import dev.quartet.cli.print.Stages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Runs Maven on the source tree; its output goes to a log, its progress to the stages.
public final class MavenRun {
    private static final Pattern MODULE =
            Pattern.compile("\\[INFO\\] Building (?:Quartet :: )?(\\S+).*\\[(\\d+/\\d+)\\]");
    private static final Pattern TESTS =
            Pattern.compile(
                    "Tests run: (\\d+), Failures: (\\d+), Errors: (\\d+), Skipped: (\\d+).*Time elapsed: ([\\d.,]+) s.* -- in (\\S+)");

    /// What tests of classes that take minutes print as they end.
    private static final Pattern TEST = Pattern.compile("\\[TEST\\] (\\S+) (.*)");

    private static final int MAX_ERRORS = 25;

    private final Path root;
    private final Path log;
    private final Stages stages;
    private final List<String> errors = new ArrayList<>();

    /// @param log is written anew
    public MavenRun(Path root, Path log, Stages stages) throws IOException {
        this.root = root;
        this.log = log;
        this.stages = stages;
        Files.deleteIfExists(log);
    }

    public Path log() {
        return log;
    }

    /// The lines that Maven marks as errors, the first ones.
    public List<String> errors() {
        return errors.stream().limit(MAX_ERRORS).toList();
    }

    /// A failed test does not end the run: the reports say it.
    ///
    /// @param variables of the environment, for the tests
    /// @return Maven's exit code
    public int run(List<String> arguments, Map<String, String> variables)
            throws IOException, InterruptedException {
        var command =
                new ArrayList<>(
                        List.of(
                                root.resolve("mvnw").toString(),
                                "-B",
                                "-ntp",
                                "-Dmaven.test.failure.ignore=true"));
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).directory(root.toFile());
        builder.environment().putAll(variables);
        // What the tests start with ./mesh is what this run has built.
        builder.environment().put("MESH_NO_BUILD", "1");
        return LoggedRun.of(builder, log, this::show);
    }

    private void show(String line) {
        var module = module(line);
        if (module.isPresent()) {
            stages.waiting(module.get());
            return;
        }
        var test = TEST.matcher(line);
        if (test.find()) {
            stages.done(test.group(1), test.group(2));
            return;
        }
        var tests = tests(line);
        if (tests.isPresent()) {
            stages.done(tests.get().failed() == 0 ? "ok" : "FAILED", tests.get().text());
        } else if (line.startsWith("[ERROR]")
                && line.length() > 8
                && !line.contains("Tests run:")) {
            errors.add(line.substring(8));
        }
    }

    static Optional<String> module(String line) {
        var matcher = MODULE.matcher(line);
        return matcher.find()
                ? Optional.of("%s %s".formatted(matcher.group(2), matcher.group(1)))
                : Optional.empty();
    }

    record Tests(String type, int run, int failed, int skipped, String seconds) {
        String text() {
            var parts = new ArrayList<String>();
            parts.add((run - failed - skipped) + " passed");
            if (failed > 0) {
                parts.add(failed + " failed");
            }
            if (skipped > 0) {
                parts.add(skipped + " skipped");
            }
            return "%s: %s, %s s".formatted(type, String.join(", ", parts), seconds);
        }
    }

    static Optional<Tests> tests(String line) {
        var matcher = TESTS.matcher(line);
        if (!matcher.find()) {
            return Optional.empty();
        }
        var type = matcher.group(6);
        return Optional.of(
                new Tests(
                        type.substring(type.lastIndexOf('.') + 1),
                        Integer.parseInt(matcher.group(1)),
                        Integer.parseInt(matcher.group(2)) + Integer.parseInt(matcher.group(3)),
                        Integer.parseInt(matcher.group(4)),
                        matcher.group(5)));
    }
}
