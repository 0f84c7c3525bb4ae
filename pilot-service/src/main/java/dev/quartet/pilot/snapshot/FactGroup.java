package dev.quartet.pilot.snapshot;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Facts that are made from the same inputs, and are kept for as long as these stay as they are. For one thread.
final class FactGroup {
    private final Memo memo = new Memo();
    private Object settings = this;
    private List<List<?>> inputs = List.of();
    private Map<FactKey, Object> facts = Map.of();

    @FunctionalInterface
    interface Maker {
        /// @param facts where they are put
        /// @param memo of what this maker made of single resources the last time
        void addTo(Map<FactKey, Object> facts, Memo memo);
    }

    /// Makes them anew if an input is another. A fact that comes out equal is the same object as before.
    ///
    /// @param inputsNow all that they are made from, beside the settings
    void update(Object settingsNow, List<List<?>> inputsNow, Maker maker) {
        if (settings.equals(settingsNow) && areTheSame(inputs, inputsNow)) {
            inputs = inputsNow;
            return;
        }
        var fresh = HashMap.<FactKey, Object>newHashMap(facts.size() + 10);
        memo.under(settingsNow);
        maker.addTo(fresh, memo);
        memo.done();
        settings = settingsNow;
        inputs = inputsNow;
        take(fresh);
    }

    private void take(Map<FactKey, Object> fresh) {
        if (!fresh.equals(facts)) {
            fresh.replaceAll((key, value) -> {
                var before = facts.get(key);
                return before != null && before.equals(value) ? before : value;
            });
            facts = Collections.unmodifiableMap(fresh);
        }
    }

    /// Mostly all elements are the very objects that they were, so that this is no work beside making something of them.
    private static boolean areTheSame(List<List<?>> before, List<List<?>> now) {
        if (before.size() != now.size()) {
            return false;
        }
        for (int i = 0; i < now.size(); i++) {
            if (!haveTheSame(before.get(i), now.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean haveTheSame(List<?> before, List<?> now) {
        if (before.size() != now.size()) {
            return false;
        }
        for (int i = 0; i < now.size(); i++) {
            if (before.get(i) != now.get(i) && !before.get(i).equals(now.get(i))) {
                return false;
            }
        }
        return true;
    }

    /// The same map as before when nothing in it is different. Nobody changes it.
    Map<FactKey, Object> facts() {
        return facts;
    }
}
