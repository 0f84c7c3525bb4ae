package dev.quartet.config.check;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.RecordSchema;
import org.jspecify.annotations.Nullable;

/// Finds what is set but not translated by this version, from the annotations on the records.
final class UntranslatedFields {
    private UntranslatedFields() {}

    static void check(Resource<?> resource, Problems problems) {
        var ofKind = RecordSchema.of(resource.spec().getClass()).notTranslated();
        if (ofKind != null) {
            add(ofKind, FieldPath.ROOT, named(resource.key().kind()), problems);
            return;
        }
        SetFields.visit(
                resource.spec(),
                new SetFields.Visitor() {
                    @Override
                    public boolean field(RecordSchema.Field field, FieldPath path) {
                        return !add(field.notTranslated(), path, field.name(), problems);
                    }

                    @Override
                    public void choice(Enum<?> value, FieldPath path) {
                        add(RecordSchema.notTranslated(value), path, value.name(), problems);
                    }
                });
    }

    private static String named(Kind kind) {
        var vowel =
                "aeiouAEIOU".indexOf(kind.label().charAt(0)) >= 0
                        || kind.label().startsWith("HTTP");
        return (vowel ? "an " : "a ") + kind.label();
    }

    /// @return whether there was something to tell
    private static boolean add(
            @Nullable NotTranslated untranslated, FieldPath path, String what, Problems problems) {
        if (untranslated == null) {
            return false;
        }
        problems.add(
                Reason.NOT_SUPPORTED_YET,
                path,
                "this version does nothing with " + what,
                untranslated.value());
        return true;
    }
}
