package dev.quartet.mixer.adapter.prometheus;

/// How many series one metric may have, and how long a label's value may be, so that a label fed by callers (a path, a
/// host) cannot fill the memory.
///
/// @param maxLabelValues distinct values of one label of one metric; a further value is recorded as [#OVERFLOW]
/// @param maxSeries label sets of one metric; past it all labels of a new set are recorded as [#OVERFLOW]
public record CardinalityLimits(int maxLabelValues, int maxSeries) {
    /// The value that stands for all that did not fit.
    public static final String OVERFLOW = "overflow";

    /// What is longer is cut.
    public static final int MAX_VALUE_CHARS = 512;

    public CardinalityLimits {
        if (maxLabelValues < 1 || maxSeries < 1) {
            throw new IllegalArgumentException(
                    "limits must be at least 1, were " + maxLabelValues + " and " + maxSeries);
        }
    }
}
