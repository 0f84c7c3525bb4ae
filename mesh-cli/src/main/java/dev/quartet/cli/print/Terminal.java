package dev.quartet.cli.print;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Scanner;

/// Where output goes, and what it may look like there. Each of the two outputs is a terminal or not: only a terminal gets colour,
/// and lines that are broken to its width; what is piped can be searched line by line.
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

    /// @param live somebody watches
    private record Side(PrintStream stream, boolean live, boolean colour) {
        String tone(Tone tone, String text) {
            return colour && !tone.code.isEmpty() && !text.isEmpty()
                    ? "\033[" + tone.code + "m" + text + "\033[0m"
                    : text;
        }

        void line(String text) {
            stream.println(text);
            stream.flush();
        }
    }

    private static final int DEFAULT_COLUMNS = 80;
    private static final int HANGING = 4;

    private final Side out;
    private final Side err;
    private final boolean asks;
    private final int columns;

    /// @param environment `MESH_TERMINAL` says what is a terminal (`out`, `err`, `in`, any of them), `MESH_COLUMNS` how wide it is
    public Terminal(PrintStream out, PrintStream err, Map<String, String> environment) {
        var live = environment.getOrDefault("MESH_TERMINAL", "");
        var colour =
                environment.getOrDefault("NO_COLOR", "").isEmpty()
                        && !"dumb".equals(environment.get("TERM"));
        this.out = new Side(out, live.contains("out"), colour && live.contains("out"));
        this.err = new Side(err, live.contains("err"), colour && live.contains("err"));
        this.asks = live.contains("out") && live.contains("in");
        this.columns = columns(environment.getOrDefault("MESH_COLUMNS", ""));
    }

    private static int columns(String text) {
        try {
            return Math.max(40, Integer.parseInt(text.strip()));
        } catch (NumberFormatException _) {
            return DEFAULT_COLUMNS;
        }
    }

    public boolean colours() {
        return out.colour;
    }

    /// How wide a page of text should be.
    public int columns() {
        return columns;
    }

    /// How wide a line may be: only a terminal has an edge.
    int room() {
        return out.live ? columns : Integer.MAX_VALUE;
    }

    public void line(String text) {
        out.line(text);
    }

    /// Text for another program as it is; where somebody watches, without what would move his cursor.
    public void data(String text) {
        out.stream.print(out.live ? Printable.of(text) : text);
        out.stream.flush();
    }

    /// A line that may be long.
    ///
    /// @param tone of the label with which it begins
    public void line(Tone tone, String label, String text) {
        print(out, tone, label, text);
    }

    /// A line whose further lines, where somebody watches, stand under its text.
    ///
    /// @param tone of the label with which it begins
    public void under(Tone tone, String label, String text) {
        var rest = label;
        var hanging = Math.min(label.length(), columns / 2);
        for (var part : Words.wrap(label + text, room(), hanging)) {
            out.line(out.tone(tone, rest) + part.substring(rest.length()));
            rest = "";
        }
    }

    /// The same to the standard error; the text may have several lines.
    public void error(Tone tone, String label, String text) {
        print(err, tone, label, text);
    }

    private void print(Side side, Tone tone, String label, String text) {
        var rest = label;
        for (var line : (label + text).split("\n", -1)) {
            var indent = line.length() - line.stripLeading().length();
            var hanging = Math.min(indent + HANGING, columns / 2);
            for (var part : Words.wrap(line, side.live ? columns : Integer.MAX_VALUE, hanging)) {
                side.line(side.tone(tone, rest) + part.substring(rest.length()));
                rest = "";
            }
        }
    }

    /// Shows a passing state on a terminal; the next line overwrites it. Elsewhere nothing.
    public void passing(String text) {
        if (out.live) {
            var cut = text.length() >= columns ? text.substring(0, columns - 1) : text;
            out.stream.print("\r\033[K" + cut);
            out.stream.flush();
        }
    }

    /// Takes away what [#passing(String)] has left.
    public void settle() {
        passing("");
    }

    /// Whether there is somebody who can be asked.
    public boolean asks() {
        return asks;
    }

    /// Asks; whatever is not yes is no.
    public boolean confirms(String question, InputStream answers) {
        out.stream.print(question + " [y/N] ");
        out.stream.flush();
        var lines = new Scanner(answers, StandardCharsets.UTF_8);
        return lines.hasNextLine() && lines.nextLine().strip().matches("(?i)y|yes");
    }

    public String tone(Tone tone, String text) {
        return out.tone(tone, text);
    }
}
