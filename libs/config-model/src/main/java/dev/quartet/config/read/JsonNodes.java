package dev.quartet.config.read;

import dev.quartet.config.schema.Decimals;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// JSON to trees, by a streaming parser: the fast way in for what comes over the wire.
final class JsonNodes {
    /// The parser counts bytes where it is given bytes, four at a time.
    private static final int MAX_KEY_BYTES = 4 * Limits.MAX_KEY;

    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(Limits.MAX_DEPTH * 2)
                                    .maxDocumentLength(Limits.MAX_BYTES)
                                    .maxStringLength(Limits.MAX_BYTES)
                                    .maxNameLength(MAX_KEY_BYTES)
                                    .maxNumberLength(Decimals.MAX_SIGNS)
                                    .build())
                    .build();

    private JsonNodes() {}

    /// All values of `text`, one after the other.
    static List<Node> parse(String text) throws MalformedException {
        try (var parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            return values(parser);
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    static List<Node> parse(byte[] json) throws MalformedException {
        try (var parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
            return values(parser);
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    private static MalformedException malformed(JacksonException e) {
        var location = e.getLocation();
        return new MalformedException(
                location == null ? 0 : location.getLineNr(),
                "not JSON: " + e.getOriginalMessage().lines().findFirst().orElse(""),
                "correct the JSON here or just before");
    }

    private static List<Node> values(JsonParser parser) throws MalformedException {
        var nodes = new ArrayList<Node>();
        while (parser.nextToken() != null) {
            nodes.add(value(parser, line(parser), 0));
        }
        return nodes;
    }

    private static int line(JsonParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }

    private static Node value(JsonParser parser, int line, int depth) throws MalformedException {
        if (depth > Limits.MAX_DEPTH) {
            throw Limits.tooDeep(line);
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser, line, depth);
            case START_ARRAY -> {
                var items = new ArrayList<Node>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    items.add(value(parser, line(parser), depth + 1));
                }
                yield new Node.Arr(items, line, 1);
            }
            case VALUE_STRING -> new Node.Text(parser.getString(), line);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser, line);
            case VALUE_TRUE -> new Node.Bool(true, line);
            case VALUE_FALSE -> new Node.Bool(false, line);
            case VALUE_NULL -> new Node.Null(line);
            default ->
                    throw new MalformedException(
                            line, "not JSON", "correct the JSON here or just before");
        };
    }

    private static Node object(JsonParser parser, int line, int depth) throws MalformedException {
        var fields = new LinkedHashMap<String, Node>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            var name = parser.currentName();
            var keyLine = line(parser);
            if (name.length() > Limits.MAX_KEY) {
                throw Limits.keyTooLong(keyLine);
            }
            parser.nextToken();
            var earlier = fields.put(name, value(parser, keyLine, depth + 1));
            if (earlier != null) {
                throw new MalformedException(
                        keyLine,
                        "the key \""
                                + name
                                + "\" stands twice in one object, here and in line "
                                + earlier.line(),
                        "keep one of them");
            }
        }
        return new Node.Obj(fields, line, 1);
    }

    private static Node number(JsonParser parser, int line) throws MalformedException {
        var text = parser.getString();
        if (Scalars.resolve(text, line) instanceof Node.Num number) {
            return number;
        }
        try {
            var number = new BigDecimal(text);
            if (Math.abs((long) number.scale()) < 1_000) {
                return new Node.Num(number, line);
            }
        } catch (NumberFormatException e) {
            // told below: the exponent alone is beyond an int
        }
        throw new MalformedException(
                line, "the number " + text + " is out of every range", "write a smaller number");
    }
}
