package dev.quartet.pilot.translate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.RandomChanges;
import dev.quartet.pilot.ingest.MeshInputs;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.SnapshotBuilder;
import dev.quartet.stream.ConfigSnapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is taken over from earlier generations is what would be made anew.
class UnitsTest {
    /// More than the generations of which it is remembered what they changed, and than several sweeps.
    private static final int STEPS = 200;

    private static final List<Proxy> PROXIES =
            List.of(
                    Meshes.sidecar("w-1", "10.0.0.1"),
                    Meshes.sidecar("w-2", "10.0.0.2", Proxy.Interception.REDIRECT),
                    Meshes.gateway());

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void aRowOfGenerationsGivesWhatEachWouldGiveAlone(long seed) {
        var random = new Random(seed);
        var builder = new SnapshotBuilder();
        var resources = new TreeMap<ResourceKey, Resource<?>>();
        RandomChanges.one(resources, random);
        var row = Translation.of(builder.build(inputs("first", resources)));
        for (int step = 0; step < STEPS; step++) {
            for (int change = random.nextInt(3); change >= 0; change--) {
                RandomChanges.one(resources, random);
            }
            var inputs = inputs("r" + step, resources);
            row = row.next(builder.build(inputs));
            var alone = Translation.of(new SnapshotBuilder().build(inputs));
            for (var proxy : PROXIES) {
                if (random.nextInt(step % 50 < 25 ? 30 : 2)
                        == 0) { // seldom for a while, then often
                    assertThat(versions(row, proxy))
                            .as("step %d, %s", step, proxy.id())
                            .isEqualTo(versions(alone, proxy));
                    assertThat(row.problems()).containsAll(alone.problems());
                }
            }
        }
    }

    private static MeshInputs inputs(String revision, Map<ResourceKey, Resource<?>> resources) {
        return Meshes.inputs(
                new ConfigSnapshot(revision, resources), PROXIES.toArray(Proxy[]::new));
    }

    private static Map<String, String> versions(Translation translation, Proxy proxy) {
        var config = translation.configFor(proxy);
        var versions = new HashMap<String, String>();
        for (var type : XdsType.values()) {
            for (var set : config.sets(type)) {
                set.all()
                        .forEach(resource ->
                                versions.put(type + " " + resource.name(), resource.version()));
            }
        }
        return versions;
    }
}
