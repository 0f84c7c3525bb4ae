package dev.quartet.benchmarks.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Kind;
import dev.quartet.wire.mcp.Resource;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShopConfigTest {
    private final ShopConfig config = new ShopConfig(100);

    @Test
    void hasAsManyOfEachKindAsItSays() {
        var collections = config.collections(9091);

        assertThat(collections.get(Kind.SERVICE_ENTRY)).hasSize(100);
        assertThat(collections.get(Kind.WORKLOAD_ENTRY)).hasSize(1000);
        assertThat(collections.get(Kind.VIRTUAL_SERVICE)).hasSize(100);
        assertThat(collections.get(Kind.DESTINATION_RULE)).hasSize(100);
        assertThat(collections.get(Kind.MESH_CONFIG)).hasSize(1);
        assertThat(collections).containsOnlyKeys(Kind.values());
    }

    @Test
    void anEditIsTheSameResourceWithAnotherVersion() {
        var before =
                new TreeMap<String, Resource>(
                        Objects.requireNonNull(config.collections(9091).get(Kind.VIRTUAL_SERVICE)));
        var edited = config.editedRoute(73);

        var old = Objects.requireNonNull(before.get(edited.getMetadata().getName()));
        assertThat(old.getMetadata().getVersion()).isNotEqualTo(edited.getMetadata().getVersion());
    }

    @Test
    void noTwoWorkloadsShareAnAddress() {
        assertThat(IntStream.range(0, 5000).mapToObj(ShopConfig::address)).doesNotHaveDuplicates();
    }
}
