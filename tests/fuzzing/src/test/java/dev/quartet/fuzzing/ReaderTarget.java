package dev.quartet.fuzzing;

import static dev.quartet.fuzzing.Laws.holds;
import static dev.quartet.fuzzing.Laws.told;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.analyze.Analysis;
import dev.quartet.config.analyze.Surroundings;
import dev.quartet.config.check.ConfigSetChecker;
import dev.quartet.config.check.ResourceChecker;
import dev.quartet.config.read.KnownDocuments;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.read.ReadResult;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.config.read.UnreadableResourceException;
import dev.quartet.config.write.CanonicalJson;
import dev.quartet.config.write.ResourceWriter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// A text as `ResourceReader` takes it from files and REST, and the spec of one kind as it comes over the wire: read, judged, analyzed, written
/// and read again.
public final class ReaderTarget {
    private static final List<Kind> KINDS = List.of(Kind.values());

    /// The bytes from here on name a kind, and what follows is its spec; no UTF-8 text begins with them.
    private static final int KIND = 0x80;

    /// What `ResourceReader` promises: a thousand, and one that says that it stopped.
    private static final int MAX_PROBLEMS = 1_001;

    private static final ResourceReader READER = new ResourceReader();

    private ReaderTarget() {}

    public static void fuzzerTestOneInput(byte[] input) {
        int first = input.length == 0 ? 0 : Byte.toUnsignedInt(input[0]);
        if (first >= KIND && first < KIND + KINDS.size()) {
            spec(KINDS.get(first - KIND), Arrays.copyOfRange(input, 1, input.length));
        } else {
            text(new String(input, StandardCharsets.UTF_8));
        }
    }

    private static void text(String text) {
        var result = READER.readYaml("a.yaml", text);
        holds(result.problems().size() <= MAX_PROBLEMS, "more problems than a text may have");
        told(result.problems());
        isTheSameWithWhatIsKnown(text, result);
        judged(result.resources());
        for (var read : result.resources()) {
            isReadAgain(read.resource());
        }
        var documents = READER.readDocuments("a.yaml", text);
        holds(
                documents.result().plainResources().equals(result.plainResources()),
                "objects of Kubernetes change what is read beside them");
        var analysis =
                Analysis.of(documents.result().resources(), Surroundings.of(documents.objects()));
        holds(
                analysis.findings().stream()
                        .noneMatch(finding ->
                                finding.toString().chars().anyMatch(Character::isISOControl)),
                "a control sign in a finding");
    }

    /// Of the file's last version, that other one being the same but for its first half, or its second, or a line more at its head.
    private static void isTheSameWithWhatIsKnown(String text, ReadResult fresh) {
        int middle = text.length() / 2;
        for (var before :
                List.of(text, text.substring(0, middle), text.substring(middle), "\n" + text)) {
            var known = READER.readYamlAgain("a.yaml", before, KnownDocuments.NONE).documents();
            var again = READER.readYamlAgain("a.yaml", text, known).result();
            holds(again.problems().equals(fresh.problems()), "what is known hides a problem");
            holds(places(again).equals(places(fresh)), "what is known is read as something else");
        }
    }

    /// Every resource, where it stands, and where a field of it does.
    private static List<List<Object>> places(ReadResult result) {
        return result.resources().stream()
                .map(read ->
                        List.<Object>of(
                                read.resource(),
                                read.position(),
                                read.positionOf(FieldPath.SPEC),
                                read.positionOf(FieldPath.METADATA.field("name"))))
                .toList();
    }

    private static void judged(List<ReadResource> resources) {
        resources.forEach(read -> told(new ArrayList<>(ResourceChecker.check(read))));
        told(new ArrayList<>(ConfigSetChecker.checkRead(resources, List.of())));
    }

    private static void spec(Kind kind, byte[] json) {
        var name = kind.scope() == Kind.Scope.CLUSTER ? "a" : "shop/a";
        try {
            isReadAgain(READER.readJson(kind, name, Map.of(), Map.of(), json));
        } catch (UnreadableResourceException e) {
            holds(!e.problems().isEmpty(), "refused for nothing");
            holds(e.problems().size() <= MAX_PROBLEMS, "more problems than a spec may have");
            told(e.problems());
        }
    }

    /// In every form in which it is written; versions are hashes of the content, and a part of what is compared.
    private static void isReadAgain(Resource<?> resource) {
        for (var text : List.of(ResourceWriter.yaml(resource), ResourceWriter.json(resource))) {
            var again = READER.readYaml("b.yaml", text);
            holds(
                    again.problems().isEmpty() && again.plainResources().equals(List.of(resource)),
                    "what was written is read as something else");
        }
        var key = resource.key();
        var overTheWire =
                READER.readJson(
                        key.kind(),
                        key.namespacedName(),
                        resource.labels(),
                        resource.annotations(),
                        CanonicalJson.write(resource.spec()));
        holds(overTheWire.equals(resource), "the wire changes a resource");
    }

    static List<byte[]> seeds() {
        var seeds = new ArrayList<byte[]>();
        for (var text : Seeds.texts()) {
            seeds.add(text.getBytes(StandardCharsets.UTF_8));
        }
        for (var resource : Seeds.resources()) {
            var seed = new ByteArrayOutputStream();
            seed.write(KIND + KINDS.indexOf(resource.key().kind()));
            seed.writeBytes(CanonicalJson.write(resource.spec()));
            seeds.add(seed.toByteArray());
        }
        return seeds;
    }
}
