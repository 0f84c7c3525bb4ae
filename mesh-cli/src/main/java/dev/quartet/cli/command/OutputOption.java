package dev.quartet.cli.command;

import picocli.CommandLine.Option;

/// Whether a command that prints a table prints it for people or for programs.
final class OutputOption {
    private enum Format {
        TABLE,
        JSON
    }

    @Option(
            names = {"-o", "--output"},
            defaultValue = "table",
            paramLabel = "FORMAT",
            description = "table or json (default: ${DEFAULT-VALUE}).")
    private Format format = Format.TABLE;

    boolean json() {
        return format == Format.JSON;
    }
}
