package dev.quartet.cli.command;

import dev.quartet.cli.print.Terminal;
import java.nio.file.Path;
import java.util.Map;

/// What a command works in: its output, its environment variables, the source tree it belongs to.
public record Surroundings(Terminal terminal, Map<String, String> environment) {

    /// The root of the source tree, as the launcher script says.
    Path root() {
        return Path.of(System.getProperty("mesh.root", "")).toAbsolutePath();
    }
}
