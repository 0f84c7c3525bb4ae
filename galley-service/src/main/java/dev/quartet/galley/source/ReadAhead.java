package dev.quartet.galley.source;

import dev.quartet.config.read.KnownDocuments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/// The files of a directory, read and judged on all cores while the rest of Galley starts: most of the time of a start with
/// many files. Whoever takes a file has looked at it again. Thread-safe.
public final class ReadAhead {
    private record Early(String text, ConfigFile file) {}

    private final CompletableFuture<Map<String, Early>> files;

    private ReadAhead(CompletableFuture<Map<String, Early>> files) {
        this.files = files;
    }

    /// Returns at once. A directory that is not there has no files.
    public static ReadAhead begin(Path root) {
        var files = new CompletableFuture<Map<String, Early>>();
        Thread.ofPlatform()
                .daemon()
                .name("read-ahead")
                .start(() -> files.completeAsync(() -> read(root), Runnable::run));
        return new ReadAhead(files);
    }

    private static Map<String, Early> read(Path root) {
        try {
            return ConfigTree.of(root).files().entrySet().parallelStream()
                    .flatMap(entry -> read(entry.getKey(), entry.getValue()).stream())
                    .collect(
                            Collectors.toUnmodifiableMap(
                                    early -> early.file().name(), early -> early));
        } catch (IOException e) {
            return Map.of(); // it is told when its turn comes
        }
    }

    private static Optional<Early> read(String name, Path path) {
        try {
            var attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (DirectorySource.whyNotRead(name, attributes) != null) {
                return Optional.empty();
            }
            var text = Files.readString(path);
            return Optional.of(new Early(text, ConfigFile.read(name, text, KnownDocuments.NONE)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// What was made of a file, if it has this text still. Waits until all are read.
    Optional<ConfigFile> file(String name, String text) {
        return Optional.ofNullable(files.join().get(name))
                .filter(early -> early.text().equals(text))
                .map(Early::file);
    }
}
