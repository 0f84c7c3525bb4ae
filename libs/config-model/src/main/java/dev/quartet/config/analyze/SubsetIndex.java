package dev.quartet.config.analyze;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// Finds the items whose sets are part of a given set, without a walk over everything: each item waits under the rarest part of
/// its set.
///
/// @param <P> a part of a set
final class SubsetIndex<P, T> {
    private final Function<T, Set<P>> parts;
    private final List<T> ofEverything = new ArrayList<>();
    private final Map<P, List<T>> byRarest = new HashMap<>();

    SubsetIndex(Collection<T> items, Function<T, Set<P>> parts) {
        this.parts = parts;
        var counts = new HashMap<P, Integer>();
        for (var item : items) {
            parts.apply(item).forEach(part -> counts.merge(part, 1, Integer::sum));
        }
        for (var item : items) {
            parts.apply(item).stream()
                    .min(Comparator.comparingInt(part -> counts.getOrDefault(part, 0)))
                    .ifPresentOrElse(
                            rarest ->
                                    byRarest.computeIfAbsent(rarest, r -> new ArrayList<>())
                                            .add(item),
                            () -> ofEverything.add(item));
        }
    }

    /// In no order.
    Stream<T> within(Set<P> whole) {
        return Stream.concat(
                ofEverything.stream(),
                whole.stream()
                        .flatMap(part -> byRarest.getOrDefault(part, List.of()).stream())
                        .filter(item -> whole.containsAll(parts.apply(item))));
    }
}
