package dev.quartet.policy;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.Tree;
import dev.quartet.config.check.Problems;
import dev.quartet.config.schema.Decimals;
import dev.quartet.config.schema.Durations;
import dev.quartet.expressions.AttributeVocabulary;
import dev.quartet.expressions.Expression;
import dev.quartet.expressions.ExpressionException;
import dev.quartet.expressions.ValueType;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reads one object of a handler's or an instance's parameters strictly, and notes every fault with its field path.
/// A field may be spelled `label_names` or `labelNames`, as in all of Istio's protos. Not thread-safe.
final class Params {
    private final FieldPath path;
    private final Problems problems;
    private final Map<String, Tree> fields = new LinkedHashMap<>();
    private final Map<String, String> spelled = new LinkedHashMap<>();
    private final Set<String> read = new HashSet<>();
    private final Set<String> names = new TreeSet<>();

    private Params(FieldPath path, Tree.@Nullable Fields tree, Problems problems) {
        this.path = path;
        this.problems = problems;
        if (tree != null) {
            tree.fields()
                    .forEach((name, value) -> {
                        var key = key(name);
                        if (spelled.putIfAbsent(key, name) == null) {
                            fields.put(key, value);
                        } else {
                            problem(
                                    Reason.CONFLICTING_FIELDS,
                                    path.field(name),
                                    "the field is there twice, also as " + spelled.get(key),
                                    "leave one of them");
                        }
                    });
        }
    }

    /// The object, also when the user left it out.
    static Params of(FieldPath path, @Nullable Tree tree, Problems problems) {
        return switch (tree) {
            case null -> new Params(path, null, problems);
            case Tree.Null _ -> new Params(path, null, problems);
            case Tree.Fields fields -> new Params(path, fields, problems);
            case Tree.Text _, Tree.Num _, Tree.Bool _, Tree.Items _ -> {
                problems.add(
                        Reason.WRONG_TYPE,
                        path,
                        "this is " + described(tree) + ", not an object with fields",
                        "write its fields, one per line");
                yield new Params(path, null, problems);
            }
        };
    }

    boolean has(String name) {
        return fields.get(key(name)) instanceof Tree tree && !(tree instanceof Tree.Null);
    }

    FieldPath at(String name) {
        return path.field(spelled.getOrDefault(key(name), name));
    }

    Params object(String name) {
        return of(at(name), take(name), problems);
    }

    List<Params> objects(String name) {
        var objects = new ArrayList<Params>();
        var items = items(name);
        for (var i = 0; i < items.size(); i++) {
            objects.add(of(at(name).index(i), items.get(i), problems));
        }
        return objects;
    }

    List<String> texts(String name) {
        var texts = new ArrayList<String>();
        var items = items(name);
        for (var i = 0; i < items.size(); i++) {
            if (items.get(i) instanceof Tree.Text(var text)) {
                texts.add(text);
            } else {
                wrongType(at(name).index(i), items.get(i), "text");
            }
        }
        return texts;
    }

    List<Double> numbers(String name) {
        var numbers = new ArrayList<Double>();
        var items = items(name);
        for (var i = 0; i < items.size(); i++) {
            var number = number(items.get(i), at(name).index(i));
            if (number != null) {
                numbers.add(number.doubleValue());
            }
        }
        return numbers;
    }

    private List<Tree> items(String name) {
        return switch (take(name)) {
            case null -> List.of();
            case Tree.Items(var items) -> items;
            case Tree other -> {
                wrongType(at(name), other, "a list");
                yield List.of();
            }
        };
    }

    Optional<String> text(String name) {
        return switch (take(name)) {
            case null -> Optional.empty();
            case Tree.Text(var text) -> Optional.of(text);
            case Tree other -> {
                wrongType(at(name), other, "text");
                yield Optional.empty();
            }
        };
    }

    /// Notes a problem when it is left out or empty.
    Optional<String> requiredText(String name) {
        if (!has(name)) {
            take(name);
            missing(name);
            return Optional.empty();
        }
        var text = text(name);
        if (text.isPresent() && text.get().isEmpty()) {
            missing(name);
            return Optional.empty();
        }
        return text;
    }

    int integer(String name, int otherwise, int least, int most) {
        var number = number(name);
        if (number == null) {
            return otherwise;
        }
        try {
            var value = number.intValueExact();
            if (value >= least && value <= most) {
                return value;
            }
        } catch (ArithmeticException e) {
            // falls through to the problem: no int either
        }
        problem(
                Reason.INVALID_VALUE,
                at(name),
                number.toPlainString() + " is not a whole number from " + least + " to " + most,
                "write one in that range");
        return otherwise;
    }

    double decimal(String name, double otherwise) {
        var number = number(name);
        return number == null ? otherwise : number.doubleValue();
    }

    private @Nullable BigDecimal number(String name) {
        var tree = take(name);
        return tree == null ? null : number(tree, at(name));
    }

