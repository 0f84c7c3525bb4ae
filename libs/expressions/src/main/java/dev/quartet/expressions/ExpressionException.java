package dev.quartet.expressions;

/// An expression that does not compile, or could not be evaluated. The message says what is wrong and what to do, in
/// lower case. Carries no stack trace: it tells of the user's text, not of this code.
public final class ExpressionException extends Exception {
    private static final long serialVersionUID = 1L;

    /// A message can quote a name or a text of any length.
    private static final int MAX_MESSAGE = 500;

    /// When it went wrong.
    public enum Phase {
        COMPILE,
        EVALUATE
    }

    private final Phase phase;
    private final String expression;
    private final int position;

    ExpressionException(Phase phase, String message, String expression, int position) {
        super(
                message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) + "…" : message,
                null,
                false,
                false);
        this.phase = phase;
        this.expression = expression;
        this.position = Math.clamp(position, 0, expression.length());
    }

    public Phase phase() {
        return phase;
    }

    /// The whole text of the expression.
    public String expression() {
        return expression;
    }

    /// Where in the text: an offset in UTF-16 units, from 0 to the text's length.
    public int position() {
        return position;
    }

    /// The message and the place in one line: `… (offset 8, at true && [here]request.pth == …)`.
    public String inLine() {
        var from = Math.max(0, position - 40);
        var to = Math.min(expression.length(), position + 40);
        return getMessage()
                + " (offset "
                + position
                + ", at "
                + (from > 0 ? "…" : "")
                + expression.substring(from, position).replaceAll("\\s+", " ")
                + "[here]"
                + expression.substring(position, to).replaceAll("\\s+", " ")
                + (to < expression.length() ? "…" : "")
                + ")";
    }

    /// The message, the line it is about, and a caret under the place.
    public String rendered() {
        var start = expression.lastIndexOf('\n', position - 1) + 1;
        var end = expression.indexOf('\n', position);
        var line =
                expression.substring(start, end < 0 ? expression.length() : Math.max(start, end));
        var from = Math.max(0, position - start - 60);
        var to = Math.min(line.length(), position - start + 60);
        var before = from > 0 ? "…" : "";
        return getMessage()
                + "\n  "
                + before
                + line.substring(from, Math.max(from, to)).replace('\t', ' ')
                + (to < line.length() ? "…" : "")
                + "\n  "
                + " ".repeat(before.length() + position - start - from)
                + "^";
    }
}
