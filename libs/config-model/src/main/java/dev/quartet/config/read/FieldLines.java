package dev.quartet.config.read;

import dev.quartet.config.FieldPath;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// In which line of its document each field of a resource stands. Immutable.
public final class FieldLines {
    private final Node root;

    FieldLines(Node root) {
        this.root = root;
    }

    /// The line of the field, or of the nearest one around it. Empty when the document came without lines.
    OptionalInt of(FieldPath path) {
        var text = path.text();
        var node = root;
        int at = 0;
        while (at < text.length()) {
            int end;
            @Nullable Node next;
            if (text.startsWith("[\"", at)) {
                end = text.indexOf("\"]", at + 2);
                next = end < 0 ? null : child(node, text.substring(at + 2, end));
                end += 2;
            } else if (text.charAt(at) == '[') {
                end = text.indexOf(']', at);
                next = end < 0 ? null : item(node, text.substring(at + 1, end));
                end += 1;
            } else {
                at = text.charAt(at) == '.' ? at + 1 : at;
                end = endOfName(text, at);
                next = child(node, text.substring(at, end));
            }
            if (next == null || end <= at) {
                break;
            }
            node = next;
            at = end;
        }
        return node.line() > 0 ? OptionalInt.of(node.line()) : OptionalInt.empty();
    }

    private static int endOfName(String text, int from) {
        int end = from;
        while (end < text.length() && text.charAt(end) != '.' && text.charAt(end) != '[') {
            end++;
        }
        return end;
    }

    private static @Nullable Node child(Node node, String name) {
        return node instanceof Node.Obj object ? object.fields().get(name) : null;
    }

    private static @Nullable Node item(Node node, String index) {
        if (!(node instanceof Node.Arr array)) {
            return null;
        }
        try {
            int position = Integer.parseInt(index);
            return position >= 0 && position < array.items().size()
                    ? array.items().get(position)
                    : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
