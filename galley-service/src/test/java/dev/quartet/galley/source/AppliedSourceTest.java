package dev.quartet.galley.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quartet.admin.StartupFailure;
import dev.quartet.testkit.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppliedSourceTest {
    @TempDir Path state;
    @TempDir Path temp;

    private static void put(AppliedSource source, String yaml) throws IOException {
        var next = source.resources();
        ConfigFile.read("test.yaml", yaml)
                .resources()
                .forEach(read -> next.put(read.resource().key(), read));
        source.replace(next);
    }

    private static List<String> content(AppliedSource source) {
        return source.content().resources().stream()
                .map(read -> read.resource().key() + " " + read.resource().version())
                .toList();
    }

    @Test
    void keepsWhatWasAppliedOverARestart() throws IOException {
        var before = new AppliedSource(StateFolder.open(state));
        put(
                before,
                DirectorySourceTest.entry("a", "10.0.0.1")
                        + DirectorySourceTest.entry("b", "10.0.0.2"));

        var after = new AppliedSource(StateFolder.open(state));

        assertThat(content(after)).hasSize(2).isEqualTo(content(before));
        assertThat(Files.getPosixFilePermissions(state.resolve("config/applied.yaml")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void readsBackMoreThanOneFileMayHold() throws IOException {
        var yaml = new StringBuilder();
        var source = new AppliedSource(StateFolder.open(state));
        var next = source.resources();
        for (var i = 0; i < 200; i++) {
            yaml.setLength(0);
            yaml.append(
                    """
                    apiVersion: networking.istio.io/v1alpha3
                    kind: WorkloadEntry
                    metadata:
                      name: n%d
                      namespace: shop
                      annotations:
                        note: %s
                    spec:
                      address: 10.0.0.1
                    """
                            .formatted(i, "x".repeat(20_000)));
            ConfigFile.read("big.yaml", yaml.toString())
                    .resources()
                    .forEach(read -> next.put(read.resource().key(), read));
        }
        source.replace(next);

        assertThat(content(new AppliedSource(StateFolder.open(state)))).hasSize(200);
    }

    @Test
    void readsAFileThatSomeoneHasTidiedUp() throws IOException {
        StateFolder.open(state);
        Files.writeString(
                state.resolve("config/applied.yaml"),
                DirectorySourceTest.entry("a", "10.0.0.1")
                        + "# a remark\n---\n"
                        + DirectorySourceTest.entry("b", "10.0.0.2"));

        assertThat(content(new AppliedSource(StateFolder.open(state)))).hasSize(2);
    }

    @Test
    void refusesADamagedFileAndSaysWhere() throws IOException {
        put(new AppliedSource(StateFolder.open(state)), DirectorySourceTest.entry("a", "10.0.0.1"));
        Files.writeString(state.resolve("config/applied.yaml"), "---\nkind: [\n");

        assertThatThrownBy(() -> new AppliedSource(StateFolder.open(state)))
                .isInstanceOf(StartupFailure.class)
                .hasMessageContaining("applied.yaml");
    }

    @Test
    void refusesAStateFolderOfAnotherFormat() throws IOException {
        StateFolder.open(state);
        Files.writeString(state.resolve("config/FORMAT"), "quartet-galley-state 2\n");

        assertThatThrownBy(() -> StateFolder.open(state))
                .isInstanceOf(StartupFailure.class)
                .hasMessageContaining("quartet-galley-state 2");
    }

    @Test
    void refusesAStateFolderThatIsAFile() throws IOException {
        var file = Files.writeString(state.resolve("file"), "");

        assertThatThrownBy(() -> StateFolder.open(file)).isInstanceOf(StartupFailure.class);
    }

    /// Hardening case 46: a process that does nothing but apply is killed in the middle, again and again.
    @Test
    void survivesAKillInTheMiddleOfAWrite() throws Exception {
        for (var i = 0; i < 4; i++) {
            var round = i;
            var output = temp.resolve("output-" + round);
            var writer = JavaProcess.start(Writer.class, output, state.toString());
            var atLeast = 20 + round * 7;
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> Files.readAllLines(output).size() >= atLeast);
            writer.destroyForcibly().waitFor();
            var lines = Files.readString(output).lines().toList();
            // The last line may be cut by the kill.
            var last =
                    lines.stream()
                            .filter(line -> line.matches("applied \\d+ done"))
                            .toList()
                            .getLast();
            var survived = new AppliedSource(StateFolder.open(state)).content().resources();

            assertThat(survived).hasSize(50);
            var generations =
                    survived.stream()
                            .map(read -> read.resource().labels().get("generation"))
                            .distinct()
                            .toList();
            assertThat(generations).as("all of one write").hasSize(1);
            assertThat(Integer.parseInt(Objects.requireNonNull(generations.getFirst())))
                    .as("nothing acknowledged is lost")
                    .isGreaterThanOrEqualTo(Integer.parseInt(last.split(" ")[1]));
        }
    }

    /// Applies 50 resources of one generation, then of the next, for ever.
    static final class Writer {
        public static void main(String[] arguments) throws IOException {
            var source = new AppliedSource(StateFolder.open(Path.of(arguments[0])));
            for (var generation = 1; ; generation++) {
                var yaml = new StringBuilder();
                for (var i = 0; i < 50; i++) {
                    yaml.append(
                            """
                            apiVersion: networking.istio.io/v1alpha3
                            kind: WorkloadEntry
                            metadata: {name: n%d, namespace: shop, labels: {generation: "%d"}}
                            spec: {address: 10.0.0.1}
                            ---
                            """
                                    .formatted(i, generation));
                }
                put(source, yaml.toString());
                System.out.println("applied " + generation + " done");
            }
        }
    }
}
