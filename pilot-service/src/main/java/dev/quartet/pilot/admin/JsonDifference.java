package dev.quartet.pilot.admin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What is different between two JSON values, a line for each field: `virtual_hosts[reviews:9080].routes[0].route.timeout: 3s -> 4s`.
/// Elements of a list that have a name are told apart by it, others by their place.
final class JsonDifference {
    private static final int MAX_VALUE_CHARS = 200;

    private final List<String> lines = new ArrayList<>();
    private final int most;
    private int more;

    private JsonDifference(int most) {
        this.most = most;
    }

    /// @param before null: there was nothing
    /// @param most lines; the last one says how many are left out
    static List<String> of(@Nullable Object before, @Nullable Object after, int most) {
        var difference = new JsonDifference(most);
        difference.compare("", before, after);
        if (difference.more > 0) {
            difference.lines.add("and %d more".formatted(difference.more));
        }
        return List.copyOf(difference.lines);
    }

    private void compare(String path, @Nullable Object before, @Nullable Object after) {
        if (Objects.equals(before, after)) {
            return;
        }
        if (before instanceof Map<?, ?> old && after instanceof Map<?, ?> now) {
            var fields = new LinkedHashSet<Object>(old.keySet());
            fields.addAll(now.keySet());
            for (var field : fields) {
                compare(
                        path.isEmpty() ? String.valueOf(field) : path + "." + field,
                        old.get(field),
                        now.get(field));
            }
        } else if (before instanceof List<?> old && after instanceof List<?> now) {
            var olds = labelled(old);
            var nows = labelled(now);
            var labels = new LinkedHashSet<>(olds.keySet());
            labels.addAll(nows.keySet());
            for (var label : labels) {
                compare(path + "[" + label + "]", olds.get(label), nows.get(label));
            }
        } else {
            say(path, before, after);
        }
    }

    private void say(String path, @Nullable Object before, @Nullable Object after) {
        if (lines.size() >= most) {
            more++;
        } else if (before == null) {
            lines.add("+ " + path + ": " + text(after));
        } else if (after == null) {
            lines.add("- " + path + ": " + text(before));
        } else {
            lines.add("~ " + path + ": " + text(before) + " -> " + text(after));
        }
    }

    private static Map<String, Object> labelled(List<?> list) {
        var labelled = new LinkedHashMap<String, Object>();
        var counts = new HashMap<String, Integer>();
        for (var element : list) {
            var name = element instanceof Map<?, ?> map ? map.get("name") : null;
            var label = name == null ? "" : String.valueOf(name);
            var count = counts.merge(label, 1, Integer::sum) - 1;
            labelled.put(
                    label.isEmpty()
                            ? Integer.toString(count)
                            : count == 0 ? label : label + "#" + count,
                    element);
        }
        return labelled;
    }

    private static String text(@Nullable Object value) {
        var text = String.valueOf(value);
        return text.length() <= MAX_VALUE_CHARS ? text : text.substring(0, MAX_VALUE_CHARS) + "…";
    }
}
