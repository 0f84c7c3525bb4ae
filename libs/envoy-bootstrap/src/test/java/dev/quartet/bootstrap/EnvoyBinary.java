package dev.quartet.bootstrap;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/// A stock Envoy to test with: system property or environment variable `ENVOY_BIN`, else what `./mesh` has fetched into `.mesh/envoy`.
final class EnvoyBinary {
    private EnvoyBinary() {}

    static Optional<Path> find() throws IOException {
        for (String named :
                new String[] {
                    System.getProperty("ENVOY_BIN", ""),
                    System.getenv().getOrDefault("ENVOY_BIN", "")
                }) {
            if (!named.isEmpty()) {
                return Optional.of(Path.of(named));
            }
        }
        for (Path folder = Path.of("").toAbsolutePath();
                folder != null;
                folder = folder.getParent()) {
            Path fetched = folder.resolve(".mesh/envoy");
            if (Files.isDirectory(fetched)) {
                try (Stream<Path> files = Files.walk(fetched, 4)) {
                    return files.filter(file ->
                                    file.endsWith("envoy")
                                            && Files.isRegularFile(file)
                                            && Files.isExecutable(file))
                            .findFirst();
                }
            }
        }
        return Optional.empty();
    }
}
