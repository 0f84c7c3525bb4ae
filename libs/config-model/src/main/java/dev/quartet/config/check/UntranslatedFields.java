package dev.quartet.config.check;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.Tree;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.RecordSchema;
import java.util.List;
import java.util.Map;

/// Finds what is set but not translated by this version, from the annotations on the records.
final class UntranslatedFields {
    private UntranslatedFields() {}

    static void check(Resource<?> resource, Problems problems) {
        var ofKind = RecordSchema.of(resource.spec().getClass()).notTranslated();
        if (ofKind == null) {
            fields(resource.spec(), FieldPath.SPEC, problems);
        } else {
            add(ofKind, FieldPath.ROOT, named(resource.key().kind()), problems);
        }
    }

    private static String named(Kind kind) {
        var vowel =
                "aeiouAEIOU".indexOf(kind.label().charAt(0)) >= 0
                        || kind.label().startsWith("HTTP");
        return (vowel ? "an " : "a ") + kind.label();
    }

    private static void fields(Object holder, FieldPath path, Problems problems) {
        for (var field : RecordSchema.of(holder.getClass()).fields()) {
            var value = field.of(holder);
            if (value == null || Boolean.FALSE.equals(value) || !RecordSchema.Field.isSet(value)) {
                continue;
            }
            var inner = path.field(field.name());
            var untranslated = field.notTranslated();
            if (untranslated == null) {
                value(value, inner, problems);
            } else {
                add(untranslated, inner, field.name(), problems);
            }
        }
    }

    private static void value(Object value, FieldPath path, Problems problems) {
        switch (value) {
            case Tree tree -> {}
            case Record nested -> fields(nested, path, problems);
            case Enum<?> choice -> {
                var untranslated = RecordSchema.notTranslated(choice);
                if (untranslated != null) {
                    add(untranslated, path, choice.name(), problems);
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

    private static void add(
            NotTranslated untranslated, FieldPath path, String what, Problems problems) {
        if (untranslated.protects()) {
            problems.add(
                    Reason.NOT_ENFORCED_YET,
                    path,
                    "this version does not enforce " + what + ", so it would protect nobody",
                    untranslated.value());
        } else {
            problems.add(
                    Reason.NOT_SUPPORTED_YET,
                    path,
                    "this version does nothing with " + what,
                    untranslated.value());
        }
    }
}
