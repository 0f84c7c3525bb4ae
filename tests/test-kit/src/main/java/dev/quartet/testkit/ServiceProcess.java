package dev.quartet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// One service of the suite as a process, from its jar.
public final class ServiceProcess implements AutoCloseable {
    /// Long enough for a JVM that writes its class archive at the end.
    private static final Duration STOP = Duration.ofSeconds(60);

    private final String name;
    private final Process process;
    private final Path log;

    private ServiceProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /// @param jvm flags
    public static ServiceProcess start(
            String name, Path jar, List<String> jvm, List<String> arguments, Path folder) {
        try {
            Files.createDirectories(folder);
            var log = folder.resolve(name + ".log");
            return new ServiceProcess(
                    name,
                    builder(jar, jvm, arguments)
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start(),
                    log);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot start " + name, failure);
        }
    }

    /// Runs it to its end.
    ///
    /// @throws IllegalStateException when it ends with an error
    public static void run(String name, Path jar, List<String> arguments, Path folder) {
        run(name, jar, List.of(), arguments, folder);
    }

    /// @param jvm more flags
    /// @throws IllegalStateException when it ends with an error
    public static void run(
            String name, Path jar, List<String> jvm, List<String> arguments, Path folder) {
        var flags = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        flags.addAll(jvm);
        try (var process = start(name, jar, flags, arguments, folder)) {
            if (!process.process.waitFor(120, TimeUnit.SECONDS)
                    || process.process.exitValue() != 0) {
                throw new IllegalStateException(name + " failed:\n" + process.lastWords());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private static ProcessBuilder builder(Path jar, List<String> jvm, List<String> arguments) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.addAll(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-jar",
                        jar.toString()));
        command.addAll(arguments);
        return new ProcessBuilder(command);
    }

    /// The executable jar of a module.
    ///
    /// @throws IllegalStateException when it was not built
    public static Path jar(Path root, String module) {
        var target = root.resolve(module).resolve("target");
        try {
            if (Files.isDirectory(target)) {
                try (var files = Files.newDirectoryStream(target, module + "-*-exec.jar")) {
                    for (var file : files) {
                        return file;
                    }
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        throw new IllegalStateException(
                "there is no jar in "
                        + target
                        + "; build it with ./mvnw -Dfast -DskipTests package");
    }

    /// Waits until its readiness probe says 200.
    ///
    /// @throws IllegalStateException when it ends before, or takes longer than `limit`
    public void awaitReady(int restPort, Duration limit) {
        var end = System.nanoTime() + limit.toNanos();
        while (!ready(restPort)) {
            if (!process.isAlive()) {
                throw new IllegalStateException(
                        name + " has ended with " + process.exitValue() + ":\n" + lastWords());
            }
            if (System.nanoTime() > end) {
                throw new IllegalStateException(
                        name + " is not ready after " + limit.toSeconds() + " s:\n" + lastWords());
            }
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }

    private static boolean ready(int restPort) {
        try {
            return PlainHttp.get(
                                    new InetSocketAddress("127.0.0.1", restPort),
                                    "/actuator/health/readiness",
                                    Map.of())
                            .status()
                    == 200;
        } catch (UncheckedIOException _) {
            return false;
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.isAlive();
    }

    public String lastWords() {
        return Processes.tail(log, 25);
    }

    /// Asks it to end, as `kill` does, and insists after a while.
    @Override
    public void close() {
        Processes.stop(process, STOP);
    }

    /// As `kill -9` does.
    public void kill() {
        process.destroyForcibly().onExit().join();
    }
}
