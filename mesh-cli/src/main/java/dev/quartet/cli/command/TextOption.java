package dev.quartet.cli.command;

import picocli.CommandLine.Option;

/// Whether a command that prints text prints it for people or for programs.
final class TextOption {
    private enum Format {
        TEXT,
        JSON
    }

    @Option(
            names = {"-o", "--output"},
            defaultValue = "text",
            paramLabel = "FORMAT",
            description = "text or json (default: ${DEFAULT-VALUE}).")
    private Format format = Format.TEXT;

    boolean json() {
        return format == Format.JSON;
    }
}
