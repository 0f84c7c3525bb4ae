package dev.quartet.pilot.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.Meshes;
import dev.quartet.stream.ConfigSnapshot;
import java.util.ArrayList;
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
                change(resources, random);
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

    private static void change(TreeMap<ResourceKey, Resource<?>> resources, Random random) {
        if (random.nextInt(4) == 0 && !resources.isEmpty()) {
            var keys = new ArrayList<>(resources.keySet());
            resources.remove(keys.get(random.nextInt(keys.size())));
            return;
        }
        var read = Meshes.config("one", document(random)).resources();
        resources.putAll(read);
    }

    private static String document(Random random) {
        var number = random.nextInt(3);
        var namespace = random.nextBoolean() ? "shop" : "bank";
        return switch (random.nextInt(5)) {
            case 0 ->
                    """
                    apiVersion: networking.istio.io/v1alpha3
                    kind: WorkloadEntry
                    metadata: {name: w-%d, namespace: %s}
                    spec: {address: 10.0.0.%d, labels: {app: s-%d}}
                    """
                            .formatted(random.nextInt(5), namespace, random.nextInt(3), number);
            case 1 ->
                    """
                    apiVersion: networking.istio.io/v1alpha3
                    kind: VirtualService
                    metadata: {name: v-%1$d, namespace: %2$s}
                    spec: {hosts: [s-%1$d], http: [{route: [{destination: {host: s-%3$d}}]}]}
                    """
                            .formatted(number, namespace, random.nextInt(3));
            case 2 ->
                    """
                    apiVersion: networking.istio.io/v1alpha3
                    kind: DestinationRule
                    metadata: {name: d-%1$d, namespace: %2$s}
                    spec: {host: %3$s, subsets: [{name: a, labels: {v: a}}]%4$s}
                    """
                            .formatted(
                                    number,
                                    namespace,
                                    random.nextBoolean() ? "s-" + number : "\"*.example.com\"",
                                    random.nextBoolean()
                                            ? ""
                                            : ", workloadSelector: {matchLabels: {app: s-1}}");
            case 3 ->
                    """
                    apiVersion: mesh.istio.io/v1alpha1
                    kind: MeshConfig
                    metadata: {name: default, namespace: istio-system}
                    spec: {defaultServiceExportTo: ["%s"]}
                    """
                            .formatted(random.nextBoolean() ? "." : "*");
            default ->
                    """
                    apiVersion: networking.istio.io/v1alpha3
                    kind: ServiceEntry
                    metadata: {name: s-%1$d, namespace: %2$s}
                    spec:
                      hosts: [s-%1$d.%2$s.svc.cluster.local, more-%3$d.example.com]
                      location: MESH_INTERNAL
                      resolution: STATIC
                      ports: [{number: 80, name: http, protocol: HTTP}]
                      workloadSelector: {labels: {app: s-%4$d}}
                    """
                            .formatted(number, namespace, random.nextInt(2), random.nextInt(3));
        };
    }
}
