package dev.quartet.config.check;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.Tree;
import dev.quartet.config.schema.RecordSchema;
import java.util.List;
import java.util.Map;

/// Finds what is set but not translated by this version, from the annotations on the records.
final class UntranslatedFields {
    private UntranslatedFields() {}

    static void check(Object holder, FieldPath path, Problems problems) {
        for (var field : RecordSchema.of(holder.getClass()).fields()) {
            var value = field.of(holder);
            if (value == null || Boolean.FALSE.equals(value) || !RecordSchema.Field.isSet(value)) {
                continue;
            }
            var inner = path.field(field.name());
            var why = field.notTranslated();
            if (why == null) {
                value(value, inner, problems);
            } else {
                problems.add(
                        Reason.NOT_SUPPORTED_YET,
                        inner,
                        "this version does nothing with " + field.name(),
                        why);
            }
        }
    }

    private static void value(Object value, FieldPath path, Problems problems) {
        switch (value) {
            case Tree tree -> {}
            case Record nested -> check(nested, path, problems);
            case Enum<?> choice -> {
                var why = RecordSchema.notTranslated(choice);
                if (why != null) {
                    problems.add(
                            Reason.NOT_SUPPORTED_YET,
                            path,
                            "this version does nothing with " + choice.name(),
                            why);
                }
            }
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    value(list.get(i), path.index(i), problems);
                }
            }
            case Map<?, ?> map ->
                    map.forEach(
                            (key, item) -> value(item, path.key(String.valueOf(key)), problems));
            default -> {}
        }
    }
}
