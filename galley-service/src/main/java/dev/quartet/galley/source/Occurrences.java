package dev.quartet.galley.source;

import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ReadResource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How often each resource stands in some files. Not thread-safe.
final class Occurrences {
    private final Map<ResourceKey, Integer> counts = new HashMap<>();

    /// How many stand there more than once.
    private int several;

    void add(List<ReadResource> resources) {
        for (var read : resources) {
            if (counts.merge(read.resource().key(), 1, Integer::sum) == 2) {
                several++;
            }
        }
    }

    /// @param resources that were added
    void remove(List<ReadResource> resources) {
        for (var read : resources) {
            var left =
                    counts.computeIfPresent(
                            read.resource().key(), (key, count) -> count == 1 ? null : count - 1);
            if (left != null && left == 1) {
                several--;
            }
        }
    }

    boolean noneTwice() {
        return several == 0;
    }
}
