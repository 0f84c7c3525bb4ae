package dev.quartet.pilot.traffic;

import dev.quartet.config.Tree;
import dev.quartet.config.schema.RecordSchema;
import dev.quartet.config.schema.Shape;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Names for all that a user can write in a kind: `VirtualService.http.match.uri.prefix` is a field, without indexes and without
/// the keys of maps; `DestinationRule.trafficPolicy.loadBalancer.simple.RANDOM` a value of an enum. A text match without
/// anything is `….present`.
final class FieldIds {
    private FieldIds() {}

    /// What needs a case, in the order of the fields: every field that holds a value, and every value of an enum, but for those that are
    /// not translated. A message that stands in several places is needed field by field in the first of them; of the others it
    /// is enough that something of it be shown.
    static SequencedSet<String> needed(Class<?> spec) {
        var needed = new LinkedHashSet<String>();
        new Walk(true, needed).fields(RecordSchema.of(spec), spec.getSimpleName());
        return needed;
    }

    /// All names, also of what is not translated, each with the field that it is: a field of a message that stands in several
    /// places has as many names.
    static Map<String, String> declared(Class<?> spec) {
        var walk = new Walk(false, new LinkedHashSet<>());
        walk.fields(RecordSchema.of(spec), spec.getSimpleName());
        return walk.fields;
    }

    private static final class Walk {
        private final boolean onlyNeeded;
        private final Set<String> found;
        private final Set<Class<?>> shown = new HashSet<>();
        private final Map<String, String> fields = new HashMap<>();

        Walk(boolean onlyNeeded, Set<String> found) {
            this.onlyNeeded = onlyNeeded;
            this.found = found;
        }

        void fields(RecordSchema schema, String path) {
            for (var field : schema.fields()) {
                if (!onlyNeeded || field.notTranslated() == null) {
                    shape(
                            field.shape(),
                            path + "." + field.name(),
                            schema.type().getName() + "." + field.name());
                }
            }
        }

        private void shape(Shape shape, String id, String field) {
            switch (shape) {
                case Shape.ListOf list -> shape(list.item(), id, field);
                case Shape.MapOf map -> shape(map.value(), id, field);
                case Shape.Choice choice -> {
                    for (var value : choice.type().getEnumConstants()) {
                        if (!onlyNeeded || RecordSchema.notTranslated(value) == null) {
                            add(id + "." + value.name(), field + "." + value.name());
                        }
                    }
                }
                case Shape.Nested nested -> {
                    if (!onlyNeeded || shown.add(nested.schema().type())) {
                        fields(nested.schema(), id);
                    }
                    if (!onlyNeeded || nested.schema().fields().isEmpty() || !foundBelow(id)) {
                        add(id, id);
                    }
                }
                case Shape.AnyOf any -> {
                    for (var member : any.members()) {
                        if (member.fields().isEmpty()) {
                            add(id + "." + named(member.type()), id);
                        }
                        for (var inner : member.fields()) {
                            add(id + "." + inner.name(), id + "." + inner.name());
                        }
                    }
                }
                case Shape.Text _,
                        Shape.Bool _,
                        Shape.Int32 _,
                        Shape.Int64 _,
                        Shape.Decimal _,
                        Shape.Span _,
                        Shape.AnyTree _ ->
                        add(id, field);
            }
        }

        private void add(String id, String field) {
            found.add(id);
            fields.put(id, field);
        }

        private boolean foundBelow(String id) {
            return found.stream().anyMatch(other -> other.startsWith(id + "."));
        }
    }

    private static String named(Class<?> member) {
        return member.getSimpleName().toLowerCase(Locale.ROOT);
    }

    /// All that a resource sets, with what it is in.
    static Set<String> set(Object spec) {
        var set = new TreeSet<String>();
        set(spec, spec.getClass().getSimpleName(), set);
        return set;
    }

    private static void set(Object value, String id, Set<String> set) {
        set.add(id);
        switch (value) {
            case Tree _ -> {}
            case Enum<?> choice -> set.add(id + "." + choice.name());
            case List<?> list -> list.forEach(item -> set(item, id, set));
            case Map<?, ?> map -> map.values().forEach(item -> set(item, id, set));
            case Record holder -> {
                var schema = RecordSchema.of(holder.getClass());
                if (schema.fields().isEmpty()) {
                    set.add(id + "." + named(holder.getClass()));
                }
                for (var field : schema.fields()) {
                    @Nullable Object inner = field.of(holder);
                    if (inner != null && RecordSchema.Field.isSet(inner)) {
                        set(inner, id + "." + field.name(), set);
                    }
                }
            }
            default -> {}
        }
    }
}
