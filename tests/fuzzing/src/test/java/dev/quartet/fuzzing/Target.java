package dev.quartet.fuzzing;

import dev.quartet.stream.SinkTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// What is fed.
enum Target {
    READER(ReaderTarget.class),
    MCP_SINK(SinkTarget.class),
    MCP_SOURCE(SourceTarget.class);

    private final Class<?> type;

    /// @param type whose method `fuzzerTestOneInput` Jazzer calls
    Target(Class<?> type) {
        this.type = type;
    }

    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Class<?> type() {
        return type;
    }

    void feed(byte[] input) {
        switch (this) {
            case READER -> ReaderTarget.fuzzerTestOneInput(input);
            case MCP_SINK -> SinkTarget.fuzzerTestOneInput(input);
            case MCP_SOURCE -> SourceTarget.fuzzerTestOneInput(input);
        }
    }

    List<byte[]> seeds() {
        return switch (this) {
            case READER -> ReaderTarget.seeds();
            case MCP_SINK -> SinkTarget.seeds();
            case MCP_SOURCE -> SourceTarget.seeds();
        };
    }

    /// Where Jazzer puts the inputs that it finds, and each build takes them from.
    Path findings() {
        return Path.of("src/test/resources/findings", label()).toAbsolutePath();
    }

    List<Path> found() {
        if (!Files.isDirectory(findings())) {
            return List.of();
        }
        try (var files = Files.list(findings())) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
