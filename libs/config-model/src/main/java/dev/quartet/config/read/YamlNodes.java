package dev.quartet.config.read;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentEndEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// YAML to trees. It works on the parser's events, one after the other, so that nothing is built before the limits on
/// depth and aliases have been looked at, and no tag ever makes an object.
final class YamlNodes {
    private static final String STANDARD_TAG = "tag:yaml.org,2002:";

    private final int lineOffset;
    private final List<Node> documents = new ArrayList<>();
    private final Deque<Open> open = new ArrayDeque<>();
    private final Map<Anchor, Anchored> anchors = new HashMap<>();
    private int aliases;
    private long aliasedValues;

    /// A collection that is being filled.
    private static final class Open {
        final boolean mapping;
        final int line;
        final Optional<Anchor> anchor;
        final Map<String, Node> fields = new LinkedHashMap<>();
        final Map<String, Integer> keyLines = new HashMap<>();
        final List<Node> items = new ArrayList<>();
        @Nullable String key;
        int keyLine;
        long size = 1;

        /// Levels below.
        int height;

        Open(boolean mapping, int line, Optional<Anchor> anchor) {
            this.mapping = mapping;
            this.line = line;
            this.anchor = anchor;
        }
    }

    /// @param height of the levels below it, for aliases nest too
    private record Anchored(Node node, int height) {}

    private YamlNodes(int lineOffset) {
        this.lineOffset = lineOffset;
    }

    /// @param lineOffset lines of the file before `text`
    static List<Node> parse(String text, int lineOffset) throws MalformedException {
        var nodes = new YamlNodes(lineOffset);
        try {
            for (var event : new Parse(settings(text)).parseString(text)) {
                nodes.take(event);
            }
        } catch (MarkedYamlEngineException e) {
            var mark = e.getProblemMark().or(e::getContextMark);
            throw new MalformedException(
                    mark.map(nodes::line).orElse(0),
                    oneLine(e.getProblem()),
                    "correct the YAML here or just above");
        } catch (YamlEngineException e) {
            throw new MalformedException(
                    lineOffset + 1, oneLine(e.getMessage()), "write plain YAML in UTF-8");
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new MalformedException(
                    lineOffset + 1, "the YAML parser gave up on it", "write plain YAML in UTF-8");
        }
        return nodes.documents;
    }

    /// The parser copies what it holds at each new buffer: in small ones, a long scalar takes quadratic time.
    private static LoadSettings settings(String text) {
        return LoadSettings.builder()
                .setCodePointLimit(Limits.MAX_BYTES + 1)
                .setUseMarks(true)
                .setBufferSize(text.length() + 1)
                .build();
    }

    private static String oneLine(@Nullable String message) {
        if (message == null) {
            return "not YAML";
        }
        var text = new StringBuilder();
        message.codePoints()
                .limit(300)
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .forEach(text::appendCodePoint);
        return text.toString().replaceAll(" +", " ").strip();
    }

    private int line(Mark mark) {
        return mark.getLine() + 1 + lineOffset;
    }

    private int line(Event event) {
        return event.getStartMark().map(this::line).orElse(0);
    }

    private void take(Event event) throws MalformedException {
        switch (event) {
            case DocumentStartEvent start -> anchors.clear();
            case DocumentEndEvent end -> {}
            case ScalarEvent scalar -> scalar(scalar);
            case AliasEvent alias -> alias(alias);
            case CollectionStartEvent start -> {
                var line = line(start);
                checkTag(start.getTag(), line, start instanceof MappingStartEvent ? "map" : "seq");
                var top = open.peek();
                if (top != null && top.mapping && top.key == null) {
                    throw new MalformedException(
                            line, "a key is a list or an object", "keys are plain words");
                }
                if (open.size() >= Limits.MAX_DEPTH) {
                    throw Limits.tooDeep(line);
                }
                open.push(
                        new Open(
                                start instanceof MappingStartEvent,
                                lineOf(line),
                                start.getAnchor()));
            }
            case CollectionEndEvent end -> {
                var done = open.pop();
                var size = (int) Math.min(done.size, Integer.MAX_VALUE);
                var node =
                        done.mapping
                                ? new Node.Obj(done.fields, done.line, size)
                                : new Node.Arr(done.items, done.line, size);
                var height = done.height + 1;
                done.anchor.ifPresent(anchor -> anchors.put(anchor, new Anchored(node, height)));
                add(node, height);
            }
            default -> {}
        }
    }

