package dev.quartet.config.read;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Position;
import dev.quartet.config.schema.Names;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// In which line of its document each field of a resource stands. Immutable.
public final class FieldLines {
    /// Of what came without lines.
    static final FieldLines NONE = new FieldLines(new Node.Obj(Map.of(), 0, 1));

    private final Node root;

    FieldLines(Node root) {
        this.root = root;
    }

    /// The line of the field, or of the nearest one around it. Empty when the document came without lines.
    OptionalInt of(FieldPath path) {
        var node = root;
        for (var step : path.steps()) {
            var next = child(node, step);
            if (next == null) {
                break;
            }
            node = next;
        }
        return node.line() > 0 ? OptionalInt.of(node.line()) : OptionalInt.empty();
    }

    /// Where the field stands, or the nearest one around it.
    ///
    /// @param document where the document begins
    Position position(Position document, FieldPath path) {
        var line = of(path);
        return line.isPresent() ? new Position(document.file(), line.getAsInt()) : document;
    }

    private static @Nullable Node child(Node node, FieldPath.Step step) {
        return switch (step) {
            case FieldPath.Step.Field(var name) ->
                    node instanceof Node.Obj object ? field(object, name) : null;
            case FieldPath.Step.Key(var key) ->
                    node instanceof Node.Obj object ? object.fields().get(key) : null;
            case FieldPath.Step.Index(var position) ->
                    node instanceof Node.Arr array && position < array.items().size()
                            ? array.items().get(position)
                            : null;
        };
    }

    /// A field may stand there in snake case.
    private static @Nullable Node field(Node.Obj object, String name) {
        var field = object.fields().get(name);
        if (field != null) {
            return field;
        }
        for (var entry : object.fields().entrySet()) {
            if (entry.getKey().indexOf('_') > 0 && Names.camelCase(entry.getKey()).equals(name)) {
                return entry.getValue();
            }
        }
        return null;
    }
}
