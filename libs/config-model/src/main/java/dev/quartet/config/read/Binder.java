package dev.quartet.config.read;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.Tree;
import dev.quartet.config.schema.RecordSchema;
import dev.quartet.config.schema.Shape;
import dev.quartet.expressions.NearNames;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Fits a tree into a record, and says everything that does not fit. One use per document; not thread-safe.
final class Binder {
    private final Faults faults;
    private final ScalarBinder scalars;

    Binder(Findings.Of findings) {
        this.faults = new Faults(findings);
        this.scalars = new ScalarBinder(faults);
    }

    /// Null when something did not fit; then it has been told.
    @Nullable Object bind(RecordSchema schema, Node node, FieldPath path) {
        return nested(schema, node, Step.of(path));
    }

    @Nullable Map<String, String> texts(Node node, FieldPath path) {
        var value = map(new Shape.MapOf(false, new Shape.Text()), node, Step.of(path));
        if (value == null) {
            return null;
        }
        var texts = new LinkedHashMap<String, String>();
        value.forEach((key, text) -> texts.put((String) key, (String) text));
        return texts;
    }

    @Nullable String text(Node node, FieldPath path) {
        return scalars.text(node, Step.of(path));
    }

    void unknownField(Node node, FieldPath path, String name, Collection<String> known) {
        unknown(node, Step.of(path), name, known, "");
    }

    private @Nullable Object value(Shape shape, Node node, Step step) {
        return switch (shape) {
            case Shape.Text text -> scalars.text(node, step);
            case Shape.Bool bool -> scalars.bool(node, step);
            case Shape.Int32 number -> scalars.int32(node, step);
            case Shape.Int64 number -> scalars.int64(node, step);
            case Shape.Decimal decimal -> scalars.decimal(node, step);
            case Shape.Span span -> scalars.duration(node, step);
            case Shape.Choice choice -> scalars.choice(choice, node, step);
            case Shape.AnyTree any -> tree(node, step);
            case Shape.ListOf list -> list(list, node, step);
            case Shape.MapOf map -> map(map, node, step);
            case Shape.Nested nested -> nested(nested.schema(), node, step);
            case Shape.AnyOf any -> anyOf(any, node, step);
        };
    }

    private @Nullable Tree tree(Node node, Step step) {
        return switch (node) {
            case Node.Text text ->
                    scalars.clean(text.text(), node, step) ? new Tree.Text(text.text()) : null;
            case Node.Num number -> {
                var value = scalars.inRange(number.number(), node, step);
                yield value == null ? null : new Tree.Num(value);
            }
            case Node.Bool bool -> new Tree.Bool(bool.value());
            case Node.Null nothing -> new Tree.Null();
            case Node.Arr array -> {
                var items = new ArrayList<Tree>();
                for (int i = 0; i < array.items().size(); i++) {
                    var item = tree(array.items().get(i), step.index(i));
                    if (item != null) {
                        items.add(item);
                    }
                }
                yield new Tree.Items(items);
            }
            case Node.Obj object -> {
                var fields = new LinkedHashMap<String, Tree>();
                for (var entry : object.fields().entrySet()) {
                    var value = tree(entry.getValue(), step.key(entry.getKey()));
                    if (value != null && scalars.clean(entry.getKey(), entry.getValue(), step)) {
                        fields.put(entry.getKey(), value);
                    }
                }
                yield new Tree.Fields(fields);
            }
        };
    }

    private @Nullable List<?> list(Shape.ListOf shape, Node node, Step step) {
        if (!(node instanceof Node.Arr array)) {
            faults.wrongType(
                    node, step, "a list", "begin each item with \"- \", or put them in brackets");
            return null;
        }
        var items = new ArrayList<Object>(array.items().size());
        for (int i = 0; i < array.items().size(); i++) {
            var item = value(shape.item(), array.items().get(i), step.index(i));
            if (item != null) {
                items.add(item);
            }
        }
        return items.size() == array.items().size() ? items : null;
    }

