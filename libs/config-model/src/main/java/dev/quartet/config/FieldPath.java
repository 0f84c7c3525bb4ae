package dev.quartet.config;

import java.util.ArrayList;
import java.util.List;

/// The way to a field inside a resource, in the form that users know: `spec.http[0].route[1].destination.subset`.
/// Immutable; a child path costs one string.
public record FieldPath(String text) {
    public static final FieldPath ROOT = new FieldPath("");
    public static final FieldPath SPEC = new FieldPath("spec");
    public static final FieldPath METADATA = new FieldPath("metadata");

    /// A name that is no plain word stands in brackets, like a key.
    public FieldPath field(String name) {
        return isWord(name) ? new FieldPath(text.isEmpty() ? name : text + "." + name) : key(name);
    }

    private static boolean isWord(String name) {
        for (int i = 0; i < name.length(); i++) {
            var c = name.charAt(i);
            if (!(c >= 'a' && c <= 'z'
                    || c >= 'A' && c <= 'Z'
                    || c >= '0' && c <= '9'
                    || c == '_'
                    || c == '-')) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    public FieldPath index(int position) {
        return new FieldPath(text + "[" + position + "]");
    }

    /// An entry of a map: `spec.http[0].match[0].headers["end-user"]`. Quotes, and signs that would move a terminal's
    /// cursor, are escaped as in JSON.
    public FieldPath key(String key) {
        var path = new StringBuilder(text).append("[\"");
        for (int i = 0; i < key.length(); i++) {
            var c = key.charAt(i);
            if (c == '"' || c == '\\') {
                path.append('\\').append(c);
            } else if (Character.isISOControl(c)
                    || Character.getType(c) == Character.FORMAT
                    || c == '\u2028'
                    || c == '\u2029') {
                path.append("\\u%04x".formatted((int) c));
            } else {
                path.append(c);
            }
        }
        return new FieldPath(path.append("\"]").toString());
    }

    /// One part of the way.
    public sealed interface Step {
        record Field(String name) implements Step {}

        record Index(int position) implements Step {}

        record Key(String key) implements Step {}
    }

    /// From the resource inwards; ends where the text is no path any more.
    public List<Step> steps() {
        var steps = new ArrayList<Step>();
        int at = 0;
        while (at < text.length()) {
            if (text.startsWith("[\"", at)) {
                int end = endOfKey(at + 2);
                if (end < 0) {
                    break;
                }
                steps.add(new Step.Key(unescaped(text.substring(at + 2, end))));
                at = end + 2;
            } else if (text.charAt(at) == '[') {
                int end = text.indexOf(']', at);
                if (end < 0 || !text.substring(at + 1, end).matches("[0-9]{1,9}")) {
                    break;
                }
                steps.add(new Step.Index(Integer.parseInt(text.substring(at + 1, end))));
                at = end + 1;
            } else {
                at += text.charAt(at) == '.' ? 1 : 0;
                int end = at;
                while (end < text.length() && text.charAt(end) != '.' && text.charAt(end) != '[') {
                    end++;
                }
                if (end == at) {
                    break;
                }
                steps.add(new Step.Field(text.substring(at, end)));
                at = end;
            }
        }
        return steps;
    }

    private int endOfKey(int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) != '"') {
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        return text.startsWith("\"]", at) ? at : -1;
    }

    private static String unescaped(String key) {
        if (key.indexOf('\\') < 0) {
            return key;
        }
        var plain = new StringBuilder();
        for (int i = 0; i < key.length(); i++) {
            var c = key.charAt(i);
            if (c != '\\') {
                plain.append(c);
            } else if (key.startsWith("u", ++i) && isHex(key, i + 1, i + 5)) {
                plain.append((char) Integer.parseInt(key, i + 1, i + 5, 16));
                i += 4;
            } else {
                plain.append(key, i, Math.min(i + 1, key.length()));
            }
        }
        return plain.toString();
    }

    private static boolean isHex(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (i >= text.length() || Character.digit(text.charAt(i), 16) < 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return text;
    }
}
