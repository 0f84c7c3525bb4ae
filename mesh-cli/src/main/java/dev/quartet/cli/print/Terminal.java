package dev.quartet.cli.print;

import java.io.PrintStream;
import java.util.Map;

/// Where output goes, and what it may look like there: colour only on a terminal that wants it, and the width of its lines.
public final class Terminal {
    /// Meaning, not colour: without colour the words have to do.
    public enum Tone {
        PLAIN(""),
        GOOD("32"),
        WARN("33"),
        BAD("31"),
        FAINT("2"),
        STRONG("1");

        private final String code;

        Tone(String code) {
            this.code = code;
        }
    }

    private static final int DEFAULT_COLUMNS = 80;

    private final PrintStream out;
    private final PrintStream err;
    private final boolean live;
    private final boolean colour;
    private final int columns;

    public Terminal(PrintStream out, PrintStream err, Map<String, String> environment) {
        this.out = out;
        this.err = err;
        this.live = environment.containsKey("MESH_TERMINAL");
        this.colour =
                live
                        && environment.getOrDefault("NO_COLOR", "").isEmpty()
                        && !"dumb".equals(environment.get("TERM"));
        this.columns = columns(environment.getOrDefault("MESH_COLUMNS", ""));
    }

    private static int columns(String text) {
        try {
            return Math.max(40, Integer.parseInt(text.strip()));
        } catch (NumberFormatException _) {
            return DEFAULT_COLUMNS;
        }
    }

    /// Whether somebody watches: then a line may be replaced by a later one.
    public boolean live() {
        return live;
    }

    public boolean colours() {
        return colour;
    }

    public int columns() {
        return columns;
    }

    public void line(String text) {
        out.println(text);
        out.flush();
    }

    public void error(String text) {
        err.println(text);
        err.flush();
    }

    /// Shows a passing state on a terminal; the next line overwrites it. Elsewhere nothing.
    public void passing(String text) {
        if (live) {
            var cut = text.length() >= columns ? text.substring(0, columns - 1) : text;
            out.print("\r\033[K" + cut);
            out.flush();
        }
    }

    /// Takes away what [#passing(String)] has left.
    public void settle() {
        if (live) {
            out.print("\r\033[K");
            out.flush();
        }
    }

    public String tone(Tone tone, String text) {
        return colour && !tone.code.isEmpty() && !text.isEmpty()
                ? "\033[" + tone.code + "m" + text + "\033[0m"
                : text;
    }
}
