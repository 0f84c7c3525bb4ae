package dev.quartet.config.networking;

import dev.quartet.config.schema.SortedMaps;
import java.util.List;
import java.util.Map;

/// `set` replaces, `add` appends, `remove` takes away.
public record HeaderOperations(
        Map<String, String> set, Map<String, String> add, List<String> remove) {
    public HeaderOperations {
        set = SortedMaps.copyOf(set);
        add = SortedMaps.copyOf(add);
        remove = List.copyOf(remove);
    }
}
