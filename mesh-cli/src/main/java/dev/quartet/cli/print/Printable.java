package dev.quartet.cli.print;

/// Text from outside, made safe for a terminal.
public final class Printable {
    private Printable() {}

    /// `text` with every control sign but line feed and tab written as `\x1b`-like escapes, so that no log line, header or
    /// error of somebody else can colour, move or rename anything (hardening case 32).
    public static String of(String text) {
        if (text.chars().noneMatch(Printable::harmful)) {
            return text;
        }
        var safe = new StringBuilder();
        text.chars()
                .forEach(sign ->
                        safe.append(
                                harmful(sign)
                                        ? "\\x%02x".formatted(sign)
                                        : String.valueOf((char) sign)));
        return safe.toString();
    }

    /// As [#of(String)], on one line.
    public static String line(String text) {
        return of(text).replace("\n", "\\n").replace('\t', ' ');
    }

    private static boolean harmful(int sign) {
        return (Character.isISOControl(sign) && sign != '\n' && sign != '\t')
                || Character.getType(sign) == Character.FORMAT;
    }
}
