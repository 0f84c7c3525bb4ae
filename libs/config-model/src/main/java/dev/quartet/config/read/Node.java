package dev.quartet.config.read;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/// A value as it stands in a document, with its line (from 1; 0 when it came without lines). A value that belongs to
/// a key has the key's line.
sealed interface Node {
    int line();

    /// How many values are written out when aliases are followed; a long text is as many as it is long.
    default int size() {
        return 1;
    }

    record Obj(Map<String, Node> fields, int line, int size) implements Node {}

    record Arr(List<Node> items, int line, int size) implements Node {}

    record Text(String text, int line) implements Node {
        @Override
        public int size() {
            return sizeOf(text);
        }
    }

    static int sizeOf(String text) {
        return 1 + text.length() / Limits.SIGNS_OF_A_VALUE;
    }

    record Num(BigDecimal number, int line) implements Node {}

    record Bool(boolean value, int line) implements Node {}

    record Null(int line) implements Node {}

    /// What it is, for messages.
    default String label() {
        return switch (this) {
            case Obj object -> "an object";
            case Arr array -> "a list";
            case Text text -> "text";
            case Num number -> "the number " + number.number();
            case Bool bool -> bool.value() ? "true" : "false";
            case Null nothing -> "nothing";
        };
    }
}
