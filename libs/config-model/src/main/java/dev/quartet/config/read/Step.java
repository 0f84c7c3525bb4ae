package dev.quartet.config.read;

import static dev.quartet.config.schema.Names.printable;

import dev.quartet.config.FieldPath;
import org.jspecify.annotations.Nullable;

/// The way to a value, made into text only when there is something to say.
record Step(
        @Nullable Step parent, FieldPath start, @Nullable String name, int index, boolean isKey) {
    static Step of(FieldPath start) {
        return new Step(null, start, null, 0, false);
    }

    Step field(String field) {
        return new Step(this, start, field, 0, false);
    }

    Step key(String key) {
        return new Step(this, start, key, 0, true);
    }

    Step index(int position) {
        return new Step(this, start, null, position, false);
    }

    FieldPath path() {
        if (parent == null) {
            return start;
        }
        var before = parent.path();
        if (name == null) {
            return before.index(index);
        }
        var shown = printable(name, 100);
        return isKey ? before.key(shown) : before.field(shown);
    }
}