    private @Nullable Map<Object, Object> map(Shape.MapOf shape, Node node, Step step) {
        if (!(node instanceof Node.Obj object)) {
            faults.wrongType(
                    node,
                    step,
                    "an object",
                    "write \"key: value\" lines, deeper than the field's own");
            return null;
        }
        var entries = new LinkedHashMap<Object, Object>();
        for (var entry : object.fields().entrySet()) {
            var inner = step.key(entry.getKey());
            var value = value(shape.value(), entry.getValue(), inner);
            var key =
                    shape.numericKeys()
                            ? scalars.port(entry.getKey(), entry.getValue(), inner)
                            : entry.getKey();
            if (value != null
                    && key != null
                    && scalars.clean(entry.getKey(), entry.getValue(), step)
                    && entries.put(key, value) != null) {
                faults.add(
                        Reason.CONFLICTING_FIELDS,
                        entry.getValue(),
                        inner,
                        key + " stands here twice",
                        "keep one of them");
            }
        }
        return entries.size() == object.fields().size() ? entries : null;
    }

    private @Nullable Object nested(RecordSchema schema, Node node, Step step) {
        if (!(node instanceof Node.Obj object)) {
            var names = schema.fields().stream().limit(5).map(RecordSchema.Field::name);
            faults.wrongType(
                    node,
                    step,
                    "an object",
                    "its fields are " + names.collect(Collectors.joining(", ")) + more(schema));
            return null;
        }
        var arguments = new @Nullable Object[schema.fields().size()];
        var given = new @Nullable Node[arguments.length];
        var fits = true;
        for (var entry : object.fields().entrySet()) {
            var field = schema.field(entry.getKey());
            if (field != null && given[field.index()] != null) {
                faults.add(
                        Reason.CONFLICTING_FIELDS,
                        entry.getValue(),
                        step.field(field.name()),
                        field.name() + " stands here twice, also as " + quoted(entry.getKey()),
                        "keep one of them");
                fits = false;
            } else if (field == null) {
                unknown(
                        entry.getValue(),
                        step,
                        entry.getKey(),
                        names(schema),
                        misplaced(schema, entry.getKey()));
                fits = false;
            } else if (!(entry.getValue() instanceof Node.Null) || field.nullIsEmpty()) {
                var content = withoutNull(entry.getValue());
                var value = value(field.shape(), content, step.field(field.name()));
                given[field.index()] = content;
                arguments[field.index()] = value;
                fits &= value != null;
            }
        }
        for (var group : schema.exclusive()) {
            var set = new ArrayList<String>(0);
            for (var field : group) {
                if (RecordSchema.Field.isSet(arguments[field.index()])) {
                    set.add(field.name());
                }
            }
            if (set.size() > 1) {
                faults.add(
                        Reason.CONFLICTING_FIELDS,
                        object,
                        step,
                        String.join(" and ", set) + " exclude each other",
                        "keep one of them");
                fits = false;
            }
        }
        for (var field : schema.fields()) {
            fits &= fill(field, arguments, given[field.index()], object, step);
        }
        return fits ? schema.make(arguments) : null;
    }

    private static Node withoutNull(Node node) {
        return node instanceof Node.Null(int line) ? new Node.Obj(Map.of(), line, 1) : node;
    }

    /// What stands for a field that was left out: an empty list or map, false, or null.
    private boolean fill(
            RecordSchema.Field field,
            @Nullable Object[] arguments,
            @Nullable Node given,
            Node.Obj object,
            Step step) {
        var value = arguments[field.index()];
        if (value == null && given != null) {
            return false;
        }
        if (value == null) {
            arguments[field.index()] =
                    switch (field.shape()) {
                        case Shape.ListOf list -> List.of();
                        case Shape.MapOf map -> Map.of();
                        case Shape.Bool bool when !bool.presence() -> false;
                        default -> null;
                    };
        }
        var wanted = field.required() || field.notEmpty() && given != null;
        if (wanted && !RecordSchema.Field.isSet(arguments[field.index()])) {
            faults.add(
                    Reason.MISSING_FIELD,
                    given == null ? object : given,
                    step.field(field.name()),
                    field.name() + (given == null ? " is missing" : " is empty"),
                    field.required()
                            ? "add it" + example(field.shape())
                            : "write an item, or leave it out");
            return false;
        }
        return true;
    }

