package dev.quartet.config.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Resources;
import dev.quartet.config.write.CanonicalJson;
import dev.quartet.config.write.ResourceWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import tools.jackson.core.io.JsonStringEncoder;

class RoundTripTest {
    private final ResourceReader reader = new ResourceReader();

    private static Resource<?> random(Kind kind, long seed) {
        var spec = new RandomSpecs(new Random(seed)).of(kind.spec());
        return Resources.of(
                key(kind), Map.of("version", "1"), Map.of("note", "yes: \"no\"\n"), spec);
    }

    private static ResourceKey key(Kind kind) {
        var namespace = kind.scope() == Kind.Scope.CLUSTER ? "" : "shop";
        return new ResourceKey(kind, namespace, "a.b-c");
    }

    @Property(tries = 600)
    void yamlThatIsWrittenIsReadAgain(@ForAll Kind kind, @ForAll long seed) {
        var resource = random(kind, seed);

        var result = reader.readYaml("a.yaml", ResourceWriter.yaml(resource));

        assertThat(result.problems()).isEmpty();
        assertThat(result.plainResources()).isEqualTo(List.of(resource));
    }

    /// Found by fuzzing: YAML takes such a key behind a `?` only.
    @Test
    void aKeyTooLongForOneLineIsReadAgain() {
        var key = "k".repeat(Limits.MAX_KEY);
        var json =
                "{\"compiledAdapter\":\"a\",\"params\":{\"%1$s\":1,\"b\":[{\"%1$s\":[1,2]},{\"%1$s\":{\"c\":{}}}]}}"
                        .formatted(key);
        var resource =
                reader.readJson(
                        Kind.HANDLER,
                        "shop/a",
                        Map.of(),
                        Map.of(),
                        json.getBytes(StandardCharsets.UTF_8));

        var result = reader.readYaml("a.yaml", ResourceWriter.yaml(resource));

        assertThat(result.problems()).isEmpty();
        assertThat(result.plainResources()).isEqualTo(List.of(resource));
    }

    /// Found by fuzzing: keys are counted in signs, on the wire too.
    @Test
    void aKeyOfManyBytesIsReadFromTheWire() {
        var yaml =
                "apiVersion: config.istio.io/v1alpha2\nkind: handler\nmetadata: {name: a}\nspec:\n  compiledAdapter: a\n  params:\n    ? "
                        + "\u20ac".repeat(Limits.MAX_KEY)
                        + "\n    : 1\n";
        var resource = reader.readYaml("a.yaml", yaml).plainResources().getFirst();

        var read =
                reader.readJson(
                        resource.key().kind(),
                        resource.key().namespacedName(),
                        Map.of(),
                        Map.of(),
                        CanonicalJson.write(resource.spec()));

        assertThat(read).isEqualTo(resource);
    }

    @Property(tries = 300)
    void jsonThatIsWrittenIsReadAgain(@ForAll Kind kind, @ForAll long seed) {
        var resource = random(kind, seed);

        var result = reader.readYaml("a.json", ResourceWriter.json(resource));

        assertThat(result.problems()).isEmpty();
        assertThat(result.plainResources()).isEqualTo(List.of(resource));
    }

    @Property(tries = 600)
    void canonicalJsonIsTheSameForEveryOrderOfKeys(@ForAll Kind kind, @ForAll long seed)
            throws MalformedException {
        var resource = random(kind, seed);
        var canonical = CanonicalJson.write(resource.spec());
        var shuffled = new StringBuilder();
        writeShuffled(JsonNodes.parse(canonical).getFirst(), new Random(seed), shuffled);

        var read =
                reader.readJson(
                        kind,
                        key(kind).namespacedName(),
                        resource.labels(),
                        resource.annotations(),
                        shuffled.toString().getBytes(StandardCharsets.UTF_8));

        assertThat(read).isEqualTo(resource);
        assertThat(CanonicalJson.write(read.spec())).isEqualTo(canonical);
    }

    private static void writeShuffled(Node node, Random random, StringBuilder json) {
        switch (node) {
            case Node.Obj object -> {
                var entries = new ArrayList<>(object.fields().entrySet());
                Collections.shuffle(entries, random);
                json.append('{');
                for (var entry : entries) {
                    json.append(json.charAt(json.length() - 1) == '{' ? "" : ",");
                    text(entry.getKey(), json);
                    json.append(":");
                    writeShuffled(entry.getValue(), random, json);
                }
                json.append('}');
            }
            case Node.Arr array -> {
                json.append('[');
                for (int i = 0; i < array.items().size(); i++) {
                    json.append(i == 0 ? " " : ", ");
                    writeShuffled(array.items().get(i), random, json);
                }
                json.append(']');
            }
            case Node.Text text -> text(text.text(), json);
            case Node.Num number -> json.append(plain(number.number()));
            case Node.Bool bool -> json.append(bool.value());
            case Node.Null nothing -> json.append("null");
        }
    }

    private static String plain(BigDecimal number) {
        return number.toPlainString();
    }

    private static void text(String text, StringBuilder json) {
        json.append('"').append(JsonStringEncoder.getInstance().quoteAsCharArray(text)).append('"');
    }
}
