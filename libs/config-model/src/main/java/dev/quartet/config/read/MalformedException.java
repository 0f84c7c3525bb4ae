package dev.quartet.config.read;

import java.io.Serial;

/// The text is no document: where, why, and what to do. Becomes a `MalformedYaml` problem in [ResourceReader].
final class MalformedException extends Exception {
    @Serial private static final long serialVersionUID = 1;

    private final int line;
    private final String fault;
    private final String fix;

    MalformedException(int line, String fault, String fix) {
        super(fault);
        this.line = line;
        this.fault = fault;
        this.fix = fix;
    }

    int line() {
        return line;
    }

    String fault() {
        return fault;
    }

    String fix() {
        return fix;
    }
}
