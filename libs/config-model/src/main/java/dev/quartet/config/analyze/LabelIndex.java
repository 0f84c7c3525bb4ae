package dev.quartet.config.analyze;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Finds what has the labels of a selector without a walk over everything: it looks among those that have the rarest of the
/// labels.
final class LabelIndex<T> {
    /// In every namespace.
    private static final String ANYWHERE = "";

    private final Function<T, Map<String, String>> labels;
    private final Map<Place, List<T>> byLabel = new HashMap<>();
    private final Map<String, List<T>> byNamespace = new HashMap<>();

    private record Place(String namespace, Map.Entry<String, String> label) {}

    LabelIndex(
            Collection<T> items,
            Function<T, String> namespace,
            Function<T, Map<String, String>> labels) {
        this.labels = labels;
        for (var item : items) {
            for (var where : List.of(namespace.apply(item), ANYWHERE)) {
                byNamespace.computeIfAbsent(where, w -> new ArrayList<>()).add(item);
                labels.apply(item)
                        .forEach((name, value) ->
                                byLabel.computeIfAbsent(
                                                new Place(where, Map.entry(name, value)),
                                                p -> new ArrayList<>())
                                        .add(item));
            }
        }
    }

    /// @param namespace null for all of them
    /// @param selector an empty one selects everything
    Stream<T> matching(@Nullable String namespace, Map<String, String> selector) {
        var where = namespace == null ? ANYWHERE : namespace;
        var fewest = byNamespace.getOrDefault(where, List.of());
        for (var label : selector.entrySet()) {
            var having =
                    byLabel.getOrDefault(
                            new Place(where, Map.entry(label.getKey(), label.getValue())),
                            List.of());
            if (having.size() < fewest.size()) {
                fewest = having;
            }
        }
        return fewest.stream()
                .filter(item -> labels.apply(item).entrySet().containsAll(selector.entrySet()));
    }

    boolean hasMatching(@Nullable String namespace, Map<String, String> selector) {
        return matching(namespace, selector).findAny().isPresent();
    }
}
