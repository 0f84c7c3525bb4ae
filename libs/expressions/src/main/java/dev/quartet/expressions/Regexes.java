package dev.quartet.expressions;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/// Compiles RE2 patterns that stay small: RE2 runs in linear time, but nested counts can make the program itself huge.
/// Thread-safe.
public final class Regexes {
    public static final int MAX_LENGTH = 1024;
    static final int MAX_STEPS = 4000;

    private final String pattern;
    private int at;

    private Regexes(String pattern) {
        this.pattern = pattern;
    }

    /// @throws PatternSyntaxException with what is wrong, in plain words
    public static Pattern compile(String pattern) {
        if (pattern.length() > MAX_LENGTH) {
            throw new PatternSyntaxException("it has more than " + MAX_LENGTH + " characters");
        }
        if (new Regexes(pattern).alternatives(0) > MAX_STEPS) {
            throw new PatternSyntaxException("its counted repetitions make it too large");
        }
        return Pattern.compile(pattern);
    }

    static String fault(PatternSyntaxException e) {
        return e.getPattern() == null
                ? e.getDescription()
                : e.getDescription() + ": `" + e.getPattern() + "`";
    }

    /// The size of the program, roughly: what stands before `{n,m}` counts m times.
    private long alternatives(int depth) {
        if (depth > Expression.MAX_DEPTH) {
            throw new PatternSyntaxException("its groups are nested too deeply");
        }
        long sum = 0;
        long last = 0;
        while (at < pattern.length() && sum <= MAX_STEPS) {
            var sign = pattern.charAt(at++);
            switch (sign) {
                case '(' -> last = 1 + alternatives(depth + 1);
                case ')' -> {
                    return sum;
                }
                case '[' -> {
                    last = 1;
                    at += at < pattern.length() && pattern.charAt(at) == '^' ? 2 : 1;
                    while (at < pattern.length() && pattern.charAt(at) != ']') {
                        at += pattern.charAt(at) == '\\' ? 2 : 1;
                    }
                    at++;
                }
                case '\\' -> {
                    last = 1;
                    if (pattern.startsWith("Q", at)) {
                        var end = pattern.indexOf("\\E", at);
                        at = end < 0 ? pattern.length() : end + 1;
                    }
                    at++;
                }
                case '{' -> {
                    sum += last * (count() - 1);
                    last = 1;
                }
                default -> last = 1;
            }
            if (sign != '{') {
                sum += last;
            }
        }
        return sum;
    }

    /// The larger of the numbers up to the closing brace; 1 if there are none.
    private long count() {
        long most = 1;
        long number = 0;
        while (at < pattern.length()) {
            var sign = pattern.charAt(at);
            if (sign >= '0' && sign <= '9') {
                number = Math.min(number * 10 + (sign - '0'), 100_000);
                most = Math.max(most, number);
            } else if (sign == ',') {
                number = 0;
            } else {
                break;
            }
            at++;
        }
        at += at < pattern.length() && pattern.charAt(at) == '}' ? 1 : 0;
        return most;
    }
}
