package dev.quartet.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokensTest {

    @TempDir Path folder;

    @Test
    void adminTokenIsMadeOnceAndKept() throws IOException {
        var file = folder.resolve("state/admin-token");

        var first = AdminToken.loadOrCreate(file);
        var second = AdminToken.loadOrCreate(file);

        assertThat(first.reveal()).hasSize(43).isEqualTo(second.reveal());
        assertThat(second.matches(first.reveal())).isTrue();
        assertThat(second.matches(first.reveal() + "x")).isFalse();
        assertThat(second.matches("")).isFalse();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(first.toString()).doesNotContain(first.reveal());
    }

    @Test
    void refusesAnAdminTokenThatOthersCanRead() throws IOException {
        var file = folder.resolve("admin-token");
        AdminToken.loadOrCreate(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        assertThatIOException()
                .isThrownBy(() -> AdminToken.loadOrCreate(file))
                .withMessageContaining("chmod 600");
    }

    @Test
    void refusesAnEmptyAdminToken() throws IOException {
        var file = folder.resolve("admin-token");
        PrivateFiles.write(file, "\n");

        assertThatIOException()
                .isThrownBy(() -> AdminToken.loadOrCreate(file))
                .withMessageContaining("no usable");
    }

    @Test
    void joinTokenIsTrimmedWhenReadAndWrittenWithoutNewline() throws IOException {
        var file = folder.resolve("token");
        Files.writeString(file, "abc.def.ghi\n");

        var token = JoinToken.read(file);
        token.write(file);

        assertThat(token.value()).isEqualTo("abc.def.ghi");
        assertThat(Files.readString(file)).isEqualTo("abc.def.ghi");
        assertThat(token.toString()).doesNotContain("abc");
    }

    @Test
    void refusesATokenThatWouldBreakAHeader() {
        assertThatIllegalArgumentException().isThrownBy(() -> new JoinToken(""));
        assertThatIllegalArgumentException().isThrownBy(() -> new JoinToken("a\r\nx: y"));
        assertThatIOException()
                .isThrownBy(() -> JoinToken.read(Files.writeString(folder.resolve("t"), " \n")))
                .withMessageContaining("holds no token");
    }
}
