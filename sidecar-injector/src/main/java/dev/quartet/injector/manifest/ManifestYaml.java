package dev.quartet.injector.manifest;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.representer.StandardRepresenter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// YAML to JSON trees and back. Read as YAML 1.2 with bounds (size, depth, aliases, no tags of Java types, no duplicate keys); written so that kubectl, which reads YAML 1.1, sees the same values:
/// a string that 1.1 would take for something else is quoted.
final class ManifestYaml {
    private static final int MAX_CHARS = 3 * 1024 * 1024;
    private static final int MAX_DEPTH = 100;
    private static final int MAX_DOCUMENTS = 1000;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// Words, numbers (octal, sexagesimal, with underscores), dates and merge signs of YAML 1.1.
    private static final Pattern AMBIGUOUS =
            Pattern.compile(
                    "(?i)y|n|yes|no|on|off|true|false|null|~|=|<<|[-+.]?[0-9][0-9a-fA-FxXoObBeE_.,:+-]*([ tT][0-9:. zZ+-]+)?|[-+]?\\.(inf|nan)");

    private ManifestYaml() {}

    /// @return one tree per document, empty documents left out
    static List<JsonNode> read(String text) throws ManifestException {
        var settings =
                LoadSettings.builder()
                        .setAllowDuplicateKeys(false)
                        .setMaxAliasesForCollections(20)
                        .setCodePointLimit(MAX_CHARS)
                        .setLabel("manifest")
                        .build();
        try {
            checkShape(text, settings);
            var documents = new ArrayList<JsonNode>();
            for (Object document : new Load(settings).loadAllFromString(text)) {
                if (document != null) {
                    documents.add(JSON.valueToTree(document));
                }
            }
            return documents;
        } catch (MarkedYamlEngineException e) {
            String where = e.getProblemMark().map(ManifestYaml::place).orElse("");
            throw new ManifestException(where + e.getProblem());
        } catch (YamlEngineException e) {
            throw new ManifestException(
                    e.getMessage() == null ? "this is not YAML" : e.getMessage());
        }
    }

    static String write(List<JsonNode> documents) {
        var settings =
                DumpSettings.builder()
                        .setDefaultFlowStyle(FlowStyle.BLOCK)
                        .setExplicitStart(documents.size() > 1)
                        .setSplitLines(false)
                        .setWidth(Integer.MAX_VALUE)
                        .setDereferenceAliases(true)
                        .build();
        var dump = new Dump(settings, new Quoting(settings));
        return dump.dumpAllToString(
                documents.stream()
                        .map(document -> (Object) JSON.treeToValue(document, Object.class))
                        .iterator());
    }

    /// The parser's events need no stack, building the tree does: so depth is counted first.
    private static void checkShape(String text, LoadSettings settings) throws ManifestException {
        int depth = 0;
        int documents = 0;
        for (Event event : new Parse(settings).parseString(text)) {
            switch (event.getEventId()) {
                case MappingStart, SequenceStart -> {
                    if (++depth > MAX_DEPTH) {
                        throw new ManifestException(
                                event.getStartMark().map(ManifestYaml::place).orElse("")
                                        + "nested deeper than "
                                        + MAX_DEPTH
                                        + " levels");
                    }
                }
                case MappingEnd, SequenceEnd -> depth--;
                case DocumentStart -> {
                    if (++documents > MAX_DOCUMENTS) {
                        throw new ManifestException(
                                "more than " + MAX_DOCUMENTS + " documents; send them in parts");
                    }
                }
                case Alias, Comment, DocumentEnd, Scalar, StreamEnd, StreamStart -> {}
            }
        }
    }

    private static String place(Mark mark) {
        return "line %d, column %d: ".formatted(mark.getLine() + 1, mark.getColumn() + 1);
    }

    private static final class Quoting extends StandardRepresenter {
        Quoting(DumpSettings settings) {
            super(settings);
            representers.put(
                    String.class,
                    value -> {
                        String text = value.toString();
                        ScalarStyle style =
                                text.contains("\n")
                                        ? ScalarStyle.LITERAL
                                        : AMBIGUOUS.matcher(text).matches()
                                                ? ScalarStyle.DOUBLE_QUOTED
                                                : ScalarStyle.PLAIN;
                        return representScalar(Tag.STR, text, style);
                    });
        }
    }
}
