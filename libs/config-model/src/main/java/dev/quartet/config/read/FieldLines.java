package dev.quartet.config.read;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Position;
import dev.quartet.config.schema.Names;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// In which line of its document each field of a resource stands. Immutable, and small: there is one for every resource, and it is
/// asked when there is a problem.
public final class FieldLines {
    private static final String[] NO_NAMES = {};
    private static final Place[] NO_PLACES = {};

    /// Of what came without lines.
    static final FieldLines NONE = new FieldLines(new Place(0, NO_NAMES, NO_PLACES));

    private final Place root;

    /// By path; empty but for what was made from something else.
    private final Map<String, Position> origins;

    /// By how many lines the document has moved since it was read.
    private final int moved;

    /// @param names of the fields, in their order; none where it is a list
    /// @param inner places of the fields or items
    private record Place(int line, String[] names, Place[] inner) {}

    private FieldLines(Place root) {
        this(root, Map.of(), 0);
    }

    private FieldLines(Place root, Map<String, Position> origins, int moved) {
        this.root = root;
        this.origins = Map.copyOf(origins);
        this.moved = moved;
    }

    /// Of a resource that a program made from something else that a user wrote.
    ///
    /// @param origins where that stands which a field, with all in it, was made from; by the field's path
    public static FieldLines madeFrom(Map<FieldPath, Position> origins) {
        return new FieldLines(
                NONE.root,
                origins.entrySet().stream()
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        entry -> entry.getKey().text(), Map.Entry::getValue)),
                0);
    }

    /// The same document so many lines further down, or up.
    FieldLines movedBy(int lines) {
        return new FieldLines(root, origins, moved + lines);
    }

    static FieldLines of(Node document) {
        return new FieldLines(place(document));
    }

    private static Place place(Node node) {
        return switch (node) {
            case Node.Obj object -> {
                var names = new String[object.fields().size()];
                var inner = new Place[names.length];
                int i = 0;
                for (var field : object.fields().entrySet()) {
                    names[i] = field.getKey().intern(); // the same few in every resource
                    inner[i++] = place(field.getValue());
                }
                yield new Place(node.line(), names, inner);
            }
            case Node.Arr array ->
                    new Place(
                            node.line(),
                            NO_NAMES,
                            array.items().stream().map(FieldLines::place).toArray(Place[]::new));
            case Node.Text leaf -> leaf(node);
            case Node.Num leaf -> leaf(node);
            case Node.Bool leaf -> leaf(node);
            case Node.Null leaf -> leaf(node);
        };
    }

    private static Place leaf(Node node) {
        return new Place(node.line(), NO_NAMES, NO_PLACES);
    }

    /// The line of the field, or of the nearest one around it. Empty when the document came without lines.
    OptionalInt of(FieldPath path) {
        var place = root;
        for (var step : path.steps()) {
            var next =
                    switch (step) {
                        case FieldPath.Step.Field(var name) -> field(place, name);
                        case FieldPath.Step.Key(var key) -> key(place, key);
                        case FieldPath.Step.Index(var position) ->
                                place.names().length == 0 && position < place.inner().length
                                        ? place.inner()[position]
                                        : null;
                    };
            if (next == null) {
                break;
            }
            place = next;
        }
        return place.line() > 0 ? OptionalInt.of(place.line() + moved) : OptionalInt.empty();
    }

    /// Where the field stands, or the nearest one around it.
    ///
    /// @param document where the document begins
    Position position(Position document, FieldPath path) {
        if (!origins.isEmpty()) {
            return origin(path).orElse(document);
        }
        var line = of(path);
        return line.isPresent() ? new Position(document.file(), line.getAsInt()) : document;
    }

    private Optional<Position> origin(FieldPath path) {
        var steps = path.steps();
        for (int length = steps.size(); length > 0; length--) {
            var around = FieldPath.ROOT;
            for (var step : steps.subList(0, length)) {
                around =
                        switch (step) {
                            case FieldPath.Step.Field(var name) -> around.field(name);
                            case FieldPath.Step.Key(var key) -> around.key(key);
                            case FieldPath.Step.Index(var position) -> around.index(position);
                        };
            }
            var origin = origins.get(around.text());
            if (origin != null) {
                return Optional.of(origin);
            }
        }
        return Optional.empty();
    }

    private static @Nullable Place key(Place place, String key) {
        for (int i = 0; i < place.names().length; i++) {
            if (place.names()[i].equals(key)) {
                return place.inner()[i];
            }
        }
        return null;
    }

    /// A field may stand there in snake case.
    private static @Nullable Place field(Place place, String name) {
        var field = key(place, name);
        if (field != null) {
            return field;
        }
        for (int i = 0; i < place.names().length; i++) {
            var written = place.names()[i];
            if (written.indexOf('_') > 0 && Names.camelCase(written).equals(name)) {
                return place.inner()[i];
            }
        }
        return null;
    }
}
