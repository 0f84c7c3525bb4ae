package dev.quartet.galley.history;

import dev.quartet.config.ResourceKey;
import java.util.List;
import java.util.TreeSet;

/// How two configs differ, in the order of their resources.
public record RevisionDiff(List<ResourceChange> changes) {
    public RevisionDiff {
        changes = List.copyOf(changes);
    }

    public static RevisionDiff between(RevisionContent before, RevisionContent after) {
        var keys = new TreeSet<>(before.resources().keySet());
        keys.addAll(after.resources().keySet());
        return new RevisionDiff(
                keys.stream()
                        .map(key ->
                                new ResourceChange(
                                        key,
                                        before.resources().get(key),
                                        after.resources().get(key)))
                        .filter(ResourceChange::real)
                        .toList());
    }

    List<ResourceKey> keys(ResourceChange.Kind kind) {
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
