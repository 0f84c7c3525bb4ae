package dev.quartet.pilot.snapshot;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// What the last snapshot made of each resource, so that a change costs what has changed. A resource that did not change is the same
/// object in the next revision. For one thread.
final class Memo {
    private Map<Object, Object> last = Map.of();
    private Map<Object, Object> now = new IdentityHashMap<>();
    private final Map<Object, List<?>> lists = new HashMap<>();
    private Object condition = this;

    /// What is made of resources depends on this, beside themselves.
    void under(Object settings) {
        if (!settings.equals(condition)) {
            condition = settings;
            last = Map.of();
            lists.clear();
        }
    }

    /// @param make a pure function of `source` and the settings
    @SuppressWarnings("unchecked")
    <K, V> V of(K source, Function<K, V> make) {
        var value = last.get(source);
        if (value == null) {
            value = make.apply(source);
        }
        now.put(source, value);
        return (V) value;
    }

    /// The same of what depends on more than its source.
    ///
    /// @param holds whether what was made the last time is true still
    <V> V latest(Object source, Class<V> type, Predicate<V> holds, Supplier<V> make) {
        var known = last.get(source);
        var value =
                type.isInstance(known) && holds.test(type.cast(known))
                        ? type.cast(known)
                        : make.get();
        now.put(source, value);
        return value;
    }

    /// @return the list that was there under this name the last time, when it had the very same elements
    @SuppressWarnings("unchecked")
    <V> List<V> same(Object name, List<V> list) {
        var before = lists.get(name);
        if (before != null && haveTheSame(before, list)) {
            return (List<V>) before;
        }
        lists.put(name, list);
        return list;
    }

    private static boolean haveTheSame(List<?> before, List<?> list) {
        if (before.size() != list.size()) {
            return false;
        }
        for (int i = 0; i < list.size(); i++) {
            if (before.get(i) != list.get(i)) {
                return false;
            }
        }
        return true;
    }

    /// The snapshot is made.
    void done() {
        last = now;
        now = new IdentityHashMap<>();
    }
}