    private static String example(Shape shape) {
        return switch (shape) {
            case Shape.Choice choice -> ": one of " + String.join(", ", choice.names());
            case Shape.ListOf list -> ", with one item at least";
            case Shape.Int32 number -> ": a whole number";
            case Shape.Nested nested -> {
                var inner =
                        nested.schema().fields().stream()
                                .filter(RecordSchema.Field::required)
                                .map(RecordSchema.Field::name)
                                .collect(Collectors.joining(" and "));
                yield inner.isEmpty() ? "" : ", with " + inner;
            }
            default -> "";
        };
    }

    private static String more(RecordSchema schema) {
        return schema.fields().size() > 5 ? ", …" : "";
    }

    private static List<String> names(RecordSchema schema) {
        return schema.fields().stream().map(RecordSchema.Field::name).toList();
    }

    /// `destination.` when the field exists one level further in: the usual fault of indentation.
    private static String misplaced(RecordSchema schema, String name) {
        for (var field : schema.fields()) {
            var inner = field.shape() instanceof Shape.ListOf list ? list.item() : field.shape();
            if (inner instanceof Shape.Nested nested && nested.schema().field(name) != null) {
                return field.name();
            }
        }
        return "";
    }

    private void unknown(
            Node node, Step step, String name, Collection<String> known, String misplacedIn) {
        var near = NearNames.of(name, known);
        String fix;
        if (near.isPresent()) {
            fix = "did you mean " + near.get() + "?";
        } else if (!misplacedIn.isEmpty()) {
            fix = "it belongs into " + misplacedIn + "; check the indentation";
        } else {
            fix = "known here are " + String.join(", ", known);
        }
        faults.add(
                Reason.UNKNOWN_FIELD,
                node,
                step.field(name),
                "there is no field " + quoted(name) + " here",
                fix);
    }

    private @Nullable Object anyOf(Shape.AnyOf any, Node node, Step step) {
        if (node instanceof Node.Obj object && object.fields().size() == 1) {
            var only = object.fields().entrySet().iterator().next();
            for (var member : any.members()) {
                if (member.field(only.getKey()) != null
                        && !(only.getValue() instanceof Node.Null)) {
                    return nested(member, node, step);
                }
            }
        }
        return unusualAnyOf(any, node, step);
    }

    /// Empty, with several fields or with unknown ones.
    private @Nullable Object unusualAnyOf(Shape.AnyOf any, Node node, Step step) {
        var members = any.members().stream().filter(m -> !m.fields().isEmpty()).toList();
        var names = members.stream().map(m -> m.fields().getFirst().name()).toList();
        if (!(node instanceof Node.Obj object)) {
            var fix =
                    node instanceof Node.Text text
                            ? "write {" + names.getFirst() + ": " + quoted(text.text()) + "}"
                            : "write one of " + String.join(", ", names);
            faults.wrongType(node, step, "an object", fix);
            return null;
        }
        var set =
                object.fields().entrySet().stream()
                        .filter(e -> !(e.getValue() instanceof Node.Null))
                        .toList();
        var unknown = set.stream().filter(e -> !names.contains(e.getKey())).toList();
        if (!unknown.isEmpty()) {
            unknown.forEach(e -> unknown(e.getValue(), step, e.getKey(), names, ""));
            return null;
        }
        if (set.size() > 1) {
            faults.add(
                    Reason.CONFLICTING_FIELDS,
                    node,
                    step,
                    set.stream().map(Map.Entry::getKey).collect(Collectors.joining(" and "))
                            + " exclude each other",
                    "keep one of them");
            return null;
        }
        for (var member : any.members()) {
            if (set.isEmpty()
                    ? member.fields().isEmpty()
                    : member.field(set.getFirst().getKey()) != null) {
                return nested(member, node, step);
            }
        }
        faults.add(
                Reason.MISSING_FIELD,
                node,
                step,
                "it is empty",
                "write one of " + String.join(", ", names));
        return null;
    }
}
