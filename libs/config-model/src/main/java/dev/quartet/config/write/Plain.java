package dev.quartet.config.write;

import dev.quartet.config.Tree;
import dev.quartet.config.schema.Durations;
import dev.quartet.config.schema.RecordSchema;
import dev.quartet.config.schema.Shape;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Records as maps, lists and scalars, in the order of their components; what the user left out is left out.
final class Plain {
    private Plain() {}

    static Map<String, @Nullable Object> of(Record holder) {
        var fields = new LinkedHashMap<String, @Nullable Object>();
        for (var field : RecordSchema.of(holder.getClass()).fields()) {
            var value = field.of(holder);
            if (RecordSchema.Field.isSet(value) && !isUnsetFlag(field, value)) {
                fields.put(field.name(), value(value));
            }
        }
        return fields;
    }

    static Map<String, @Nullable Object> of(Tree.Fields fields) {
        var map = new LinkedHashMap<String, @Nullable Object>();
        fields.fields().forEach((name, value) -> map.put(name, tree(value)));
        return map;
    }

    private static boolean isUnsetFlag(RecordSchema.Field field, @Nullable Object value) {
        return field.shape() instanceof Shape.Bool bool
                && !bool.presence()
                && Boolean.FALSE.equals(value);
    }

    private static @Nullable Object value(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Duration duration -> Durations.format(duration);
            case Enum<?> choice -> choice.name();
            case List<?> list -> list.stream().<@Nullable Object>map(Plain::value).toList();
            case Map<?, ?> map -> {
                var fields = new LinkedHashMap<String, @Nullable Object>();
                map.forEach((key, item) -> fields.put(String.valueOf(key), value(item)));
                yield fields;
            }
            case Tree tree -> tree(tree);
            case Record nested -> of(nested);
            default -> value;
        };
    }

    private static @Nullable Object tree(Tree tree) {
        return switch (tree) {
            case Tree.Text text -> text.text();
            case Tree.Num number -> number.number();
            case Tree.Bool bool -> bool.value();
            case Tree.Null nothing -> null;
            case Tree.Items items -> {
                var list = new ArrayList<@Nullable Object>();
                items.items().forEach(item -> list.add(tree(item)));
                yield list;
            }
            case Tree.Fields fields -> of(fields);
        };
    }
}
