package dev.quartet.pilot.snapshot;

import java.util.Map;

/// Label selectors.
public final class Labels {
    private Labels() {}

    /// Whether `labels` has every pair of `selector`; an empty selector matches everything.
    public static boolean match(Map<String, String> selector, Map<String, String> labels) {
        for (var wanted : selector.entrySet()) {
            if (!wanted.getValue().equals(labels.get(wanted.getKey()))) {
                return false;
            }
        }
        return true;
    }
}
