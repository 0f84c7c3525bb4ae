package dev.quartet.expressions;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// What a user probably meant: the known name with the fewest typing errors, if there are few enough.
public final class NearNames {
    private static final int LONGEST = 64;

    private NearNames() {}

    /// Case and underscores don't count: `subset_name` is near `subsetName`.
    public static Optional<String> of(String wrong, Collection<String> known) {
        if (wrong.length() > LONGEST) {
            return Optional.empty();
        }
        var plain = plain(wrong);
        var allowed = Math.max(1, plain.length() / 3);
        return known.stream()
                .filter(name -> Math.abs(name.length() - wrong.length()) <= 2 * allowed)
                .map(name -> new Candidate(name, distance(plain, plain(name))))
                .filter(candidate ->
                        candidate.distance <= allowed && candidate.distance < plain.length())
                .min(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
                .map(Candidate::name);
    }

    private record Candidate(String name, int distance) {}

    private static String plain(String name) {
        return name.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
    }

    /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
    private static int distance(String left, String right) {
        var rows = new int[left.length() + 1][right.length() + 1];
        for (int i = 0; i <= left.length(); i++) {
            for (int j = 0; j <= right.length(); j++) {
                if (i == 0 || j == 0) {
                    rows[i][j] = i + j;
                    continue;
                }
                int substitution = left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1;
                int best =
                        Math.min(
                                Math.min(rows[i - 1][j], rows[i][j - 1]) + 1,
                                rows[i - 1][j - 1] + substitution);
                var swapped =
                        i > 1
                                && j > 1
                                && left.charAt(i - 1) == right.charAt(j - 2)
                                && left.charAt(i - 2) == right.charAt(j - 1);
                rows[i][j] = swapped ? Math.min(best, rows[i - 2][j - 2] + 1) : best;
            }
        }
        return rows[left.length()][right.length()];
    }
}
