package dev.quartet.pilot.translate;

import dev.quartet.config.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Resources of one type by name, shared by all proxies of a scope. Immutable; a set with the same content as
/// before is the same object, so that "nothing changed" is one comparison of references.
public final class ResourceSet {
    public static final ResourceSet EMPTY = new ResourceSet(Map.of(), List.of());

    private final Map<String, XdsResource> byName;
    private final List<Problem> problems;
    private volatile @Nullable Since last;
    private volatile @Nullable Set<String> lastFound;

    private ResourceSet(Map<String, XdsResource> byName, List<Problem> problems) {
        this.byName = byName;
        this.problems = problems;
    }

    public static ResourceSet of(Collection<XdsResource> resources) {
        return of(resources, List.of());
    }

    /// @param problems why something that users asked for is not in it
    static ResourceSet of(Collection<XdsResource> resources, Collection<Problem> problems) {
        if (resources.isEmpty() && problems.isEmpty()) {
            return EMPTY;
        }
        var byName = new LinkedHashMap<String, XdsResource>(resources.size() * 2);
        for (var resource : resources) {
            byName.put(resource.name(), resource);
        }
        return new ResourceSet(Collections.unmodifiableMap(byName), List.copyOf(problems));
    }

    /// What of one type a piece has.
    static ResourceSet part(Object piece, XdsType type) {
        return switch (piece) {
            case ResourceSet set -> set;
            case UnitKey.Served served -> served.of(type);
            default -> throw new IllegalStateException("no resources are in " + piece);
        };
    }

    List<Problem> problems() {
        return problems;
    }

    public @Nullable XdsResource get(String name) {
        return byName.get(name);
    }

    public Collection<XdsResource> all() {
        return byName.values();
    }

    /// Whether all these names are in it. All proxies of a scope ask for the names of one resource, so the last that were found are known.
    ///
    /// @param names that nobody changes
    public boolean hasAll(Set<String> names) {
        if (names == lastFound) {
            return true;
        }
        var found = byName.keySet().containsAll(names);
        if (found) {
            lastFound = names;
        }
        return found;
    }

    /// What has changed from one set to another.
    ///
    /// @param changed new or different
    /// @param removed names that are no more
    public record Difference(List<XdsResource> changed, List<String> removed) {}

    /// What is different from an earlier set. All proxies of a scope go from one set to the next, so the last answer is kept.
    public Difference since(ResourceSet earlier) {
        var known = last;
        if (known != null && known.earlier() == earlier) {
            return known.difference();
        }
        var changed = new ArrayList<XdsResource>();
        for (var resource : byName.values()) {
            var old = earlier.get(resource.name());
            if (old != resource && (old == null || !old.version().equals(resource.version()))) {
                changed.add(resource);
            }
        }
        var removed =
                earlier.byName.keySet().stream().filter(name -> !byName.containsKey(name)).toList();
        var difference = new Difference(changed, removed);
        last = new Since(earlier, difference);
        return difference;
    }

    private record Since(ResourceSet earlier, Difference difference) {}

    /// The earlier set when it has the same names with the same versions, else this one with the earlier objects of
    /// what is unchanged.
    ResourceSet or(ResourceSet earlier) {
        var same = byName.size() == earlier.byName.size() && problems.equals(earlier.problems);
        var merged = new LinkedHashMap<String, XdsResource>(byName.size() * 2);
        for (var resource : byName.values()) {
            var old = earlier.get(resource.name());
            var unchanged = old != null && old.version().equals(resource.version());
            same &= unchanged;
            merged.put(resource.name(), unchanged ? old : resource);
        }
        return same ? earlier : new ResourceSet(Collections.unmodifiableMap(merged), problems);
    }

    public int size() {
        return byName.size();
    }
}
