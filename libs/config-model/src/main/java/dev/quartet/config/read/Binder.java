package dev.quartet.config.read;

import static dev.quartet.config.schema.Names.printable;
import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.Tree;
import dev.quartet.config.schema.Durations;
import dev.quartet.config.schema.RecordSchema;
import dev.quartet.config.schema.Shape;
import dev.quartet.expressions.NearNames;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Fits a tree into a record, and says everything that does not fit. One use per document; not thread-safe.
final class Binder {
    private static final BigDecimal MIN_INT = BigDecimal.valueOf(Integer.MIN_VALUE);
    private static final BigDecimal MAX_INT = BigDecimal.valueOf(Integer.MAX_VALUE);
    private static final BigDecimal MIN_LONG = BigDecimal.valueOf(Long.MIN_VALUE);
    private static final BigDecimal MAX_LONG = BigDecimal.valueOf(Long.MAX_VALUE);

    private final Findings.Of findings;

    /// The way to a value, made into text only when there is something to say.
    private record Step(
            @Nullable Step parent,
            FieldPath start,
            @Nullable String name,
            int index,
            boolean isKey) {
        static Step of(FieldPath start) {
            return new Step(null, start, null, 0, false);
        }

        Step field(String field) {
            return new Step(this, start, field, 0, false);
        }

        Step key(String key) {
            return new Step(this, start, key, 0, true);
        }

        Step index(int position) {
            return new Step(this, start, null, position, false);
        }

        FieldPath path() {
            if (parent == null) {
                return start;
            }
            var before = parent.path();
            if (name == null) {
                return before.index(index);
            }
            var shown = printable(name, 100);
            return isKey ? before.key(shown) : before.field(shown);
        }
    }

    Binder(Findings.Of findings) {
        this.findings = findings;
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
        return text(node, Step.of(path));
    }

    void unknownField(Node node, FieldPath path, String name, Collection<String> known) {
        unknown(node, Step.of(path), name, known, "");
    }

    private void add(Reason reason, Node node, Step step, String fault, String fix) {
        findings.add(reason, node.line(), step.path(), fault, fix);
    }

    private void wrongType(Node node, Step step, String wanted, String fix) {
        add(Reason.WRONG_TYPE, node, step, wanted + " is wanted here, not " + node.label(), fix);
    }

    private @Nullable Object value(Shape shape, Node node, Step step) {
        return switch (shape) {
            case Shape.Text text -> text(node, step);
            case Shape.Bool bool -> bool(node, step);
            case Shape.Int32 number -> {
                var whole = whole(node, step, MIN_INT, MAX_INT);
                yield whole == null ? null : (Integer) whole.intValueExact();
            }
            case Shape.Int64 number -> {
                var whole = whole(node, step, MIN_LONG, MAX_LONG);
                yield whole == null ? null : (Long) whole.longValueExact();
            }
            case Shape.Decimal decimal -> {
                var number = number(node, step, "a number");
                yield number == null ? null : (Double) number.doubleValue();
            }
            case Shape.Span span -> duration(node, step);
            case Shape.Choice choice -> choice(choice, node, step);
            case Shape.AnyTree any -> tree(node, step);
            case Shape.ListOf list -> list(list, node, step);
            case Shape.MapOf map -> map(map, node, step);
            case Shape.Nested nested -> nested(nested.schema(), node, step);
            case Shape.AnyOf any -> anyOf(any, node, step);
        };
    }

    private @Nullable String text(Node node, Step step) {
        if (node instanceof Node.Text text) {
            return clean(text.text(), node, step) ? text.text() : null;
        }
        var fix =
                switch (node) {
                    case Node.Num number ->
                            "put it in quotes: \"" + number.number().toPlainString() + "\"";
                    case Node.Bool bool -> "put it in quotes: \"" + bool.value() + "\"";
                    default -> "write text, in quotes if need be";
                };
        wrongType(node, step, "text", fix);
        return null;
    }

