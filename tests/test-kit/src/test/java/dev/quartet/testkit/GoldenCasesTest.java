package dev.quartet.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GoldenCasesTest {
    @TempDir Path folder;

    @Test
    void findsCasesAtAnyDepthAndTheirTitles() throws IOException {
        write("route/weighted/in.yaml", "# Splits by weight.\nkind: X\n");
        write("route/deep/er/in.yaml", "# Is deep.\n");

        var cases = GoldenCases.under(folder, false);

        assertThat(cases)
                .extracting(Object::toString)
                .containsExactly("route/deep/er", "route/weighted");
        assertThat(cases.get(1).title()).isEqualTo("Splits by weight.");
    }

    @Test
    void showsTheLinesThatDiffer() throws IOException {
        write("a/in.yaml", "# One.\n");
        write("a/out.yaml", "x: 1\ny: 2\nz: 3\n");

        assertThatThrownBy(() ->
                        GoldenCases.under(folder, false).getFirst().matches("x: 1\ny: 5\nz: 3\n"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("a/out.yaml (One.)")
                .hasMessageContaining("  x: 1\n- y: 2\n+ y: 5\n  z: 3\n");
    }

    @Test
    void acceptsWhatIsTheSame() throws IOException {
        write("a/in.yaml", "# One.\n");
        write("a/out.yaml", "x: 1\n");

        GoldenCases.under(folder, false).getFirst().matches("x: 1");
    }

    @Test
    void refusesAnOutputThatNothingMakes() throws IOException {
        write("a/in.yaml", "# One.\n");
        write("a/out.yaml", "x: 1\n");
        write("a/out-old.yaml", "x: 1\n");

        assertThatThrownBy(() -> GoldenCases.under(folder, false).getFirst().matches("x: 1"))
                .hasMessageContaining("out-old.yaml")
                .hasMessageContaining("nothing makes this any more");
    }

    @Test
    void refusesAnOutputWithoutAnInput() throws IOException {
        write("a/in.yaml", "# One.\n");
        write("gone/out.yaml", "x: 1\n");

        assertThatThrownBy(() -> GoldenCases.under(folder, false))
                .hasMessageContaining("gone/out.yaml");
    }

    @Test
    void refusesACaseThatDoesNotSayWhatItShows() throws IOException {
        write("a/in.yaml", "kind: X\n");

        assertThatThrownBy(() -> GoldenCases.under(folder, false))
                .hasMessageContaining("a/in.yaml:1: the first line is to say what the case shows");
    }

    @Test
    void updateWritesOutputsAndDeletesOrphans() throws IOException {
        write("a/in.yaml", "# One.\n");
        write("a/out-old.yaml", "x: 1\n");
        write("gone/out.yaml", "x: 1\n");

        GoldenCases.under(folder, true)
                .getFirst()
                .matches(Map.of("", "x: 2", "clusters", "y: 3\n"));

        assertThat(folder.resolve("a/out.yaml")).hasContent("x: 2\n");
        assertThat(folder.resolve("a/out-clusters.yaml")).hasContent("y: 3\n");
        assertThat(folder.resolve("a/out-old.yaml")).doesNotExist();
        assertThat(folder.resolve("gone")).doesNotExist();
    }

    private void write(String path, String text) throws IOException {
        var file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
