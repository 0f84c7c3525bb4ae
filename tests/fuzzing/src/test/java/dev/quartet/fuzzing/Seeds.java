package dev.quartet.fuzzing;

import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.config.schema.RecordSchema;
import dev.quartet.config.schema.Shape;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/// Where fuzzing begins: config-model's cases, and the words that its kinds know.
public final class Seeds {
    private static final Path CASES =
            SourceTree.root().resolve("libs/config-model/src/test/resources/testdata");

    private Seeds() {}

    /// What config-model's tests read, good and bad.
    static List<String> texts() {
        try (var files = Files.walk(CASES)) {
            var texts = new ArrayList<String>();
            for (var file : files.filter(Seeds::isCase).sorted().toList()) {
                texts.add(Files.readString(file));
            }
            return texts;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isCase(Path file) {
        return file.toString().endsWith(".yaml") || file.toString().endsWith(".json");
    }

    /// What can be read of them, each content once.
    public static List<Resource<?>> resources() {
        var resources = new ArrayList<Resource<?>>();
        var versions = new HashSet<String>();
        for (var text : texts()) {
            for (var resource :
                    new ResourceReader("shop").readYaml("seed.yaml", text).plainResources()) {
                if (versions.add(resource.key().kind() + resource.version())) {
                    resources.add(resource);
                }
            }
        }
        return resources;
    }

    /// Names of kinds, collections, fields and values, and the signs that YAML and MCP know.
    static SortedSet<String> words() {
        var words =
                new TreeSet<>(
                        List.of(
                                "apiVersion: ",
                                "kind: ",
                                "metadata: ",
                                "name: ",
                                "namespace: ",
                                "labels: ",
                                "annotations: ",
                                "spec:",
                                "status:",
                                "items: [",
                                "List",
                                "---\n",
                                "...\n",
                                "%YAML 1.2\n",
                                "&a ",
                                "*a",
                                "<<: ",
                                "!!str ",
                                "!!binary ",
                                "? ",
                                "|\n ",
                                ">-\n ",
                                "null",
                                "~",
                                "\\u0000",
                                "\\ud800",
                                "1e999",
                                "-9223372036854775809",
                                "1.5s",
                                "1h30m",
                                "type.googleapis.com/google.protobuf.BytesValue"));
        var seen = new HashSet<RecordSchema>();
        for (var kind : Kind.values()) {
            words.add(kind.label());
            words.add(kind.collection());
            words.add(kind.apiVersion());
            collect(RecordSchema.of(kind.spec()), words, seen);
        }
        return words;
    }

    private static void collect(
            RecordSchema schema, SortedSet<String> words, Set<RecordSchema> seen) {
        if (seen.add(schema)) {
            for (var field : schema.fields()) {
                words.add(field.name());
                if (field.shape() instanceof Shape.Choice(var type)) {
                    for (var constant : type.getEnumConstants()) {
                        words.add(constant.name());
                    }
                }
                field.shape().records().forEach(inner -> collect(inner, words, seen));
            }
        }
    }
}
