package dev.quartet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.cli.print.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The command line as a user types it: exit codes and messages.
class MeshTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir Path folder;

    private int mesh(String... arguments) {
        return mesh(Map.of(), arguments);
    }

    private int mesh(Map<String, String> variables, String... arguments) {
        var terminal =
                new Terminal(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Map.of());
        var environment = new HashMap<>(variables);
        environment.put("PATH", "/nonexistent");
        return Mesh.run(terminal, environment, arguments);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "up",
                "down",
                "status",
                "validate",
                "analyze",
                "apply",
                "get",
                "delete",
                "wait",
                "logs",
                "restart",
                "inject",
                "credential",
                "credential set",
                "credential list",
                "credential delete",
                "convert",
                "test",
                "bench",
                "revisions",
                "diff",
                "rollback"
            })
    void eachCommandHasHelp(String command) {
        assertThat(mesh((command + " --help").split(" "))).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("Usage: mesh " + command)
                .doesNotContain("\033");
    }

    @Test
    void withoutACommandItShowsThemAll() {
        assertThat(mesh()).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("up ", "down ", "status ", "apply ", "To begin:");
    }

    @Test
    void wrongOptionNamesTheHelpOfItsCommand() {
        assertThat(mesh("wait", "--timout", "9s")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("'--timout'", "./mesh wait --help");
    }

    @Test
    void wrongCommandSuggestsTheRightOne() {
        assertThat(mesh("statsu")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("did you mean status");
    }

    @Test
    void withoutAMeshItSaysHowToStartOne() {
        for (var command : new String[][] {{"status"}, {"get"}, {"restart", "pilot"}, {"wait"}}) {
            var arguments = new java.util.ArrayList<>(java.util.List.of(command));
            arguments.add("--home=" + folder);
            assertThat(mesh(arguments.toArray(String[]::new))).isEqualTo(1);
        }
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("no mesh runs from " + folder, "./mesh up");
    }

    @Test
    void statusDoesNotTakeASilentPilotForOneWithoutProxies() throws Exception {
        Files.writeString(
                folder.resolve("admin-token"), "0123456789012345678901234567890123456789");
        Files.createDirectories(folder.resolve("run"));
        Files.writeString(
                folder.resolve("run/mesh.json"),
                """
                {"portOffset": 20000, "bookshop": false, "prometheus": "", "envoy": "",
                 "appPorts": {}, "options": [], "without": ["MIXER"]}
                """);

        assertThat(mesh("status", "--home=" + folder)).isEqualTo(1);
        assertThat(mesh("status", "-o", "json", "--home=" + folder)).isEqualTo(1);

        assertThat(out.toString(StandardCharsets.UTF_8))
                .containsPattern("galley +DOWN +- +127.0.0.1:28081 +- +-")
                .contains("Pilot does not answer, so nothing is known of the proxies")
                .contains("\"ok\" : false", "\"proxies\" : null")
                .doesNotContain("mixer");
    }

    @Test
    void statusOfAMeshElsewhereAsksTheServicesThatAreNamed() throws Exception {
        var token = Files.writeString(folder.resolve("token"), "secret").toString();

        assertThat(
                        mesh(
                                Map.of(
                                        "MESH_TOKEN_FILE",
                                        token,
                                        "MESH_GALLEY_URL",
                                        "https://127.0.0.1:1/"),
                                "status",
                                "--pilot=http://127.0.0.1:2"))
                .isEqualTo(1);

        assertThat(out.toString(StandardCharsets.UTF_8))
                .containsPattern("galley +DOWN +- +127.0.0.1:1 ")
                .containsPattern("pilot +DOWN +- +127.0.0.1:2 ")
                .contains("Galley does not answer at https://127.0.0.1:1")
                .doesNotContain("mixer", "citadel");
    }

    @Test
    void whatTheEnvironmentDoesNotNameIsNotTakenFromTheLocalMesh() {
        assertThat(mesh(Map.of("MESH_PILOT_URL", "https://127.0.0.1:1"), "get")).isEqualTo(1);

        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("--galley URL or MESH_GALLEY_URL");
    }

    @ParameterizedTest
    @ValueSource(strings = {"up", "down", "logs", "restart pilot"})
    void processesOfAMeshElsewhereAreNotTheLocalOnes(String command) {
        assertThat(mesh(Map.of("MESH_PILOT_URL", "https://127.0.0.1:1"), command.split(" ")))
                .isEqualTo(2);

        assertThat(err.toString(StandardCharsets.UTF_8)).contains("docker compose logs", "--home");
    }

    @Test
    void homeBeatsTheEnvironment() {
        assertThat(
                        mesh(
                                Map.of("MESH_GALLEY_URL", "https://127.0.0.1:1"),
                                "get",
                                "--home=" + folder))
                .isEqualTo(1);

        assertThat(err.toString(StandardCharsets.UTF_8)).contains("no mesh runs from " + folder);
    }

    @Test
    void applyNamesTheFileThatIsMissing() throws Exception {
        Files.writeString(
                folder.resolve("admin-token"), "0123456789012345678901234567890123456789");

        assertThat(
                        mesh(
                                "apply",
                                "-f",
                                "no-such.yaml",
                                "--home=" + folder,
                                "--galley=http://127.0.0.1:1"))
                .isEqualTo(1);

        assertThat(err.toString(StandardCharsets.UTF_8)).contains("there is no file no-such.yaml");
    }

    @Test
    void serviceThatDoesNotAnswerIsNamedWithItsAddress() throws Exception {
        Files.writeString(
                folder.resolve("admin-token"), "0123456789012345678901234567890123456789");

        assertThat(mesh("get", "--home=" + folder, "--galley=http://127.0.0.1:1")).isEqualTo(1);

        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("Galley does not answer at http://127.0.0.1:1", "whether it runs");
    }

    @Test
    void deleteWantsEitherANameOrAFile() {
        assertThat(mesh("delete", "virtualservice")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("delete needs a kind and a name, or -f FILE");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "status",
                "wait",
                "apply -f x",
                "delete -f x",
                "test",
                "revisions",
                "rollback 1"
            })
    void formatThatACommandDoesNotHaveIsRefused(String command) {
        assertThat(mesh((command + " -o yaml").split(" "))).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("--output", "[TABLE, JSON]", "yaml");
    }

    @Test
    void oneResourceIsNoTable() {
        assertThat(mesh("get", "vs", "reviews", "-o", "table", "--home=" + folder)).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("use -o yaml or -o json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mixr.a=b", "mixer", "mixer.a", "a=mixer.b"})
    void settingThatNoServiceWouldGetIsRefused(String setting) {
        assertThat(mesh("up", "--set", setting, "--home=" + folder)).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("--set " + setting, "citadel, galley, pilot, mixer, injector");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void logsOfLessThanNoLinesAreRefused() {
        assertThat(mesh("logs", "-n", "-1", "--home=" + folder)).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("use a number from 0 on");
    }

    @Test
    void timeWithoutUnitIsRefused() {
        assertThat(mesh("wait", "--timeout", "30")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("write it as 500ms, 30s or 2m");
    }

    @Test
    void downWithoutAMeshIsNoError() {
        assertThat(mesh("down", "--home=" + folder)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("nothing ran");
    }
}
