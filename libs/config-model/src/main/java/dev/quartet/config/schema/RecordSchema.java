package dev.quartet.config.schema;

import java.lang.annotation.Annotation;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A record as a schema: its fields in order, what may stand in each, how to make one and how to look into one.
/// Reflection happens once per class; the handles are as fast as code. Thread-safe.
public final class RecordSchema {
    private static final ClassValue<RecordSchema> SCHEMAS =
            new ClassValue<>() {
                @Override
                protected RecordSchema computeValue(Class<?> type) {
                    return new RecordSchema(type);
                }
            };

    private static final ClassValue<Map<String, java.lang.reflect.Field>> CONSTANTS =
            new ClassValue<>() {
                @Override
                protected Map<String, java.lang.reflect.Field> computeValue(Class<?> choice) {
                    return Arrays.stream(choice.getFields())
                            .filter(java.lang.reflect.Field::isEnumConstant)
                            .collect(
                                    Collectors.toUnmodifiableMap(
                                            java.lang.reflect.Field::getName, Function.identity()));
                }
            };

    private final Class<?> type;
    private final List<Field> fields;
    private final Map<String, Field> byName;
    private final Map<String, List<Field>> exclusive;
    private final MethodHandle constructor;

    /// One component of the record.
    ///
    /// @param index its place among the constructor's arguments
    /// @param name its name in YAML and JSON
    /// @param notEmpty whether it holds an item if it is given
    /// @param nullIsEmpty whether a key without a value is `{}`
    /// @param notTranslated what to tell a user who sets it; null when it is translated
    /// @param superseded what to tell a user who sets it; null when it is no old form
    public record Field(
            int index,
            String name,
            Shape shape,
            boolean required,
            boolean notEmpty,
            boolean nullIsEmpty,
            @Nullable NotTranslated notTranslated,
            @Nullable Superseded superseded,
            MethodHandle accessor) {

        /// The component of `holder`; null when the user left it out.
        public @Nullable Object of(Object holder) {
            try {
                return accessor.invoke(holder);
            } catch (Throwable impossible) {
                throw new IllegalStateException(
                        "cannot read " + name + " of " + holder.getClass(), impossible);
            }
        }

        /// Whether a component holds anything that a user could have written.
        public static boolean isSet(@Nullable Object value) {
            return switch (value) {
                case null -> false;
                case List<?> list -> !list.isEmpty();
                case Map<?, ?> map -> !map.isEmpty();
                default -> true;
            };
        }
    }

    private RecordSchema(Class<?> type) {
        this.type = type;
        var components = type.getRecordComponents();
        var lookup = MethodHandles.publicLookup();
        var fields = new ArrayList<Field>();
        var exclusive = new LinkedHashMap<String, List<Field>>();
        try {
            for (var component : components) {
                var field = field(fields.size(), component, lookup);
                fields.add(field);
                var group = component.getAnnotation(OneOf.class);
                if (group != null) {
                    exclusive.computeIfAbsent(group.value(), g -> new ArrayList<>()).add(field);
                }
            }
            var parameters =
                    Arrays.stream(components)
                            .map(RecordComponent::getType)
                            .toArray(Class<?>[]::new);
            this.constructor =
                    lookup.findConstructor(type, MethodType.methodType(void.class, parameters))
                            .asSpreader(Object[].class, parameters.length)
                            .asType(MethodType.methodType(Object.class, Object[].class));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot look into " + type, e);
        }
        this.fields = List.copyOf(fields);
        this.byName = new HashMap<>();
        fields.forEach(field -> byName.put(field.name(), field));
        this.exclusive = exclusive;
    }

    private static Field field(int index, RecordComponent component, MethodHandles.Lookup lookup)
            throws IllegalAccessException {
        return new Field(
                index,
                component.getName(),
                Shape.of(component.getGenericType()),
                component.isAnnotationPresent(Required.class),
                component.isAnnotationPresent(NotEmpty.class),
                component.isAnnotationPresent(NullIsEmpty.class),
                component.getAnnotation(NotTranslated.class),
                component.getAnnotation(Superseded.class),
                lookup.unreflect(component.getAccessor())
                        .asType(MethodType.methodType(Object.class, Object.class)));
    }

    public static RecordSchema of(Class<?> type) {
        return SCHEMAS.get(type);
    }

    public Class<?> type() {
        return type;
    }

    public List<Field> fields() {
        return fields;
    }

    /// @param name also in snake case, as protobuf's own files have it
    public @Nullable Field field(String name) {
        var field = byName.get(name);
        return field != null || name.indexOf('_') < 0 ? field : byName.get(Names.camelCase(name));
    }

    /// Groups of fields of which at most one may be set.
    public Iterable<List<Field>> exclusive() {
        return exclusive.values();
    }

    /// What to tell a user who writes such a resource; null when it is translated.
    public @Nullable NotTranslated notTranslated() {
        return type.getAnnotation(NotTranslated.class);
    }

    /// What to tell a user who writes this value of an enum; null when it is translated.
    public static @Nullable NotTranslated notTranslated(Enum<?> value) {
        return annotation(value, NotTranslated.class);
    }

    /// What to tell a user who writes this value of an enum; null when it is no old form.
    public static @Nullable Superseded superseded(Enum<?> value) {
        return annotation(value, Superseded.class);
    }

    private static <A extends Annotation> @Nullable A annotation(Enum<?> value, Class<A> type) {
        var constant = CONSTANTS.get(value.getDeclaringClass()).get(value.name());
        return constant == null ? null : constant.getAnnotation(type);
    }

    /// @param arguments one per field, in order; null only where the component is `@Nullable`
    public Object make(@Nullable Object[] arguments) {
        try {
            return constructor.invokeExact(arguments);
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable impossible) {
            throw new IllegalStateException("cannot make a " + type, impossible);
        }
    }
}
