package dev.quartet.galley.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.read.ReadResource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OccurrencesTest {
    private static final int STEPS = 2_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void knowsWhetherAResourceStandsTwice(long seed) {
        var random = new Random(seed);
        var occurrences = new Occurrences();
        var files = new ArrayList<List<ReadResource>>();

        for (int step = 0; step < STEPS; step++) {
            if (files.size() > random.nextInt(6)) {
                occurrences.remove(files.remove(random.nextInt(files.size())));
            } else {
                var file = file(random);
                occurrences.add(file);
                files.add(file);
            }

            var all = files.stream().flatMap(List::stream).toList();
            assertThat(occurrences.noneTwice()).isEqualTo(ConfigFile.duplicates(all).isEmpty());
        }
    }

    private static List<ReadResource> file(Random random) {
        var text = new StringBuilder();
        for (int i = random.nextInt(3); i > 0; i--) {
            text.append(
                    """
                    ---
                    apiVersion: networking.istio.io/v1beta1
                    kind: WorkloadEntry
                    metadata: {name: entry-%d, namespace: shop}
                    spec: {address: 10.0.0.1}
                    """
                            .formatted(random.nextInt(12)));
        }
        return ConfigFile.read("a.yaml", text.toString()).resources();
    }
}
