package dev.quartet.cli.report;

import dev.quartet.cli.Failure;
import dev.quartet.cli.print.Stages;
import dev.quartet.cli.process.OnPath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Programs that tests need and that Debian packages. As root on Debian they are installed; elsewhere the
/// command is printed and nothing is run.
final class DebianPackages {
    /// Program → package.
    private static final Map<String, String> NEEDED =
            Map.ofEntries(
                    Map.entry("prometheus", "prometheus"),
                    Map.entry("etcd", "etcd-server"),
                    Map.entry("ip", "iproute2"),
                    Map.entry("iptables", "iptables"),
                    Map.entry("dockerd", "docker.io"),
                    Map.entry("docker", "docker.io"),
                    Map.entry("docker-compose", "docker-compose"),
                    Map.entry("debootstrap", "debootstrap"),
                    Map.entry("containerd", "containerd"),
                    Map.entry("runc", "runc"),
                    Map.entry("/usr/lib/cni/bridge", "containernetworking-plugins"),
                    Map.entry("openssl", "openssl"),
                    Map.entry("curl", "curl"));

    private final Map<String, String> environment;
    private final Stages stages;

    DebianPackages(Map<String, String> environment, Stages stages) {
        this.environment = environment;
        this.stages = stages;
    }

    /// @param needed what the tests chosen need
    /// @throws Failure with the exact command, when something is missing and may not be installed from here
    void provide(Set<String> needed) throws IOException, InterruptedException {
        var missing = missing();
        missing.keySet().retainAll(needed);
        if (missing.isEmpty()) {
            return;
        }
        var packages = List.copyOf(new TreeSet<>(missing.values()));
        var command = "apt-get install -y --no-install-recommends " + String.join(" ", packages);
        var programs = String.join(", ", missing.keySet());
        if (!Files.exists(Path.of("/etc/debian_version")) || !Root.is()) {
            throw new Failure(
                    "the tests need " + programs + ", not found on PATH",
                    Files.exists(Path.of("/etc/debian_version"))
                            ? "sudo " + command
                            : "install "
                                    + programs
                                    + " (macOS: brew install "
                                    + String.join(" ", packages)
                                    + ")");
        }
        stages.waiting(command);
        if (apt(List.of("update", "-q")) != 0 || apt(installation(packages)) != 0) {
            throw new Failure(
                    "cannot install " + String.join(", ", packages),
                    "run it by hand and see what it says: " + command);
        }
        stages.done("packages", String.join(", ", packages));
    }

    private static List<String> installation(List<String> packages) {
        var arguments = new ArrayList<>(List.of("install", "-y", "-q", "--no-install-recommends"));
        arguments.addAll(packages);
        return arguments;
    }

    private static int apt(List<String> arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("apt-get"));
        command.addAll(arguments);
        var builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
        var process = builder.start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        var exitCode = process.waitFor();
        if (exitCode != 0) {
            System.err.print(said);
        }
        return exitCode;
    }

    private Map<String, String> missing() {
        var missing = new TreeMap<String, String>();
        NEEDED.forEach((program, name) -> {
            var there =
                    program.startsWith("/")
                            ? Files.isExecutable(Path.of(program))
                            : OnPath.find(program, environment).isPresent();
            if (!there) {
                missing.put(program, name);
            }
        });
        return missing;
    }
}
