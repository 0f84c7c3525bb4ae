package dev.quartet.config.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.FieldPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KnownDocumentsTest {
    private static final int STEPS = 400;

    private final ResourceReader reader = new ResourceReader();

    /// A resource, where it stands, and where a field of it does.
    private record Found(Object resource, Object position, Object field) {
        static Found of(ReadResource read) {
            return new Found(
                    read.resource(),
                    read.position(),
                    read.positionOf(FieldPath.SPEC.field("address")));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whatIsKnownChangesNothing(long seed) {
        var random = new Random(seed);
        var documents = new ArrayList<String>();
        var known = KnownDocuments.NONE;

        for (int step = 0; step < STEPS; step++) {
            change(documents, random);
            var text = String.join("---\n", documents);
            var file = random.nextInt(20) == 0 ? "b.yaml" : "a.yaml";

            var again = reader.readYamlAgain(file, text, known);

            var fresh = reader.readYaml(file, text);
            assertThat(again.result().problems()).isEqualTo(fresh.problems());
            assertThat(again.result().resources().stream().map(Found::of).toList())
                    .isEqualTo(fresh.resources().stream().map(Found::of).toList());
            known = again.documents();
        }
    }

    private static void change(List<String> documents, Random random) {
        for (int change = random.nextInt(3); change >= 0; change--) {
            int at = random.nextInt(documents.size() + 1);
            switch (random.nextInt(4)) {
                case 0 -> documents.add(at, document(random));
                case 1 -> documents.subList(at, Math.min(at + 1, documents.size())).clear();
                default -> {
                    if (at < documents.size()) {
                        documents.set(at, document(random));
                    }
                }
            }
        }
    }

    private static String document(Random random) {
        return switch (random.nextInt(9)) {
            case 0 -> "kind: [\n";
            case 1 -> entry(random).replace("address", "adress");
            case 2 -> "# nothing\n\n";
            case 3 -> "%YAML 1.2\n";
            case 4 -> "{\"kind\": \"Nothing\"}\n";
            case 5 ->
                    "kind: List\nitems:\n"
                            + (entry(random) + entry(random))
                                    .lines()
                                    .map(line -> (line.startsWith("api") ? "- " : "  ") + line)
                                    .collect(Collectors.joining("\n", "", "\n"));
            default -> entry(random);
        };
    }

    private static String entry(Random random) {
        return """
        apiVersion: networking.istio.io/v1beta1
        kind: WorkloadEntry
        metadata: {name: entry-%d, namespace: shop}
        spec:
          address: 10.0.0.%d
        """
                .formatted(random.nextInt(3), random.nextInt(3));
    }

    @Test
    void whatStandsInTheSameWordsAtTheSameLineStaysTheSameObject() {
        var documents = List.of(entry(new Random(1)), entry(new Random(2)), entry(new Random(3)));
        var first =
                reader.readYamlAgain(
                        "a.yaml", String.join("---\n", documents), KnownDocuments.NONE);
        var changed =
                String.join(
                        "---\n",
                        documents.get(0),
                        documents.get(1).replace("10.0.0.", "10.0.1."),
                        documents.get(2));

        var again = reader.readYamlAgain("a.yaml", changed, first.documents());

        var before = first.result().resources();
        assertThat(again.result().resources().get(0)).isSameAs(before.get(0));
        assertThat(again.result().resources().get(1)).isNotSameAs(before.get(1));
        assertThat(again.result().resources().get(2)).isSameAs(before.get(2));
        assertThat(again.reused()).containsExactlyInAnyOrder(before.get(0), before.get(2));

        var some = again.documents().where(read -> read != before.get(0));
        assertThat(reader.readYamlAgain("a.yaml", changed, some).reused())
                .containsExactlyInAnyOrderElementsOf(again.result().resources().subList(1, 3));
    }

    @Test
    void theSameWordsAtAnotherLineAreTheSameResourceThere() {
        var text = entry(new Random(1));
        var first = reader.readYamlAgain("a.yaml", "---\n" + text, KnownDocuments.NONE);

        var again = reader.readYamlAgain("a.yaml", "# more\n---\n" + text, first.documents());

        var before = first.result().resources().getFirst();
        var now = again.result().resources().getFirst();
        assertThat(again.reused()).containsExactly(now);
        assertThat(now.resource()).isSameAs(before.resource());
        assertThat(now.position().line()).isEqualTo(before.position().line() + 1);
        assertThat(now.positionOf(FieldPath.SPEC.field("address")).orElseThrow().line())
                .isEqualTo(6 + 1);
    }
}
