package dev.quartet.config.read;

import dev.quartet.config.Spec;
import dev.quartet.config.Tree;
import dev.quartet.config.schema.RecordSchema;
import dev.quartet.config.schema.Shape;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Any spec that its record allows, with texts that are hard on readers and writers.
final class RandomSpecs {
    private static final List<String> TEXTS =
            List.of(
                    "",
                    "a",
                    "reviews",
                    "yes",
                    "true",
                    "null",
                    "~",
                    "1",
                    "1.0",
                    "0x1F",
                    "1e3",
                    "- a",
                    "a: b",
                    "a #b",
                    "#",
                    "*a",
                    "&a",
                    "!a",
                    "|",
                    ">",
                    "%a",
                    "@a",
                    "`",
                    "'",
                    "\"",
                    "\\",
                    "{",
                    "[a]",
                    "---",
                    "...",
                    "a\nb",
                    "\n",
                    " a ",
                    "\t",
                    "\u0001",
                    "\u007f",
                    "\u0085",
                    "\u2028",
                    "\uFEFF",
                    "ä",
                    "日本",
                    "😀",
                    "a".repeat(300),
                    "/a/b:c",
                    "a:",
                    ":",
                    "2026-01-01",
                    "12:30:45",
                    "<<",
                    "=",
                    "NaN",
                    ".inf",
                    "\r\n",
                    "\uE000",
                    "\uFFFF",
                    "\u200B");

    private final Random random;

    RandomSpecs(Random random) {
        this.random = random;
    }

    Spec of(Class<? extends Spec> type) {
        return (Spec) record(RecordSchema.of(type));
    }

    private Object record(RecordSchema schema) {
        var arguments = new @Nullable Object[schema.fields().size()];
        for (var field : schema.fields()) {
            arguments[field.index()] = argument(field);
        }
        for (var group : schema.exclusive()) {
            var kept = group.get(random.nextInt(group.size()));
            for (var field : group) {
                if (field != kept) {
                    arguments[field.index()] = empty(field.shape());
                }
            }
        }
        return schema.make(arguments);
    }

    private static @Nullable Object empty(Shape shape) {
        return switch (shape) {
            case Shape.ListOf list -> List.of();
            case Shape.MapOf map -> Map.of();
            case Shape.Bool bool when !bool.presence() -> false;
            default -> null;
        };
    }

    private @Nullable Object argument(RecordSchema.Field field) {
        if (!field.required() && random.nextInt(3) == 0) {
            return empty(field.shape());
        }
        return value(field.shape(), field.required() ? 1 : 0);
    }

    private Object value(Shape shape, int atLeast) {
        return switch (shape) {
            case Shape.Text text -> text();
            case Shape.Bool bool -> random.nextBoolean();
            case Shape.Int32 number ->
                    random.nextBoolean() ? random.nextInt() : random.nextInt(100);
            case Shape.Int64 number -> random.nextLong();
            case Shape.Decimal decimal ->
                    random.nextBoolean() ? random.nextInt(100) / 4.0 : random.nextDouble() * 1e12;
            case Shape.Span span ->
                    random.nextBoolean()
                            ? Duration.ofSeconds(random.nextInt(), random.nextInt(1_000_000_000))
                            : Duration.ofMillis(random.nextInt(10_000));
            case Shape.Choice choice ->
                    choice.type()
                            .getEnumConstants()[
                            random.nextInt(choice.type().getEnumConstants().length)];
            case Shape.AnyTree any -> tree(0);
            case Shape.ListOf list -> {
                var items = new ArrayList<>();
                for (int i = random.nextInt(3) + atLeast; i > 0; i--) {
                    items.add(value(list.item(), 0));
                }
                yield items;
            }
            case Shape.MapOf map -> {
                var entries = new HashMap<>();
                for (int i = random.nextInt(3) + atLeast; i > 0; i--) {
                    entries.put(
                            map.numericKeys() ? (Object) random.nextInt(70_000) : text(),
                            value(map.value(), 0));
                }
                yield entries;
            }
            case Shape.Nested nested -> record(nested.schema());
            case Shape.AnyOf any -> {
                var member = any.members().get(random.nextInt(any.members().size()));
                yield member.make(
                        member.fields().stream().map(field -> value(field.shape(), 0)).toArray());
            }
        };
    }

    private String text() {
        return TEXTS.get(random.nextInt(TEXTS.size()));
    }

    private Tree tree(int depth) {
        return switch (random.nextInt(depth > 3 ? 4 : 6)) {
            case 0 -> new Tree.Text(text());
            case 1 ->
                    new Tree.Num(
                            new BigDecimal(random.nextInt()).movePointLeft(random.nextInt(12)));
            case 2 -> new Tree.Bool(random.nextBoolean());
            case 3 -> depth == 0 ? new Tree.Text(text()) : new Tree.Null();
            case 4 -> {
                var items = new ArrayList<Tree>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    items.add(tree(depth + 1));
                }
                yield new Tree.Items(items);
            }
            default -> {
                var fields = new HashMap<String, Tree>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    fields.put(text(), tree(depth + 1));
                }
                yield new Tree.Fields(fields);
            }
        };
    }
}
