package dev.quartet.config.check;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Spec;
import dev.quartet.config.Tree;
import dev.quartet.config.schema.RecordSchema;
import java.util.List;
import java.util.Map;

/// Goes through all that a user has set in a spec, from the outside in. Pure and thread-safe.
public final class SetFields {
    /// Told of each field and each value of an enum.
    public interface Visitor {
        /// @return whether to look below it
        boolean field(RecordSchema.Field field, FieldPath path);

        void choice(Enum<?> value, FieldPath path);
    }

    private SetFields() {}

    public static void visit(Spec spec, Visitor visitor) {
        fields(spec, FieldPath.SPEC, visitor);
    }

    private static void fields(Object holder, FieldPath path, Visitor visitor) {
        for (var field : RecordSchema.of(holder.getClass()).fields()) {
            var value = field.of(holder);
            if (value == null || Boolean.FALSE.equals(value) || !RecordSchema.Field.isSet(value)) {
                continue;
            }
            var inner = path.field(field.name());
            if (visitor.field(field, inner)) {
                value(value, inner, visitor);
            }
        }
    }

    private static void value(Object value, FieldPath path, Visitor visitor) {
        switch (value) {
            case Tree tree -> {}
            case Record nested -> fields(nested, path, visitor);
            case Enum<?> choice -> visitor.choice(choice, path);
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    value(list.get(i), path.index(i), visitor);
                }
            }
            case Map<?, ?> map ->
                    map.forEach((key, item) -> value(item, path.key(String.valueOf(key)), visitor));
            default -> {}
        }
    }
}
