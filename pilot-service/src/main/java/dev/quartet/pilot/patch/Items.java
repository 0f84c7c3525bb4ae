package dev.quartet.pilot.patch;

import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// How a list in a message is patched: first what is there is taken out, replaced or merged, in the order of the patches, then what is
/// new comes in. After Istio 1.4, `core/v1alpha3/envoyfilter`.
abstract class Items<M extends Message> {
    private final Class<M> type;
    private final Set<PatchId> by;

    /// @param by gets the patches that did something
    Items(Class<M> type, Set<PatchId> by) {
        this.type = type;
        this.by = by;
    }

    /// Whether the patch names an item of the list, and not just the list.
    abstract boolean namesOne(Patch patch);

    abstract boolean isMeant(Patch patch, M item);

    /// Whether nothing may come after the item.
    boolean isLast(M item) {
        return false;
    }

    final List<M> edit(List<M> items, List<Patch> patches) {
        if (patches.isEmpty()) {
            return items;
        }
        var edited = new ArrayList<M>();
        for (var item : items) {
            var changed = item;
            var kept = true;
            for (var patch : patches) {
                if (patch.adds() || !kept || !isMeant(patch, changed)) {
                    continue;
                }
                by.add(patch.id());
                switch (patch.operation()) {
                    case REMOVE -> kept = false;
                    case REPLACE -> changed = patch.value(type);
                    default -> changed = Merge.of(changed, patch.value(type));
                }
            }
            if (kept) {
                edited.add(changed);
            }
        }
        for (var patch : patches) {
            if (patch.adds()) {
                add(patch, edited);
            }
        }
        return edited;
    }

    private void add(Patch patch, List<M> items) {
        var place =
                switch (patch.operation()) {
                    case INSERT_FIRST -> 0;
                    case INSERT_BEFORE -> namesOne(patch) ? first(patch, items) : 0;
                    case INSERT_AFTER -> namesOne(patch) ? last(patch, items) + 1 : end(items);
                    default -> end(items);
                };
        if (place >= 0) {
            items.add(Math.min(place, end(items)), patch.value(type));
            by.add(patch.id());
        }
    }

    /// -1 where there is none.
    private int first(Patch patch, List<M> items) {
        for (var i = 0; i < items.size(); i++) {
            if (isMeant(patch, items.get(i))) {
                return i;
            }
        }
        return -1;
    }

    /// -2 where there is none.
    private int last(Patch patch, List<M> items) {
        for (var i = items.size() - 1; i >= 0; i--) {
            if (isMeant(patch, items.get(i))) {
                return i;
            }
        }
        return -2;
    }

    private int end(List<M> items) {
        return !items.isEmpty() && isLast(items.getLast()) ? items.size() - 1 : items.size();
    }
}
