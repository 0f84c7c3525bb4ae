package dev.quartet.cli;

import java.io.Writer;
import java.util.function.Consumer;

/// A writer that hands on whole lines.
final class Lines extends Writer {
    private final StringBuilder rest = new StringBuilder();
    private final Consumer<String> lines;

    Lines(Consumer<String> lines) {
        this.lines = lines;
    }

    @Override
    public void write(char[] buffer, int offset, int length) {
        rest.append(buffer, offset, length);
        for (var end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
            lines.accept(rest.substring(0, end).replace("\r", ""));
            rest.delete(0, end + 1);
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        if (!rest.isEmpty()) {
            lines.accept(rest.toString());
            rest.setLength(0);
        }
    }
}
