package dev.quartet.config.read;

import java.util.ArrayList;
import java.util.List;

/// Cuts a text at its `---` lines, so that each document is parsed alone. At the beginning of a line `---` is always a
/// document marker (YAML 1.2.2, 9.1.2).
public final class Documents {
    private Documents() {}

    /// @param linesBefore how many lines of the file stand before it
    public record Part(String text, int linesBefore) {}

    public static List<Part> split(String text) {
        var parts = new ArrayList<Part>();
        int start = 0;
        int startLine = 0;
        int line = 0;
        int at = 0;
        while (at < text.length()) {
            if (at > start && isMarker(text, at) && !isDirectives(text, start, at)) {
                parts.add(new Part(text.substring(start, at), startLine));
                start = at;
                startLine = line;
            }
            int end = text.indexOf('\n', at);
            at = end < 0 ? text.length() : end + 1;
            line++;
        }
        parts.add(new Part(text.substring(start), startLine));
        return parts;
    }

    private static boolean isMarker(String text, int at) {
        if (!text.startsWith("---", at)) {
            return false;
        }
        return at + 3 == text.length() || Character.isWhitespace(text.charAt(at + 3));
    }

    private static boolean isDirectives(String text, int start, int end) {
        return text.charAt(start) == '%'
                && text.substring(start, end)
                        .lines()
                        .allMatch(l -> l.isBlank() || l.startsWith("%") || l.startsWith("#"));
    }
}
