package dev.quartet.cli.report;

import dev.quartet.cli.Failure;
import dev.quartet.cli.local.Home;
import dev.quartet.cli.print.Stages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// The images, and the Docker engine that tests run them on: the one that `DOCKER_HOST` names, or one of our own, which needs root
/// and Debian (`tests/containers`) and ends with [#close()].
final class Containers implements AutoCloseable {
    private static final String DOCKER_HOST = "DOCKER_HOST";

    /// How our scripts begin what they refuse: `images: …`.
    private static final Pattern REFUSAL = Pattern.compile("[a-z-]+: (.*)");

    private final Home home;
    private final String given;
    private final Stages stages;
    private final Path log;
    private final Path folder;
    private boolean ended;

    Containers(Home home, Map<String, String> environment, Stages stages) throws IOException {
        this.home = home;
        this.given = environment.getOrDefault(DOCKER_HOST, "");
        this.stages = stages;
        this.log = home.logs().resolve("containers.log");
        this.folder = home.shared("containers");
        Files.deleteIfExists(log);
    }

    /// Whether the engine is one of our own.
    boolean own() {
        return given.isEmpty();
    }

    /// What the tests find the engine by.
    Map<String, String> variables() {
        return Map.of(DOCKER_HOST, own() ? "unix://" + folder.resolve("docker.sock") : given);
    }

    /// Whether there can be an engine; asked before anything is built for it.
    ///
    /// @throws Failure saying what is missing
    void check() throws IOException, InterruptedException {
        if (!own()) {
            script(Map.of(), "docker/check.sh", "engine");
        } else if (!Root.is()) {
            throw new Failure(
                    "these tests start a Docker engine of their own, for which you must be root",
                    "run it as root, or name an engine that you may use, as DOCKER_HOST=unix:///var/run/docker.sock");
        }
    }

    /// Starts the engine and builds the images from the jars as they are now.
    ///
    /// @param envoy goes into an image where the real one cannot be had
    void up(Path envoy) throws IOException, InterruptedException {
        stages.waiting("containers: engine, base images, images");
        script(
                Map.of("ENVOY_BIN", envoy.toString(), "JAVA_HOME", System.getProperty("java.home")),
                "tests/containers/setup.sh");
    }

    /// Puts the images that a Kubernetes node runs into a folder.
    void archive(Path folder) throws IOException, InterruptedException {
        stages.waiting("archives of the images for the node");
        script(variables(), "tests/kubernetes/images.sh", folder.toString());
    }

    private void script(Map<String, String> variables, String... command)
            throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).directory(home.root().toFile());
        builder.environment().putAll(variables);
        var refusal = new ArrayList<String>();
        var exitCode =
                LoggedRun.of(
                        builder,
                        log,
                        line -> {
                            var begins = REFUSAL.matcher(line);
                            if (!refusal.isEmpty()) {
                                refusal.add("  " + line);
                            } else if (begins.matches()) {
                                refusal.add(begins.group(1));
                            } else {
                                show(line);
                            }
                        });
        if (exitCode != 0) {
            throw refusal(refusal, command[0] + " ended with " + exitCode);
        }
        refusal.forEach(stages::note);
    }

    /// One line is `fault; what to do`; more are a fault and what others said of it.
    private Failure refusal(List<String> lines, String otherwise) {
        if (lines.size() == 1 && lines.getFirst().contains("; ")) {
            var parts = lines.getFirst().split("; ", 2);
            return new Failure(parts[0], parts[1]);
        }
        return new Failure(
                lines.isEmpty() ? otherwise : String.join("\n", lines),
                "see all that it said in " + Home.shown(log));
    }

    /// Of `stand-in   debian:bookworm-slim` the first word is the stage.
    private void show(String line) {
        var words = line.split(" +", 2);
        stages.done(words[0], words.length > 1 ? words[1] : "");
    }

    /// Ends the engine of our own, with all that runs on it; once, whoever asks.
    @Override
    public synchronized void close() {
        if (!own() || ended) {
            return;
        }
        ended = true;
        stages.waiting("stopping the engine");
        try {
            new ProcessBuilder(
                            home.root().resolve("tests/containers/engine.sh").toString(),
                            "stop",
                            folder.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start()
                    .waitFor();
            stages.done("engine", "stopped");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
