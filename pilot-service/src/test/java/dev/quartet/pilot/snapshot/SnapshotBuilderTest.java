package dev.quartet.pilot.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.RandomChanges;
import dev.quartet.stream.ConfigSnapshot;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotBuilderTest {
    private static final int STEPS = 150;

    /// Resources come, change and go, and come back; those that did not change are the same objects, as they come from Galley.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whatItRemembersChangesNothing(long seed) {
        var random = new Random(seed);
        var builder = new SnapshotBuilder();
        var resources = new TreeMap<ResourceKey, Resource<?>>();
        for (int step = 0; step < STEPS; step++) {
            for (int change = random.nextInt(3); change >= 0; change--) {
                RandomChanges.one(resources, random);
            }
            var config = new ConfigSnapshot("r" + step, new HashMap<>(resources));

            var remembering = facts(builder, config);

            assertThat(remembering)
                    .as("step %d", step)
                    .isEqualTo(facts(new SnapshotBuilder(), config));
        }
    }

    /// But for the policies, which are made anew only when they change, and are not equal by content.
    private static Map<FactKey, Object> facts(SnapshotBuilder builder, ConfigSnapshot config) {
        var facts = new HashMap<>(builder.build(Meshes.inputs(config)).facts());
        facts.remove(new FactKey.Policies());
        return facts;
    }
}