    /// The key's line where there is a key, else its own.
    private int lineOf(int ownLine) {
        var top = open.peek();
        return top != null && top.key != null ? top.keyLine : ownLine;
    }

    private void scalar(ScalarEvent event) throws MalformedException {
        var ownLine = line(event);
        var top = open.peek();
        if (top != null && top.mapping && top.key == null) {
            checkTag(event.getTag(), ownLine, "str");
            if (event.isPlain() && event.getValue().equals("<<")) {
                throw new MalformedException(
                        ownLine, "merge keys (<<) are not read", "write the fields out");
            }
            key(top, event.getValue(), ownLine);
            return;
        }
        var line = lineOf(ownLine);
        var node = value(event, line, ownLine);
        event.getAnchor().ifPresent(anchor -> anchors.put(anchor, new Anchored(node, 0)));
        add(node, 0);
    }

    private static Node value(ScalarEvent event, int line, int ownLine) throws MalformedException {
        var tag = event.getTag().orElse(null);
        if (tag == null) {
            return event.isPlain()
                    ? Scalars.resolve(event.getValue(), line)
                    : new Node.Text(event.getValue(), line);
        }
        if (tag.equals("!") || tag.equals(STANDARD_TAG + "str")) {
            return new Node.Text(event.getValue(), line);
        }
        checkTag(event.getTag(), ownLine, "int", "float", "bool", "null");
        var resolved = Scalars.resolve(event.getValue(), line);
        var fits =
                switch (resolved) {
                    case Node.Num number -> tag.endsWith(":int") || tag.endsWith(":float");
                    case Node.Bool bool -> tag.endsWith(":bool");
                    case Node.Null nothing -> tag.endsWith(":null");
                    default -> false;
                };
        if (!fits) {
            throw new MalformedException(
                    ownLine,
                    "\"" + event.getValue() + "\" is not of its tag's type",
                    "leave the tag out");
        }
        return resolved;
    }

    private static void checkTag(Optional<String> tag, int line, String... allowed)
            throws MalformedException {
        var name = tag.orElse("!");
        if (name.equals("!")) {
            return;
        }
        for (var one : allowed) {
            if (name.equals(STANDARD_TAG + one)) {
                return;
            }
        }
        throw new MalformedException(
                line, "the tag " + oneLine(name) + " is not allowed here", "leave the tag out");
    }

    private void key(Open top, String name, int line) throws MalformedException {
        if (name.length() > Limits.MAX_KEY) {
            throw Limits.keyTooLong(line);
        }
        var earlier = top.keyLines.put(name, line);
        if (earlier != null) {
            throw new MalformedException(
                    line,
                    "the key \""
                            + oneLine(name)
                            + "\" stands twice in one object, here and in line "
                            + earlier,
                    "keep one of them");
        }
        top.key = name;
        top.keyLine = line;
    }

    private void alias(AliasEvent event) throws MalformedException {
        var line = line(event);
        var target = anchors.get(event.getAlias());
        if (target == null) {
            throw new MalformedException(
                    line,
                    "the alias *"
                            + oneLine(event.getAlias().getValue())
                            + " has no finished anchor before it",
                    "define the anchor first, outside of itself");
        }
        var top = open.peek();
        if (top != null && top.mapping && top.key == null) {
            if (target.node() instanceof Node.Text text) {
                key(top, text.text(), line);
                return;
            }
            throw new MalformedException(
                    line, "a key is a list or an object", "keys are plain words");
        }
        aliases++;
        aliasedValues += target.node().size();
        if (aliases > Limits.MAX_ALIASES || aliasedValues > Limits.MAX_ALIASED_VALUES) {
            throw new MalformedException(
                    line,
                    "aliases stand for more than "
                            + Limits.MAX_ALIASED_VALUES
                            + " values, or there are more than "
                            + Limits.MAX_ALIASES
                            + " of them",
                    "write the values out");
        }
        if (open.size() + target.height() > Limits.MAX_DEPTH) {
            throw Limits.tooDeep(line);
        }
        add(target.node(), target.height());
    }

    private void add(Node node, int height) {
        var top = open.peek();
        if (top == null) {
            documents.add(node);
            return;
        }
        top.size += node.size();
        top.height = Math.max(top.height, height);
        if (top.mapping) {
            if (top.key == null) {
                throw new IllegalStateException("a value without a key");
            }
            top.size += Node.sizeOf(top.key);
            top.fields.put(top.key, node);
            top.key = null;
        } else {
            top.items.add(node);
        }
    }
}
