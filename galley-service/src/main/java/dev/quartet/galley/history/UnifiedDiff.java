package dev.quartet.galley.history;

import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.algorithm.Change;
import com.github.difflib.algorithm.myers.MyersDiffWithLinearSpace;
import com.github.difflib.patch.DeltaType;
import com.github.difflib.patch.Patch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Two documents as a unified diff, as `patch` reads it.
final class UnifiedDiff {
    private static final int CONTEXT_LINES = 3;

    /// The shortest difference of two texts costs their length times what differs; what is longer is told as one block.
    private static final int MAX_COMPARED_LINES = 10_000;

    private static final String NOTHING = "/dev/null";

    private UnifiedDiff() {}

    /// @param label stands behind the file's name
    record Side(String label, String text) {
        /// Without the end of the last line.
        List<String> lines() {
            return text.lines().toList();
        }
    }

    /// @param file name of both
    /// @param before null for what is new
    /// @param after null for what is gone
    static String of(String file, @Nullable Side before, @Nullable Side after) {
        var from = before == null ? NOTHING : "a/" + file + "\t" + before.label();
        var to = after == null ? NOTHING : "b/" + file + "\t" + after.label();
        var original = before == null ? List.<String>of() : before.lines();
        var revised = after == null ? List.<String>of() : after.lines();
        List<String> diff;
        if (original.isEmpty() || revised.isEmpty() || original.equals(revised)) {
            diff = new ArrayList<>(List.of("--- " + from, "+++ " + to));
            whole(original, revised, diff);
        } else {
            diff =
                    UnifiedDiffUtils.generateUnifiedDiff(
                            from, to, original, patch(original, revised), CONTEXT_LINES);
        }
        return String.join("\n", diff) + "\n";
    }

    /// All lines of the one side that has any: the library counts an empty side from 1, `patch` from 0.
    private static void whole(List<String> original, List<String> revised, List<String> diff) {
        if (revised.isEmpty()) {
            diff.add("@@ -1,%d +0,0 @@".formatted(original.size()));
            original.forEach(line -> diff.add("-" + line));
        } else if (original.isEmpty()) {
            diff.add("@@ -0,0 +1,%d @@".formatted(revised.size()));
            revised.forEach(line -> diff.add("+" + line));
        }
    }

    private static Patch<String> patch(List<String> original, List<String> revised) {
        var shorter = Math.min(original.size(), revised.size());
        var head = 0;
        while (head < shorter && original.get(head).equals(revised.get(head))) {
            head++;
        }
        var tail = 0;
        while (tail < shorter - head
                && original.get(original.size() - 1 - tail)
                        .equals(revised.get(revised.size() - 1 - tail))) {
            tail++;
        }
        var originalEnd = original.size() - tail;
        var revisedEnd = revised.size() - tail;
        var changes =
                originalEnd + revisedEnd - 2 * head <= MAX_COMPARED_LINES
                        ? new MyersDiffWithLinearSpace<String>()
                                .computeDiff(original, revised, null)
                        : List.of(change(head, originalEnd, head, revisedEnd));
        return Patch.generate(original, revised, joined(changes));
    }

    /// Lines that are taken and lines that are given at the same place are one change, in this order.
    private static List<Change> joined(List<Change> changes) {
        var joined = new ArrayList<Change>();
        for (var next : changes) {
            var last = joined.isEmpty() ? null : joined.getLast();
            if (last != null
                    && last.endOriginal == next.startOriginal
                    && last.endRevised == next.startRevised) {
                joined.removeLast();
                joined.add(
                        change(
                                last.startOriginal,
                                next.endOriginal,
                                last.startRevised,
                                next.endRevised));
            } else {
                joined.add(next);
            }
        }
        return joined;
    }

    private static Change change(
            int startOriginal, int endOriginal, int startRevised, int endRevised) {
        var type =
                startOriginal == endOriginal
                        ? DeltaType.INSERT
                        : startRevised == endRevised ? DeltaType.DELETE : DeltaType.CHANGE;
        return new Change(type, startOriginal, endOriginal, startRevised, endRevised);
    }
}
