package dev.quartet.pilot.translate;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All that one proxy should hold, as references to shared sets. Cheap to make and to compare.
///
/// @param revision the config revision that this comes from
public record ProxyConfig(String revision, Map<XdsType, List<ResourceSet>> sets) {

    public List<ResourceSet> sets(XdsType type) {
        return sets.getOrDefault(type, List.of());
    }

    public @Nullable XdsResource find(XdsType type, String name) {
        for (var set : sets(type)) {
            var resource = set.get(name);
            if (resource != null) {
                return resource;
            }
        }
        return null;
    }
}
