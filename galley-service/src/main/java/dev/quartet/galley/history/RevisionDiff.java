package dev.quartet.galley.history;

import dev.quartet.config.ResourceKey;
import java.util.ArrayList;
import java.util.List;

/// How two configs differ, in the order of their resources.
public record RevisionDiff(List<ResourceChange> changes) {
    public RevisionDiff {
        changes = List.copyOf(changes);
    }

    public static RevisionDiff between(RevisionContent before, RevisionContent after) {
        // both are sorted: one walk along the two
        var olds = List.copyOf(before.resources().entrySet());
        var news = List.copyOf(after.resources().entrySet());
        var changes = new ArrayList<ResourceChange>();
        int old = 0;
        int now = 0;
        while (old < olds.size() || now < news.size()) {
            int order =
                    old == olds.size()
                            ? 1
                            : now == news.size()
                                    ? -1
                                    : olds.get(old).getKey().compareTo(news.get(now).getKey());
            var was = order > 0 ? null : olds.get(old++);
            var is = order < 0 ? null : news.get(now++);
            var change =
                    new ResourceChange(
                            was == null ? news.get(now - 1).getKey() : was.getKey(),
                            was == null ? null : was.getValue(),
                            is == null ? null : is.getValue());
            if (change.real()) {
                changes.add(change);
            }
        }
        return new RevisionDiff(changes);
    }

    public List<ResourceKey> keys(ResourceChange.Kind kind) {
        return changes.stream()
                .filter(change -> change.kind() == kind)
                .map(ResourceChange::key)
                .toList();
    }

    /// All of it as one unified diff.
    ///
    /// @param from what the config before is called
    public String text(String from, String to) {
        var text = new StringBuilder();
        changes.forEach(change -> text.append(change.text(from, to)));
        return text.toString();
    }
}
