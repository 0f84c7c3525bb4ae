package dev.quartet.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import org.opentest4j.TestAbortedException;

/// The stock Envoy that tests use: the one that `ENVOY_BIN` names, else the one that the CLI has fetched and checked.
public final class EnvoyBinary {
    public static final String VERSION = "1.40.0";

    private EnvoyBinary() {}

    /// @throws TestAbortedException (a skip, with what to do) when there is none
    public static Path required() {
        var chosen = System.getenv("ENVOY_BIN");
        if (chosen != null && !chosen.isEmpty()) {
            return executable(
                    Path.of(chosen),
                    "ENVOY_BIN names " + chosen + ", which may not be run or is not there");
        }
        return executable(
                SourceTree.root().resolve(".mesh/envoy").resolve(VERSION).resolve("envoy"),
                "there is no Envoy "
                        + VERSION
                        + " here: ./mesh up and ./mesh test fetch one, or name one in ENVOY_BIN");
    }

    private static Path executable(Path program, String reason) {
        if (!Files.isRegularFile(program) || !Files.isExecutable(program)) {
            throw new TestAbortedException(reason);
        }
        return program.toAbsolutePath();
    }
}
