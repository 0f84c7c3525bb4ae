package dev.quartet.config.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Golden;
import dev.quartet.config.Kind;
import dev.quartet.config.Position;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Resources;
import dev.quartet.config.analyze.Analysis;
import dev.quartet.config.analyze.Surroundings;
import dev.quartet.config.check.ConfigSetChecker;
import dev.quartet.config.check.ResourceChecker;
import dev.quartet.config.write.CanonicalJson;
import dev.quartet.config.write.ResourceWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// No input makes the reader, the rules, the check of the set or the analysis throw.
class ReaderFuzzTest {
    private static final List<String> DOCUMENTS =
            Stream.of("valid", "warned", "analysis", "analysis-silent")
                    .flatMap(folder -> Golden.files(folder, ".yaml", ".json").stream())
                    .map(Golden::read)
                    .toList();
    private static final String SIGNS =
            "abz09 \n\t:-#&*!|>'\"%@`{}[],?.\\/~<\u0000\u0007\u0085\u2028\uFEFF\uD83D\uDE00é";

    private final ResourceReader reader = new ResourceReader();

    @Property(tries = 1000)
    void survivesAnyText(@ForAll String text) {
        survives(text);
    }

    @Property(tries = 2000)
    void survivesTextOfYamlSigns(@ForAll("yamlLike") String text) {
        survives(text);
    }

    @Provide
    Arbitrary<String> yamlLike() {
        return Arbitraries.strings().withChars(SIGNS.toCharArray()).ofMaxLength(60);
    }

    /// Whatever repeats neither overflows a stack nor takes long.
    @Property(tries = 300)
    void survivesRepetition(@ForAll("yamlLike") String text, @ForAll boolean inAString) {
        if (!text.isEmpty()) {
            survives((inAString ? "a: \"" : "") + text.repeat(100_000 / text.length()));
        }
    }

    @Property(tries = 3000)
    void survivesDocumentsWithFaults(@ForAll long seed) {
        var random = new Random(seed);
        var text = new StringBuilder(DOCUMENTS.get(random.nextInt(DOCUMENTS.size())));
        for (int i = random.nextInt(6) + 1; i > 0 && !text.isEmpty(); i--) {
            mutate(text, random);
        }
        survives(text.toString());
    }

    private static void mutate(StringBuilder text, Random random) {
        int at = random.nextInt(text.length());
        int length = Math.min(random.nextInt(12), text.length() - at);
        switch (random.nextInt(5)) {
            case 0 -> text.delete(at, at + length);
            case 1 -> text.insert(at, SIGNS.charAt(random.nextInt(SIGNS.length())));
            case 2 -> text.insert(at, text.substring(at, at + length));
            case 3 -> text.setCharAt(at, SIGNS.charAt(random.nextInt(SIGNS.length())));
            default -> {
                int colon = text.indexOf(": ", at);
                if (colon > 0) {
                    var values =
                            List.of(
                                    "null",
                                    "{}",
                                    "[]",
                                    "-1",
                                    "1e9",
                                    "true",
                                    "x",
                                    "\"\"",
                                    "[[]]",
                                    "{a: {}}",
                                    "99999999999",
                                    "1e999",
                                    "\"7\"",
                                    "0x1F",
                                    "1e-9");
                    text.insert(colon + 2, values.get(random.nextInt(values.size())) + " ");
                }
            }
        }
    }

    private void survives(String text) {
        var result = reader.readYaml("a.yaml", text);
        var problems = new ArrayList<>(result.problems());

        for (var read : result.resources()) {
            problems.addAll(ResourceChecker.check(read));
            assertThat(
                            reader.readYaml("b.yaml", ResourceWriter.yaml(read.resource()))
                                    .plainResources())
                    .isEqualTo(List.of(read.resource()));
            assertThat(overTheWire(read.resource())).isEqualTo(read.resource());
        }
        problems.addAll(ConfigSetChecker.checkRead(result.resources(), List.of()));
        assertPrintable(problems);
        var documents = reader.readDocuments("a.yaml", text);
        assertThat(documents.result().plainResources()).isEqualTo(result.plainResources());
        survivesAnalysis(documents.result().resources(), Surroundings.of(documents.objects()));
    }

    /// A value that fits its record and no rule of its kind.
    @Property(tries = 500)
    void survivesAnalysisOfAnySpecs(@ForAll long seed) {
        var random = new Random(seed);
        var resources = new ArrayList<ReadResource>();
        for (var kind : Kind.values()) {
            for (var name : List.of("a", "b")) {
                var key = new ResourceKey(kind, "shop", name);
                var spec = new RandomSpecs(random).of(kind.spec());
                resources.add(
                        new ReadResource(
                                Resources.of(key, Map.of(), Map.of(), spec),
                                new Position("a.yaml", 1),
                                FieldLines.NONE));
            }
        }
        survivesAnalysis(resources, Surroundings.outsideKubernetes());
    }

    private static void survivesAnalysis(List<ReadResource> resources, Surroundings surroundings) {
        assertPrintable(Analysis.of(resources, surroundings).findings());
    }

    private static void assertPrintable(List<?> problems) {
        assertThat(problems)
                .allSatisfy(problem ->
                        assertThat(problem.toString().chars().noneMatch(Character::isISOControl))
                                .as("%s", problem)
                                .isTrue());
    }

    /// As Galley sends it, and the other services read it.
    private Resource<?> overTheWire(Resource<?> resource) {
        return reader.readJson(
                resource.key().kind(),
                resource.key().namespacedName(),
                resource.labels(),
                resource.annotations(),
                CanonicalJson.write(resource.spec()));
    }

    @Property(tries = 1000)
    void saysWhatIsWrongWithAnyBytes(@ForAll Kind kind, @ForAll byte[] bytes) {
        try {
            reader.readJson(kind, "shop/a", Map.of(), Map.of(), bytes);
        } catch (UnreadableResourceException e) {
            assertThat(e.problems()).isNotEmpty();
        }
    }

    @Property(tries = 500)
    void saysWhatIsWrongWithAnyName(@ForAll String name) {
        try {
            var resource =
                    reader.readJson(
                            Kind.PEER_AUTHENTICATION,
                            name,
                            Map.of(),
                            Map.of(),
                            "{}".getBytes(StandardCharsets.UTF_8));
            assertThat(resource.key().namespacedName()).isEqualTo(name);
        } catch (UnreadableResourceException e) {
            assertThat(e.problems()).isNotEmpty();
        }
    }
}
