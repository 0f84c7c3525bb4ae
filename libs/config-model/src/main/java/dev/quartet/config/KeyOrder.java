package dev.quartet.config;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/// Lists in the order of their resources' keys, and what differs between two that have most of their objects in common. Members that
/// stood side by side in the list before are in order and are not compared again: where little has changed, ten thousand
/// members cost ten thousand looks at references.
///
/// @param <T> something of a resource; the same object has the same key
public final class KeyOrder<T> {
    private final Function<? super T, ResourceKey> keyOf;

    public KeyOrder(Function<? super T, ResourceKey> keyOf) {
        this.keyOf = keyOf;
    }

    /// Whether `now` is in the order of its keys, and has none twice.
    ///
    /// @param before a list that is and has not
    @SuppressWarnings("ReferenceEquality") // another object may have another key
    public boolean isIn(List<? extends T> now, List<? extends T> before) {
        int old = 0;
        for (int i = 0; i < now.size(); i++) {
            var member = now.get(i);
            if (i > 0
                    && old + 1 < before.size()
                    && before.get(old) == now.get(i - 1)
                    && before.get(old + 1) == member) {
                old++;
                continue;
            }
            if (i > 0 && compare(now.get(i - 1), member) >= 0) {
                return false;
            }
            while (old < before.size()
                    && before.get(old) != member
                    && compare(before.get(old), member) < 0) {
                old++;
            }
        }
        return true;
    }

    /// Tells what is another object, in the order of the keys; of one key first what went.
    ///
    /// @param before in the order of their keys, none twice
    /// @param now the same
    @SuppressWarnings("ReferenceEquality") // it is for the caller to say when another is as good
    public void difference(
            List<? extends T> before,
            List<? extends T> now,
            Consumer<? super T> went,
            Consumer<? super T> came) {
        int old = 0;
        int young = 0;
        while (old < before.size() || young < now.size()) {
            if (old == before.size()) {
                came.accept(now.get(young++));
            } else if (young == now.size()) {
                went.accept(before.get(old++));
            } else if (before.get(old) == now.get(young)) {
                old++;
                young++;
            } else {
                int order = compare(before.get(old), now.get(young));
                if (order <= 0) {
                    went.accept(before.get(old++));
                }
                if (order >= 0) {
                    came.accept(now.get(young++));
                }
            }
        }
    }

    private int compare(T one, T other) {
        return keyOf.apply(one).compareTo(keyOf.apply(other));
    }
}
