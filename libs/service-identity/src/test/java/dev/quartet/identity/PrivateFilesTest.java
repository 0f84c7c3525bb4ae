package dev.quartet.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateFilesTest {

    @TempDir Path folder;

    @Test
    void onlyTheOwnerReadsWhatIsWritten() throws IOException {
        var secret = PrivateFiles.folder(folder.resolve("a/b")).resolve("secret");

        PrivateFiles.write(secret, "one");
        PrivateFiles.write(secret, "two");

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)))
                .isEqualTo("rw-------");
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(secret.resolveSibling("."))))
                .isEqualTo("rwx------");
        assertThat(new String(PrivateFiles.read(secret, 10))).isEqualTo("two");
        try (var files = Files.list(secret.getParent())) {
            assertThat(files).containsExactly(secret);
        }
    }

    @Test
    void refusesASecretThatOthersCanRead() throws IOException {
        var secret = folder.resolve("secret");
        PrivateFiles.write(secret, "one");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r-----"));

        assertThatIOException()
                .isThrownBy(() -> PrivateFiles.read(secret, 10))
                .withMessageContaining("chmod 600 " + secret);
    }

    @Test
    void refusesAFileThatIsTooLong() throws IOException {
        var secret = folder.resolve("secret");
        PrivateFiles.write(secret, "0123456789");

        assertThat(PrivateFiles.read(secret, 10)).hasSize(10);
        assertThatIOException()
                .isThrownBy(() -> PrivateFiles.read(secret, 9))
                .withMessageContaining("longer than 9");
    }

    @Test
    void keepsTheOldFileWhenAWriteFails() throws IOException {
        var secret = folder.resolve("secret");
        PrivateFiles.write(secret, "old");

        assertThatIOException()
                .isThrownBy(() -> PrivateFiles.write(secret.resolve("below"), "new"));

        assertThat(secret).hasContent("old");
    }

    @Test
    void oneOfManyCreatorsWinsAndAllSeeItsWholeFile() throws Exception {
        var secret = folder.resolve("secret");
        try (var threads = Executors.newFixedThreadPool(8)) {
            var attempts =
                    IntStream.range(0, 32)
                            .<Callable<Boolean>>mapToObj(i ->
                                    () ->
                                            PrivateFiles.createIfAbsent(
                                                    secret, ("value-" + i).getBytes()))
                            .toList();
            var wins = 0;
            for (var attempt : threads.invokeAll(attempts)) {
                wins += attempt.get() ? 1 : 0;
            }

            assertThat(wins).isOne();
        }
        assertThat(Files.readString(secret)).matches("value-\\d+");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(secret);
        }
    }

    @Test
    void readersNeverSeeHalfAFile() throws Exception {
        var secret = folder.resolve("secret");
        var contents = new String[] {"a".repeat(100_000), "b".repeat(50_000)};
        PrivateFiles.write(secret, contents[0]);
        var writer =
                Thread.ofPlatform()
                        .start(() -> {
                            for (var i = 0; i < 40; i++) {
                                try {
                                    PrivateFiles.write(secret, contents[i % 2]);
                                } catch (IOException e) {
                                    throw new java.io.UncheckedIOException(e);
                                }
                            }
                        });

        while (writer.isAlive()) {
            assertThat(Files.readString(secret)).isIn((Object[]) contents);
        }
    }
}