    /// Also in quotes, as in all of proto3's JSON.
    private @Nullable BigDecimal number(Tree tree, FieldPath at) {
        var number =
                switch (tree) {
                    case Tree.Num(var plain) -> plain;
                    case Tree.Text(var text) -> Decimals.parse(text);
                    case Tree.Bool _, Tree.Items _, Tree.Fields _, Tree.Null _ -> null;
                };
        if (number == null) {
            wrongType(at, tree, "a number");
        }
        return number;
    }

    Optional<Duration> duration(String name) {
        var text = text(name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        var duration = Durations.parse(text.get());
        if (duration.isEmpty() || duration.get().isNegative()) {
            problem(
                    Reason.INVALID_VALUE,
                    at(name),
                    "\"" + text.get() + "\" is not a duration",
                    "write a number with a unit, for example 5s or 1h30m");
            return Optional.empty();
        }
        return duration;
    }

    <E extends Enum<E>> Optional<E> constant(String name, Class<E> type) {
        var text = text(name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        for (var constant : type.getEnumConstants()) {
            if (constant.name().equals(text.get())) {
                return Optional.of(constant);
            }
        }
        problem(
                Reason.INVALID_VALUE,
                at(name),
                "\"" + text.get() + "\" is not one of the values here",
                "write one of " + List.of(type.getEnumConstants()));
        return Optional.empty();
    }

    Optional<Expression> expression(String name, AttributeVocabulary vocabulary) {
        return text(name).flatMap(text -> compiled(text, at(name), vocabulary));
    }

    /// An object of any field names, each an expression.
    SortedMap<String, Expression> expressions(String name, AttributeVocabulary vocabulary) {
        var compiled = new TreeMap<String, Expression>();
        switch (take(name)) {
            case null -> {}
            case Tree.Fields(var entries) ->
                    entries.forEach((label, tree) -> {
                        var entry = at(name).key(label);
                        if (tree instanceof Tree.Text(var text)) {
                            compiled(text, entry, vocabulary)
                                    .ifPresent(expression -> compiled.put(label, expression));
                        } else {
                            wrongType(entry, tree, "an expression in quotes");
                        }
                    });
            case Tree other -> wrongType(at(name), other, "an object of expressions");
        }
        return compiled;
    }

    void requireType(String name, Expression expression, Set<ValueType> allowed) {
        requireType(at(name), expression, allowed);
    }

    void requireEntryType(
            String name, String entry, Expression expression, Set<ValueType> allowed) {
        requireType(at(name).key(entry), expression, allowed);
    }

    private void requireType(FieldPath at, Expression expression, Set<ValueType> allowed) {
        if (!allowed.contains(expression.type())) {
            problem(
                    Reason.INVALID_EXPRESSION,
                    at,
                    "the expression " + expression + " is of type " + expression.type(),
                    "write one of type "
                            + allowed.stream()
                                    .map(Enum::name)
                                    .sorted()
                                    .collect(Collectors.joining(", ")));
        }
    }

    private Optional<Expression> compiled(
            String text, FieldPath at, AttributeVocabulary vocabulary) {
        try {
            return Optional.of(Expression.compile(text, vocabulary));
        } catch (ExpressionException e) {
            problem(
                    Reason.INVALID_EXPRESSION,
                    at,
                    "the expression does not compile: " + e.inLine(),
                    "correct the expression; docs/cexl.md describes the language");
            return Optional.empty();
        }
    }

    /// Notes every field that nobody asked for. To be called last.
    void close() {
        spelled.forEach((key, name) -> {
            if (!read.contains(key)) {
                problem(
                        Reason.UNKNOWN_FIELD,
                        path.field(name),
                        "there is no such field",
                        read.isEmpty()
                                ? "leave it out; there are no fields here"
                                : "write one of " + String.join(", ", names));
            }
        });
    }

    void missing(String name) {
        problem(Reason.MISSING_FIELD, at(name), "the field is left out or empty", "write it");
    }

    /// How many problems are noted so far, in all objects of the resource.
    int faults() {
        return problems.count();
    }

    void problem(Reason reason, FieldPath at, String fault, String fix) {
        problems.add(reason, at, fault, fix);
    }

    private void wrongType(FieldPath at, Tree found, String wanted) {
        problem(
                Reason.WRONG_TYPE,
                at,
                "this is " + described(found) + ", and it takes " + wanted,
                "write " + wanted);
    }

    private @Nullable Tree take(String name) {
        read.add(key(name));
        names.add(name);
        var tree = fields.get(key(name));
        return tree instanceof Tree.Null ? null : tree;
    }

    private static String key(String name) {
        return name.replace("_", "").toLowerCase(Locale.ROOT);
    }

    private static String described(Tree tree) {
        return switch (tree) {
            case Tree.Text _ -> "text";
            case Tree.Num _ -> "a number";
            case Tree.Bool _ -> "true or false";
            case Tree.Items _ -> "a list";
            case Tree.Fields _ -> "an object";
            case Tree.Null _ -> "null";
        };
    }
}
