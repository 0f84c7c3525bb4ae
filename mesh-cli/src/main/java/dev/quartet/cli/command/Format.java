package dev.quartet.cli.command;

/// How data is printed.
enum Format {
    TABLE,
    JSON,
    YAML
}
