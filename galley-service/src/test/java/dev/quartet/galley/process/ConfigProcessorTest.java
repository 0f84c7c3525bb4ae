package dev.quartet.galley.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.read.ReadResource;
import dev.quartet.galley.source.ConfigFile;
import dev.quartet.galley.source.Origin;
import dev.quartet.galley.source.SourceContent;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigProcessorTest {
    private static final int STEPS = 200;
    private static final int NAMES = 8;

    private final Map<Origin, LinkedHashMap<String, ReadResource>> sources =
            new EnumMap<>(Origin.class);

    /// Whatever it merged and judged before, sources are merged and judged as if they were the first.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void whatItRemembersChangesNothing(long seed) {
        var random = new Random(seed);
        var processor = new ConfigProcessor();
        for (int step = 0; step < STEPS; step++) {
            for (int change = random.nextInt(4); change >= 0; change--) {
                change(random);
            }

            var judged = processor.process(contents());

            var afresh = new ConfigProcessor().process(contents());
            assertThat(judged.entries()).isEqualTo(afresh.entries());
            assertThat(judged.problems()).isEqualTo(afresh.problems());
        }
    }

    private void change(Random random) {
        var source =
                sources.computeIfAbsent(
                        Origin.values()[random.nextInt(Origin.values().length)],
                        origin -> new LinkedHashMap<>());
        var name = "entry-" + random.nextInt(NAMES);
        switch (random.nextInt(6)) {
            case 0, 1 -> source.remove(name);
            case 2 -> source.clear();
            default -> {
                // at another place of the list too
                if (random.nextBoolean()) {
                    source.remove(name);
                }
                source.put(name, read(name, random.nextInt(3)));
            }
        }
    }

    private List<SourceContent> contents() {
        var contents = new ArrayList<SourceContent>();
        sources.forEach((origin, resources) ->
                contents.add(
                        new SourceContent(origin, List.copyOf(resources.values()), List.of())));
        return contents;
    }

    private static ReadResource read(String name, int version) {
        return ConfigFile.read(
                        "a.yaml",
                        """
                        apiVersion: networking.istio.io/v1
                        kind: DestinationRule
                        metadata: {name: %s, namespace: shop}
                        spec: {host: host-%d}
                        """
                                .formatted(name, version))
                .resources()
                .getFirst();
    }
}
