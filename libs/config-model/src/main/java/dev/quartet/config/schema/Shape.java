package dev.quartet.config.schema;

import dev.quartet.config.Tree;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What may stand in a field, derived from the Java type of its record component.
public sealed interface Shape {
    record Text() implements Shape {}

    /// @param presence whether unset and false differ
    record Bool(boolean presence) implements Shape {}

    /// A whole number of 32 bits.
    record Int32() implements Shape {}

    /// A whole number of 64 bits.
    record Int64() implements Shape {}

    record Decimal() implements Shape {}

    record Span() implements Shape {}

    record Choice(Class<? extends Enum<?>> type) implements Shape {
        public List<String> names() {
            return Arrays.stream(type.getEnumConstants()).map(Enum::name).toList();
        }
    }

    record AnyTree() implements Shape {}

    record ListOf(Shape item) implements Shape {}

    /// @param numericKeys whether keys are ports instead of texts
    record MapOf(boolean numericKeys, Shape value) implements Shape {}

    record Nested(RecordSchema schema) implements Shape {}

    /// A sealed interface: the object's only field says which member it is.
    record AnyOf(Class<?> type, List<RecordSchema> members) implements Shape {}

    /// The records that may stand in the field, without those inside them.
    default Stream<RecordSchema> records() {
        return switch (this) {
            case ListOf list -> list.item().records();
            case MapOf map -> map.value().records();
            case Nested nested -> Stream.of(nested.schema());
            case AnyOf any -> any.members().stream();
            case Text text -> Stream.empty();
            case Bool bool -> Stream.empty();
            case Int32 number -> Stream.empty();
            case Int64 number -> Stream.empty();
            case Decimal number -> Stream.empty();
            case Span span -> Stream.empty();
            case Choice choice -> Stream.empty();
            case AnyTree tree -> Stream.empty();
        };
    }

    static Shape of(Type type) {
        if (type instanceof ParameterizedType generic) {
            var arguments = generic.getActualTypeArguments();
            if (generic.getRawType() == List.class) {
                return new ListOf(of(arguments[0]));
            }
            if (generic.getRawType() == Map.class) {
                return new MapOf(arguments[0] == Integer.class, of(arguments[1]));
            }
        }
        if (type instanceof Class<?> plain) {
            return ofClass(plain);
        }
        throw new IllegalArgumentException("no field can have the type " + type);
    }

    @SuppressWarnings("unchecked")
    private static Shape ofClass(Class<?> type) {
        if (type == String.class) {
            return new Text();
        }
        if (type == boolean.class || type == Boolean.class) {
            return new Bool(type == Boolean.class);
        }
        if (type == Integer.class) {
            return new Int32();
        }
        if (type == Long.class) {
            return new Int64();
        }
        if (type == Double.class) {
            return new Decimal();
        }
        if (type == Duration.class) {
            return new Span();
        }
        if (type == Tree.class) {
            return new AnyTree();
        }
        if (type.isEnum()) {
            return new Choice((Class<? extends Enum<?>>) type);
        }
        if (type.isRecord()) {
            return new Nested(RecordSchema.of(type));
        }
        if (type.isSealed()) {
            var members =
                    Arrays.stream(type.getPermittedSubclasses()).map(RecordSchema::of).toList();
            return new AnyOf(type, members);
        }
        throw new IllegalArgumentException("no field can have the type " + type);
    }
}
