package dev.quartet.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentsTest {
    @TempDir Path folder;

    @Test
    void readsFilesFoldersAndTheStandardInput() throws Exception {
        Files.writeString(folder.resolve("b.yml"), "b");
        Files.createDirectories(folder.resolve("deep"));
        Files.writeString(folder.resolve("deep/a.yaml"), "a");
        Files.writeString(folder.resolve("notes.txt"), "no");

        var read =
                Documents.read(
                        List.of(folder.toString(), "-"),
                        new ByteArrayInputStream("c".getBytes(StandardCharsets.UTF_8)));

        assertThat(read).extracting(Documents::content).containsExactly("b", "a", "c");
        assertThat(read.getLast().name()).isEqualTo("stdin");
    }

    @Test
    void emptyFolderIsAMistake() {
        assertThatThrownBy(() ->
                        Documents.read(
                                List.of(folder.toString()), new ByteArrayInputStream(new byte[0])))
                .hasMessageContaining("holds no .yaml");
    }

    @Test
    void fileThatIsNotUtf8IsNamed() throws Exception {
        Files.write(folder.resolve("x.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe});

        assertThatThrownBy(() ->
                        Documents.read(
                                List.of(folder.resolve("x.yaml").toString()),
                                new ByteArrayInputStream(new byte[0])))
                .hasMessageContaining("is not UTF-8");
    }

    @Test
    void durationsHaveTwoUnits() {
        assertThat(Status.duration(59)).isEqualTo("59s");
        assertThat(Status.duration(725)).isEqualTo("12m5s");
        assertThat(Status.duration(3 * 86_400 + 4 * 3600)).isEqualTo("3d4h");
    }

    @Test
    void kindsHaveShortNames() {
        assertThat(Kinds.of("vs")).isEqualTo(Kinds.of("VirtualServices"));
        assertThatThrownBy(() -> Kinds.of("pod")).hasMessageContaining("no kind \"pod\"");
    }
}
