package dev.quartet.testkit;

import java.util.ArrayList;
import java.util.List;

/// The difference of two texts by lines, as `diff -u` shows it: `-` only expected, `+` only there, three lines around.
final class LineDiff {
    private static final int CONTEXT = 3;
    private static final int LARGEST_TABLE = 16_000_000;

    private LineDiff() {}

    static String of(String expected, String actual) {
        var left = expected.lines().toList();
        var right = actual.lines().toList();
        var lines = edits(left, right);
        var shown = new StringBuilder();
        var last = -1;
        for (var i = 0; i < lines.size(); i++) {
            if (near(lines, i)) {
                if (last >= 0 && i > last + 1) {
                    shown.append("  …\n");
                }
                shown.append(lines.get(i)).append('\n');
                last = i;
            }
        }
        return shown.toString();
    }

    private static boolean near(List<String> lines, int index) {
        for (var i = Math.max(0, index - CONTEXT);
                i <= Math.min(lines.size() - 1, index + CONTEXT);
                i++) {
            if (!lines.get(i).startsWith(" ")) {
                return true;
            }
        }
        return false;
    }

    /// Longest common subsequence after the common head and tail are taken off.
    private static List<String> edits(List<String> left, List<String> right) {
        var head = 0;
        while (head < Math.min(left.size(), right.size())
                && left.get(head).equals(right.get(head))) {
            head++;
        }
        var tail = 0;
        while (tail < Math.min(left.size(), right.size()) - head
                && left.get(left.size() - 1 - tail).equals(right.get(right.size() - 1 - tail))) {
            tail++;
        }
        var a = left.subList(head, left.size() - tail);
        var b = right.subList(head, right.size() - tail);
        var lines = new ArrayList<String>();
        left.subList(0, head).forEach(line -> lines.add("  " + line));
        if ((long) (a.size() + 1) * (b.size() + 1) > LARGEST_TABLE) {
            a.forEach(line -> lines.add("- " + line));
            b.forEach(line -> lines.add("+ " + line));
        } else {
            middle(a, b, lines);
        }
        left.subList(left.size() - tail, left.size()).forEach(line -> lines.add("  " + line));
        return lines;
    }

    private static void middle(List<String> a, List<String> b, List<String> lines) {
        var common = new int[a.size() + 1][b.size() + 1];
        for (var i = a.size() - 1; i >= 0; i--) {
            for (var j = b.size() - 1; j >= 0; j--) {
                common[i][j] =
                        a.get(i).equals(b.get(j))
                                ? common[i + 1][j + 1] + 1
                                : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        var i = 0;
        var j = 0;
        while (i < a.size() || j < b.size()) {
            if (i < a.size() && j < b.size() && a.get(i).equals(b.get(j))) {
                lines.add("  " + a.get(i++));
                j++;
            } else if (i < a.size() && (j == b.size() || common[i + 1][j] >= common[i][j + 1])) {
                lines.add("- " + a.get(i++));
            } else {
                lines.add("+ " + b.get(j++));
            }
        }
    }
}
