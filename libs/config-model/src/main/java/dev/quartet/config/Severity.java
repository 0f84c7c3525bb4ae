package dev.quartet.config;

/// How bad a problem is. An `ERROR` refuses the resource at apply; a `WARNING` and an `INFO` let it in and say so.
public enum Severity {
    ERROR,
    WARNING,
    INFO
}
