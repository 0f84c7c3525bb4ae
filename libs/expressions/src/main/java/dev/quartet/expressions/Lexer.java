package dev.quartet.expressions;

/// Cuts a text into tokens, one at a time. Literals are written as in Go.
final class Lexer {
    enum Sort {
        NAME,
        STRING,
        INTEGER,
        DOUBLE,
        SIGN,
        END
    }

    /// @param text the name, the sign, the digits, or the unquoted string
    record Token(Sort sort, int position, String text) {
        boolean is(String sign) {
            return sort == Sort.SIGN && text.equals(sign);
        }

        /// For messages.
        String described() {
            return switch (sort) {
                case END -> "the end";
                case STRING -> "a string";
                case NAME, INTEGER, DOUBLE, SIGN -> "\"" + text + "\"";
            };
        }
    }

    private static final String[] SIGNS = {
        "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "|", "+", "-", "(", ")", "[", "]", ",",
        "."
    };

    private final String text;
    private int at;

    Lexer(String text) {
        this.text = text;
    }

    Token next() {
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
        if (at == text.length()) {
            return new Token(Sort.END, at, "");
        }
        var start = at;
        var sign = text.charAt(at);
        if (Character.isLetter(sign) || sign == '_') {
            while (at < text.length()
                    && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
                at++;
            }
            return new Token(Sort.NAME, start, text.substring(start, at));
        }
        if (isDigit(sign)
                || sign == '.' && at + 1 < text.length() && isDigit(text.charAt(at + 1))) {
            return number();
        }
        if (sign == '"') {
            return new Token(Sort.STRING, start, quoted());
        }
        if (sign == '`') {
            var end = text.indexOf('`', at + 1);
            if (end < 0) {
                throw new Fault(start, "the string that starts here has no closing `");
            }
            at = end + 1;
            return new Token(Sort.STRING, start, text.substring(start + 1, end).replace("\r", ""));
        }
        for (var known : SIGNS) {
            if (text.startsWith(known, at)) {
                at += known.length();
                return new Token(Sort.SIGN, start, known);
            }
        }
        throw new Fault(start, refusal(sign));
    }

    private static String refusal(char sign) {
        return switch (sign) {
            case '=' -> "\"=\" is not an operator; compare with ==";
            case '&' -> "\"&\" is not an operator; for \"and\" write &&";
            case '?', ':' ->
                    "\"" + sign + "\" is not an operator; write conditional(condition, yes, no)";
            case '*', '/', '%', '^', '~' -> "there is no operator " + sign + " in this language";
            case '\'' -> "strings stand in double quotes or backquotes, not in single quotes";
            default ->
                    Character.isISOControl(sign) || Character.isSurrogate(sign)
                            ? String.format("the sign U+%04X cannot stand here", (int) sign)
                            : "the sign " + sign + " cannot stand here";
        };
    }

    private Token number() {
        var start = at;
        var sort = Sort.INTEGER;
        digits();
        if (at < text.length() && text.charAt(at) == '.') {
            sort = Sort.DOUBLE;
            at++;
            digits();
        }
        if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            sort = Sort.DOUBLE;
            at++;
            if (at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-')) {
                at++;
            }
            var exponent = at;
            digits();
            if (at == exponent) {
                throw new Fault(start, "the number has no digits after its exponent sign");
            }
        }
        if (at < text.length()
                && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
            throw new Fault(
                    start,
                    "a number is written with decimal digits only; a duration is a string, for example \"5s\"");
        }
        return new Token(sort, start, text.substring(start, at));
    }

    private void digits() {
        while (at < text.length() && isDigit(text.charAt(at))) {
            at++;
        }
    }

    private String quoted() {
        var start = at++;
        var value = new StringBuilder();
        while (true) {
            if (at == text.length() || text.charAt(at) == '\n') {
                throw new Fault(start, "the string that starts here has no closing \"");
            }
            var sign = text.charAt(at++);
            if (sign == '"') {
                return value.toString();
            }
            if (sign == '\\') {
                escape(value, start);
            } else {
                value.append(sign);
            }
        }
    }

    private void escape(StringBuilder value, int start) {
        if (at == text.length()) {
            throw new Fault(start, "the string that starts here has no closing \"");
        }
        var position = at - 1;
        var sign = text.charAt(at++);
        switch (sign) {
            case 'a' -> value.append('\u0007');
            case 'b' -> value.append('\b');
            case 'f' -> value.append('\f');
            case 'n' -> value.append('\n');
            case 'r' -> value.append('\r');
            case 't' -> value.append('\t');
            case 'v' -> value.append('\u000b');
            case '\\', '"' -> value.append(sign);
            case 'x' -> code(value, position, 2, 16);
            case 'u' -> code(value, position, 4, 16);
            case 'U' -> code(value, position, 8, 16);
            case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                at--;
                code(value, position, 3, 8);
            }
            default ->
                    throw new Fault(
                            position,
                            "there is no escape \\"
                                    + sign
                                    + "; write \\\\ for a backslash, or use `…`");
        }
    }

    private void code(StringBuilder value, int position, int length, int radix) {
        var end = at + length;
        if (end > text.length()) {
            throw new Fault(position, "the escape is cut short");
        }
        long code = 0;
        for (; at < end; at++) {
            var digit = Character.digit(text.charAt(at), radix);
            if (digit < 0 || text.charAt(at) > 'f') {
                throw new Fault(
                        position, "the escape takes " + length + " digits of base " + radix);
            }
            code = code * radix + digit;
        }
        if (length < 4 && code > 0x7f) {
            throw new Fault(
                    position,
                    "the escape is a single byte beyond ASCII; write the letter itself or \\u");
        }
        if (code > Character.MAX_CODE_POINT || code >= 0xd800 && code <= 0xdfff) {
            throw new Fault(position, "the escape is no Unicode character");
        }
        value.appendCodePoint((int) code);
    }

    private static boolean isSpace(char sign) {
        return sign == ' ' || sign == '\t' || sign == '\n' || sign == '\r';
    }

    private static boolean isDigit(char sign) {
        return sign >= '0' && sign <= '9';
    }
}
