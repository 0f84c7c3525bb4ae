package dev.quartet.galley.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Resources;
import dev.quartet.config.networking.WorkloadEntry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RevisionTest {
    private static final int STEPS = 300;
    private static final int NAMES = 400;

    /// Whatever was published before, what is used again of it changes nothing: neither what is sent nor what it is called, nor
    /// how it is cut.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void isWhatAFirstRevisionOfTheSameResourcesWouldBe(long seed) {
        var random = new Random(seed);
        var present = new TreeMap<ResourceKey, Resource<?>>();
        var revision = Revision.of(List.of());

        for (int step = 0; step < STEPS; step++) {
            change(present, random);
            var given = new ArrayList<>(present.values());
            if (random.nextInt(4) == 0) {
                Collections.shuffle(given, random);
            }

            revision = revision.changedTo(given);

            var first = Revision.of(present.values());
            assertThat(revision.id()).isEqualTo(first.id());
            assertThat(revision.members()).isEqualTo(List.copyOf(present.values()));
            for (var kind : Kind.values()) {
                var collection = revision.collection(kind);
                assertThat(collection.hash()).isEqualTo(first.collection(kind).hash());
                assertThat(collection.size()).isEqualTo(first.collection(kind).size());
                assertThat(collection.resources())
                        .containsExactlyElementsOf(first.collection(kind).resources().toList());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whatASinkLacksMakesWhatItHoldsTheNewContent(long seed) {
        var random = new Random(seed);
        var present = new TreeMap<ResourceKey, Resource<?>>();
        var revision = Revision.of(List.of());
        var held = new HashMap<String, String>();
        var heldContent = revision.collection(Kind.WORKLOAD_ENTRY);

        for (int step = 0; step < STEPS; step++) {
            for (int between = random.nextInt(3); between >= 0; between--) {
                change(present, random);
                revision = revision.changedTo(present.values());
            }
            var content = revision.collection(Kind.WORKLOAD_ENTRY);

            var lacks = content.differenceFrom(heldContent);

            assertThat(lacks).isEqualTo(content.differenceFrom(held));
            assertThat(held.keySet()).containsAll(lacks.removed());
            lacks.removed().forEach(held::remove);
            lacks.changed()
                    .forEach(it -> {
                        var metadata = it.getMetadata();
                        assertThat(held.put(metadata.getName(), metadata.getVersion()))
                                .isNotEqualTo(metadata.getVersion());
                    });
            assertThat(held).isEqualTo(versions(content));
            heldContent = content;
        }
    }

    @Test
    void sharesWithTheOneBeforeAllButWhatChanged() {
        var entries = new TreeMap<ResourceKey, Resource<?>>();
        IntStream.range(0, 5_000).forEach(number -> put(entry(number, 0), entries));
        var before = Revision.of(entries.values());
        put(entry(1_234, 1), entries);

        var after = before.changedTo(entries.values());

        var lacks =
                after.collection(Kind.WORKLOAD_ENTRY)
                        .differenceFrom(before.collection(Kind.WORKLOAD_ENTRY));
        assertThat(lacks.changed())
                .singleElement()
                .satisfies(it -> assertThat(it.getMetadata().getName()).endsWith("/entry-1234"));
        assertThat(after.collection(Kind.GATEWAY)).isSameAs(before.collection(Kind.GATEWAY));
        assertThat(before.collection(Kind.WORKLOAD_ENTRY).chunks()).hasSizeBetween(100, 250);
        assertThat(after.collection(Kind.WORKLOAD_ENTRY).chunks())
                .filteredOn(chunk ->
                        before.collection(Kind.WORKLOAD_ENTRY).chunks().stream()
                                .noneMatch(old -> old == chunk))
                .hasSize(1);
    }

    private static void change(Map<ResourceKey, Resource<?>> present, Random random) {
        var many = random.nextInt(10) == 0 ? NAMES : random.nextInt(4);
        for (int change = many; change > 0; change--) {
            var resource = entry(random.nextInt(NAMES), random.nextInt(3));
            if (random.nextInt(3) == 0) {
                present.remove(resource.key());
            } else {
                put(resource, present);
            }
        }
        if (random.nextInt(40) == 0) {
            present.clear();
        }
    }

    private static void put(Resource<?> resource, Map<ResourceKey, Resource<?>> all) {
        all.put(resource.key(), resource);
    }

    /// The order of keys is not that of names: `a` comes before `a-b`, `a-b/x` before `a/x`.
    private static Resource<?> entry(int number, int version) {
        return Resources.of(
                new ResourceKey(
                        Kind.WORKLOAD_ENTRY,
                        number % 2 == 0 ? "shop" : "shop-2",
                        "entry-" + number),
                Map.of(),
                Map.of(),
                new WorkloadEntry("10.0.0." + version, Map.of(), Map.of(), null, null, null, null));
    }

    private static Map<String, String> versions(CollectionContent content) {
        var versions = new HashMap<String, String>();
        content.resources()
                .forEach(it ->
                        versions.put(it.getMetadata().getName(), it.getMetadata().getVersion()));
        return versions;
    }
}