    /// NUL and lone surrogates are in no name, header or path, and many a program stumbles over them.
    private boolean clean(String text, Node node, Step step) {
        for (int i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (c == 0) {
                add(Reason.INVALID_VALUE, node, step, "the text holds a NUL sign", "take it out");
                return false;
            }
            if (Character.isSurrogate(c)) {
                var pair =
                        Character.isHighSurrogate(c)
                                && i + 1 < text.length()
                                && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    add(
                            Reason.INVALID_VALUE,
                            node,
                            step,
                            "the text is not valid Unicode",
                            "write it anew");
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    private @Nullable Boolean bool(Node node, Step step) {
        if (node instanceof Node.Bool bool) {
            return bool.value();
        }
        wrongType(node, step, "true or false", "write true or false, without quotes");
        return null;
    }

    /// Also in quotes: proto3 writes 64-bit numbers so, and reads all of them.
    private @Nullable BigDecimal number(Node node, Step step, String wanted) {
        var number =
                switch (node) {
                    case Node.Num plain -> plain.number();
                    case Node.Text text -> Scalars.decimal(text.text());
                    default -> null;
                };
        if (number == null) {
            wrongType(node, step, wanted, "write a number");
        }
        return number;
    }

    private @Nullable BigDecimal whole(Node node, Step step, BigDecimal min, BigDecimal max) {
        var value = number(node, step, "a whole number");
        if (value == null) {
            return null;
        }
        if (value.stripTrailingZeros().scale() > 0) {
            wrongType(node, step, "a whole number", "write it without a fraction");
            return null;
        }
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            add(
                    Reason.INVALID_VALUE,
                    node,
                    step,
                    value + " is out of range",
                    "write a number from " + min + " to " + max);
            return null;
        }
        return value;
    }

    private @Nullable Object duration(Node node, Step step) {
        if (!(node instanceof Node.Text text)) {
            var fix =
                    node instanceof Node.Num number
                            ? "write the unit too: " + number.number().toPlainString() + "s"
                            : "write for example 5s or 100ms";
            wrongType(node, step, "a duration", fix);
            return null;
        }
        var duration = Durations.parse(text.text());
        if (duration.isEmpty()) {
            add(
                    Reason.INVALID_VALUE,
                    node,
                    step,
                    quoted(text.text()) + " is no duration",
                    "write a number with h, m, s, ms, us or ns, for example 1.5s or 100ms");
        }
        return duration.orElse(null);
    }

    private @Nullable Object choice(Shape.Choice choice, Node node, Step step) {
        var names = choice.names();
        if (!(node instanceof Node.Text text)) {
            wrongType(node, step, "a word", "write one of " + String.join(", ", names));
            return null;
        }
        for (var constant : choice.type().getEnumConstants()) {
            if (constant.name().equals(text.text())) {
                return constant;
            }
        }
        var near =
                NearNames.of(text.text(), names)
                        .map(name -> "did you mean " + name + "? ")
                        .orElse("");
        add(
                Reason.INVALID_VALUE,
                node,
                step,
                quoted(text.text()) + " is not one of the allowed values",
                near + "allowed are " + String.join(", ", names));
        return null;
    }

    private @Nullable Tree tree(Node node, Step step) {
        return switch (node) {
            case Node.Text text ->
                    clean(text.text(), node, step) ? new Tree.Text(text.text()) : null;
            case Node.Num number -> new Tree.Num(number.number());
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
                    if (value != null && clean(entry.getKey(), entry.getValue(), step)) {
                        fields.put(entry.getKey(), value);
                    }
                }
                yield new Tree.Fields(fields);
            }
        };
    }

    private @Nullable List<?> list(Shape.ListOf shape, Node node, Step step) {
        if (!(node instanceof Node.Arr array)) {
            wrongType(node, step, "a list", "begin each item with \"- \", or put them in brackets");
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
            wrongType(
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
            var key = shape.numericKeys() ? port(entry, inner) : entry.getKey();
            if (value != null && key != null && clean(entry.getKey(), entry.getValue(), step)) {
                entries.put(key, value);
            }
        }
        return entries.size() == object.fields().size() ? entries : null;
    }

    private @Nullable Object port(Map.Entry<String, Node> entry, Step step) {
        if (Scalars.resolve(entry.getKey(), 0) instanceof Node.Num number
                && number.number().scale() == 0
                && number.number().compareTo(MAX_INT) <= 0
                && number.number().compareTo(MIN_INT) >= 0) {
            return number.number().intValueExact();
        }
        add(
                Reason.WRONG_TYPE,
                entry.getValue(),
                step,
                "the key is no port number",
                "write a number from 1 to 65535");
        return null;
    }

    private @Nullable Object nested(RecordSchema schema, Node node, Step step) {
        if (!(node instanceof Node.Obj object)) {
            var names = schema.fields().stream().limit(5).map(RecordSchema.Field::name);
            wrongType(
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
                add(
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
            } else if (!(entry.getValue() instanceof Node.Null)) {
                var value = value(field.shape(), entry.getValue(), step.field(field.name()));
                given[field.index()] = entry.getValue();
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
                add(
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
        if (field.required() && !RecordSchema.Field.isSet(arguments[field.index()])) {
            findings.add(
                    Reason.MISSING_FIELD,
                    given == null ? object.line() : given.line(),
                    step.field(field.name()).path(),
                    field.name() + (given == null ? " is missing" : " is empty"),
                    "add it" + example(field.shape()));
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
        add(
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
            wrongType(node, step, "an object", fix);
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
            add(
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
        add(
                Reason.MISSING_FIELD,
                node,
                step,
                "it is empty",
                "write one of " + String.join(", ", names));
        return null;
    }
}
