package dev.quartet.imports;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.Tree;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.config.schema.Names;
import dev.quartet.expressions.NearNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Reads a part of an old object strictly: what nobody has asked for when it is closed is told, for a field with a typing error may
/// be the one that protects. A field may be spelled `not_paths` or `notPaths`. Not thread-safe.
public final class OldFields {
    private final Told.Of told;
    private final FieldPath path;
    private final Map<String, Tree> fields = new LinkedHashMap<>();
    private final Map<String, String> spelled = new HashMap<>();
    private final TreeSet<String> asked = new TreeSet<>();

    private OldFields(Told.Of told, FieldPath path, Map<String, Tree> given) {
        this.told = told;
        this.path = path;
        given.forEach((written, value) -> {
            var name = Names.camelCase(written);
            if (spelled.putIfAbsent(name, written) != null) {
                told.add(
                        Reason.CONFLICTING_FIELDS,
                        path.field(written),
                        "the field is there twice, also as " + spelled.get(name),
                        "leave one of them");
            }
            fields.put(name, value);
        });
    }

    /// The object's spec, empty when it has none.
    public static OldFields spec(Told.Of told, ClusterObject object) {
        var spec =
                object.body() instanceof Tree.Fields(var fields)
                        ? fields.getOrDefault("spec", new Tree.Null())
                        : new Tree.Null();
        return of(told, FieldPath.SPEC, spec);
    }

    private static OldFields of(Told.Of told, FieldPath path, Tree tree) {
        return switch (tree) {
            case Tree.Fields(var fields) -> new OldFields(told, path, fields);
            case Tree.Null _ -> new OldFields(told, path, Map.of());
            case Tree.Text _, Tree.Num _, Tree.Bool _, Tree.Items _ -> {
                wrong(told, path, "an object with fields");
                yield new OldFields(told, path, Map.of());
            }
        };
    }

    private static void wrong(Told.Of told, FieldPath path, String wanted) {
        told.add(
                Reason.WRONG_TYPE,
                path,
                wanted + " is wanted here",
                "write it as Istio 1.4 has it, or take it out");
    }

    public FieldPath path() {
        return path;
    }

    public FieldPath at(String name) {
        return path.field(spelled.getOrDefault(name, name));
    }

    public boolean has(String name) {
        return fields.containsKey(name) && !(fields.get(name) instanceof Tree.Null);
    }

    public boolean isEmpty() {
        return fields.isEmpty();
    }

    private @Nullable Tree take(String name) {
        asked.add(name);
        var value = fields.get(name);
        return value instanceof Tree.Null ? null : value;
    }

    /// Whatever it is, without a look.
    public Optional<Tree> tree(String name) {
        return Optional.ofNullable(take(name));
    }

    /// Empty when it is left out, or is an empty text.
    public Optional<String> text(String name) {
        return switch (take(name)) {
            case null -> Optional.empty();
            case Tree.Text(var text) -> Optional.of(text).filter(it -> !it.isEmpty());
            case Tree other -> {
                wrong(told, at(name), "text");
                yield Optional.empty();
            }
        };
    }

    /// One of the words; empty when it is left out, and when it is none, which is told.
    public Optional<String> word(String name, List<String> words) {
        var text = text(name);
        if (text.isPresent() && !words.contains(text.get())) {
            told.add(
                    Reason.INVALID_VALUE,
                    at(name),
                    quoted(text.get()) + " is not allowed here",
                    "write one of " + String.join(", ", words));
            return Optional.empty();
        }
        return text;
    }

    public Optional<Integer> integer(String name) {
        return switch (take(name)) {
            case null -> Optional.empty();
            case Tree.Num(var number) when isInteger(number.doubleValue()) ->
                    Optional.of(number.intValue());
            case Tree.Text(var digits) when digits.matches("[0-9]{1,9}") ->
                    Optional.of(Integer.valueOf(digits));
            case Tree other -> {
                wrong(told, at(name), "a whole number");
                yield Optional.empty();
            }
        };
    }

    private static boolean isInteger(double number) {
        return number == Math.rint(number) && Math.abs(number) <= Integer.MAX_VALUE;
    }

    /// Texts, or whole numbers as such. An empty one is told.
    public List<String> texts(String name) {
        var texts = new ArrayList<String>();
        var path = at(name);
        switch (take(name)) {
            case null -> {}
            case Tree.Items(var items) -> {
                for (int i = 0; i < items.size(); i++) {
                    item(items.get(i), path.index(i)).ifPresent(texts::add);
                }
            }
            case Tree other -> wrong(told, path, "a list");
        }
        return texts;
    }

    private Optional<String> item(Tree item, FieldPath path) {
        return switch (item) {
            case Tree.Text(var text) when !text.isEmpty() -> Optional.of(text);
            case Tree.Num(var number) -> Optional.of(number.toPlainString());
            case Tree other -> {
                wrong(told, path, "a text that is not empty");
                yield Optional.empty();
            }
        };
    }

    public Map<String, String> textMap(String name) {
        var texts = new TreeMap<String, String>();
        var path = at(name);
        switch (take(name)) {
            case null -> {}
            case Tree.Fields(var fields) ->
                    fields.forEach((key, value) ->
                            item(value, path.key(key)).ifPresent(text -> texts.put(key, text)));
            case Tree other -> wrong(told, path, "a map of texts");
        }
        return texts;
    }

    /// Empty when it is left out.
    public OldFields object(String name) {
        var value = take(name);
        return of(told, at(name), value == null ? new Tree.Null() : value);
    }

    public List<OldFields> objects(String name) {
        var path = at(name);
        return switch (take(name)) {
            case null -> List.of();
            case Tree.Items(var items) -> {
                var objects = new ArrayList<OldFields>();
                for (int i = 0; i < items.size(); i++) {
                    objects.add(of(told, path.index(i), items.get(i)));
                }
                yield objects;
            }
            case Tree other -> {
                wrong(told, path, "a list");
                yield List.of();
            }
        };
    }

    /// Tells every field that nobody has asked for.
    public void close() {
        fields.keySet().stream()
                .filter(name -> !asked.contains(name))
                .forEach(name ->
                        told.add(
                                Reason.UNKNOWN_FIELD,
                                at(name),
                                "there is no field "
                                        + quoted(spelled.getOrDefault(name, name))
                                        + " here",
                                NearNames.of(name, List.copyOf(asked))
                                                .map(near -> "did you mean " + near + "? ")
                                                .orElse("")
                                        + "known here are "
                                        + String.join(", ", asked)));
    }
}
