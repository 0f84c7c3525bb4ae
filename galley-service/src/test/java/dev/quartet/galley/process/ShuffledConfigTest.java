package dev.quartet.galley.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.config.write.ResourceWriter;
import dev.quartet.galley.snapshot.RevisionLog;
import dev.quartet.galley.source.DirectorySource;
import dev.quartet.galley.source.ReadAhead;
import dev.quartet.galley.source.StateFolder;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/// A revision's name and what is wrong with it depend on the content only, with every kind in every right case that the reader's tests
/// have.
class ShuffledConfigTest {
    private static final int FILES = 12;

    /// As YAML, by key.
    private static final Map<ResourceKey, String> DOCUMENTS = new TreeMap<>();

    @TempDir Path temp;

    /// @param faults without the places, which move with the text
    private record Judged(String revision, List<String> faults) {}

    @BeforeAll
    static void readCases() throws IOException {
        var cases = SourceTree.root().resolve("libs/config-model/src/test/resources/testdata");
        for (var folder : List.of("valid", "warned")) {
            try (var files = Files.list(cases.resolve(folder))) {
                for (var file : files.filter(it -> !it.toString().endsWith(".problems")).toList()) {
                    for (var resource :
                            new ResourceReader()
                                    .readYaml(file.toString(), Files.readString(file))
                                    .plainResources()) {
                        DOCUMENTS.put(resource.key(), ResourceWriter.yaml(resource));
                    }
                }
            }
        }
    }

    @Test
    void theCasesHaveEveryKindThatIsTaken() {
        var without = EnumSet.allOf(Kind.class);
        DOCUMENTS.keySet().forEach(key -> without.remove(key.kind()));

        assertThat(without).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theOrderOfFilesDocumentsAndFieldsIsNoContent(long seed) throws IOException {
        var random = new Random(seed);
        var plain = judge(Files.createDirectory(temp.resolve("plain")), null);

        var shuffled = judge(Files.createDirectory(temp.resolve("shuffled")), random);

        assertThat(shuffled).isEqualTo(plain);
    }

    /// The revision before lends its unchanged parts, and nothing else.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theWayToAContentIsNoContent(long seed) {
        var random = new Random(seed);
        var all = resources();
        var log = new RevisionLog(List.of(), Clock.systemUTC());
        var present = new ArrayList<Resource<?>>();
        var absent = new ArrayList<>(all);

        while (!absent.isEmpty()) {
            for (int i = random.nextInt(9); i >= 0 && !absent.isEmpty(); i--) {
                present.add(absent.remove(random.nextInt(absent.size())));
            }
            if (random.nextInt(3) == 0) {
                absent.add(present.remove(random.nextInt(present.size())));
            }
            log.publish(log.of(present));
        }

        assertThat(log.current().id())
                .isEqualTo(new RevisionLog(all, Clock.systemUTC()).current().id());
    }

    private static List<Resource<?>> resources() {
        var resources = new ArrayList<Resource<?>>();
        DOCUMENTS.forEach((key, yaml) ->
                resources.addAll(
                        new ResourceReader().readYaml(key.toString(), yaml).plainResources()));
        return resources;
    }

    /// @param random null for a document per file, as it was written
    private Judged judge(Path folder, @Nullable Random random) throws IOException {
        if (random == null) {
            write(folder, List.copyOf(DOCUMENTS.values()), DOCUMENTS.size(), new Random(0));
        } else {
            var documents = new ArrayList<String>();
            DOCUMENTS.values().forEach(yaml -> documents.add(reordered(yaml, random)));
            Collections.shuffle(documents, random);
            write(folder, documents, FILES, random);
        }
        var state = StateFolder.open(folder.resolveSibling(folder.getFileName() + "-state"));
        try (var source =
                new DirectorySource(folder, ReadAhead.begin(folder), state, Clock.systemUTC())) {
            var judged = new ConfigProcessor().process(List.of(source.content()));
            return new Judged(
                    new RevisionLog(
                                    judged.entries().values().stream()
                                            .<Resource<?>>map(ConfigEntry::resource)
                                            .toList(),
                                    Clock.systemUTC())
                            .current()
                            .id(),
                    judged.problems().stream().map(ShuffledConfigTest::fault).sorted().toList());
        }
    }

    private static String fault(Problem problem) {
        return problem.reason() + " " + problem.resource() + " " + problem.path().text();
    }

    private static void write(Path folder, List<String> documents, int files, Random random)
            throws IOException {
        var texts = new ArrayList<StringBuilder>();
        for (int i = 0; i < files; i++) {
            texts.add(new StringBuilder());
        }
        for (int i = 0; i < documents.size(); i++) {
            texts.get(i % files).append("---\n").append(documents.get(i));
        }
        for (var text : texts) {
            var file =
                    folder.resolve("sub-" + random.nextInt(3))
                            .resolve(Long.toHexString(random.nextLong()) + ".yaml");
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        }
    }

    private static String reordered(String yaml, Random random) {
        var tree =
                new Load(LoadSettings.builder().setSchema(new CoreSchema()).build())
                        .loadFromString(yaml);
        var style = random.nextBoolean() ? FlowStyle.FLOW : FlowStyle.BLOCK;
        return new Dump(
                        DumpSettings.builder()
                                .setDefaultFlowStyle(style)
                                .setSchema(new CoreSchema())
                                .build())
                .dumpToString(reordered(tree, random));
    }

    private static @Nullable Object reordered(@Nullable Object tree, Random random) {
        return switch (tree) {
            case Map<?, ?> map -> {
                var keys = new ArrayList<Object>(map.keySet());
                Collections.shuffle(keys, random);
                var now = new LinkedHashMap<Object, @Nullable Object>();
                keys.forEach(key -> now.put(key, reordered(map.get(key), random)));
                yield now;
            }
            case List<?> list -> list.stream().map(member -> reordered(member, random)).toList();
            case null, default -> tree;
        };
    }
}
