package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.testkit.SourceTree;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `docker/check.sh` on machines where `docker compose up` cannot work. The programs that such a machine has, or lacks, are scripts in the place of `PATH`: an old compose, or a closed socket, cannot be
/// had everywhere.
class DockerCheckTest {
    @TempDir Path path;

    private record Result(int exitCode, String output) {}

    @BeforeEach
    void programsOfTheSystem() throws Exception {
        program("id", "exec /usr/bin/id \"$@\"");
    }

    @Test
    void withoutDocker() throws Exception {
        refused(check(Map.of()), "there is no docker on PATH", "apt-get install docker.io");
    }

    @Test
    void withoutAnEngine() throws Exception {
        program("docker", "echo 'Cannot connect to the Docker daemon at unix:///x' >&2; exit 1");

        refused(
                check(Map.of("DOCKER_HOST", "unix:///x")),
                "Docker does not answer at unix:///x",
                "start it");
    }

    @Test
    void withoutPermission() throws Exception {
        program(
                "docker",
                "echo 'Got permission denied while trying to connect to the Docker daemon socket' >&2; exit 1");

        refused(check(Map.of()), "no permission on Docker's socket", "usermod -aG docker");
    }

    @Test
    void withAnOldEngine() throws Exception {
        program("docker", "echo 19.03.15");

        refused(check(Map.of()), "Docker 19.03.15 is too old", "20.10");
    }

    @Test
    void withAnOldCompose() throws Exception {
        program("docker", "case $1 in version) echo 20.10.24 ;; *) exit 1 ;; esac");
        refused(check(Map.of()), "there is no compose");

        program("docker-compose", "echo 1.25.0");
        refused(check(Map.of()), "docker-compose 1.25.0 is too old", "1.29");

        program("docker-compose", "echo 1.29.2");
        assertThat(check(Map.of())).isEqualTo(new Result(0, ""));
    }

    @Test
    void withATakenPort() throws Exception {
        program("docker", "[ $1 != version ] || echo 28.2.2");
        try (var other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var port = Integer.toString(other.getLocalPort());

            refused(
                    check(Map.of("GRAFANA_PORT", port)),
                    "port " + port + " of 127.0.0.1 is taken",
                    "set GRAFANA_PORT");

            // the mesh itself may run
            program("docker", "case $1 in version) echo 28.2.2 ;; ps) echo 0123456789ab ;; esac");
            assertThat(check(Map.of("GRAFANA_PORT", port))).isEqualTo(new Result(0, ""));
        }
    }

    private static void refused(Result result, String... words) {
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.output().lines()).hasSize(1);
        assertThat(result.output()).startsWith("check: ").contains(words);
    }

    private void program(String name, String script) throws Exception {
        var file = path.resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    /// With no port that something else may hold.
    private Result check(Map<String, String> environment) throws Exception {
        var command =
                new ArrayList<>(
                        List.of(
                                "/bin/bash",
                                SourceTree.root().resolve("docker/check.sh").toString()));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().put("PATH", path.toString());
        for (var port :
                List.of(
                        "GATEWAY_PORT",
                        "GRAFANA_PORT",
                        "PROMETHEUS_PORT",
                        "PILOT_PORT",
                        "GALLEY_PORT",
                        "CITADEL_PORT",
                        "MIXER_PORT")) {
            builder.environment().put(port, "1");
        }
        builder.environment().putAll(environment);
        var process = builder.start();
        process.getOutputStream().close();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }
}
