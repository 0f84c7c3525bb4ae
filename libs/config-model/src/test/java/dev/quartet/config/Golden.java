package dev.quartet.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Files that tests compare with. `-Dgolden.update` rewrites them.
public final class Golden {
    private Golden() {}

    public static boolean isUpdate() {
        var value = System.getProperty("golden.update", "");
        return value.equals("true");
    }

    public static List<Path> files(String folder, String... endings) {
        try (var files = Files.list(Path.of("src/test/resources/testdata", folder))) {
            return files.filter(
                            file -> List.of(endings).stream().anyMatch(file.toString()::endsWith))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void matches(Path file, String actual) {
        if (isUpdate()) {
            try {
                Files.createDirectories(file.getParent());
                Files.writeString(file, actual);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        assertThat(actual)
                .as("%s (rewrite it with -Dgolden.update and look at the difference)", file)
                .isEqualTo(read(file));
    }
}
