package dev.quartet.config.networking;

import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Values by host or pattern of hosts ([Hosts#covers]); case does not count. Finds what covers a host, and what a pattern
/// covers, without a walk over all of them. Not thread-safe.
public final class HostTable<V> {
    /// Longer ones are no names; they cover nothing but themselves.
    private static final int LONGEST = 255;

    private final Map<String, V> values = new HashMap<>();

    /// By the reversed host, so that what `*.shop.example` covers stands together. Made when it is asked for.
    private @Nullable TreeMap<String, V> backwards;

    /// @return the value that the host had already; it is kept then
    public @Nullable V putIfAbsent(String host, V value) {
        var name = host.toLowerCase(Locale.ROOT);
        var earlier = values.putIfAbsent(name, value);
        if (earlier == null && backwards != null) {
            putBackwards(backwards, name, value);
        }
        return earlier;
    }

    /// The value of the host itself.
    public @Nullable V get(String host) {
        return values.get(host.toLowerCase(Locale.ROOT));
    }

    public void remove(String host) {
        var name = host.toLowerCase(Locale.ROOT);
        values.remove(name);
        if (backwards != null) {
            backwards.remove(reversed(name));
        }
    }

    /// All of them, in lower case.
    public Set<String> hosts() {
        return Collections.unmodifiableSet(values.keySet());
    }

    /// The value of the host itself, else of the narrowest pattern that covers it.
    public @Nullable V covering(String host) {
        var name = host.toLowerCase(Locale.ROOT);
        var own = values.get(name);
        if (own != null || name.length() > LONGEST) {
            return own;
        }
        for (int dot = name.indexOf('.', 1); dot > 0; dot = name.indexOf('.', dot + 1)) {
            var wider = values.get("*" + name.substring(dot));
            if (wider != null) {
                return wider;
            }
        }
        return values.get("*");
    }

    /// The value of one of the hosts that `pattern` covers.
    public @Nullable V coveredBy(String pattern) {
        var name = pattern.toLowerCase(Locale.ROOT);
        if (!name.startsWith("*")) {
            return values.get(name);
        }
        var suffix = reversed(name.substring(1));
        if (backwards == null) {
            var all = new TreeMap<String, V>();
            values.forEach((host, value) -> putBackwards(all, host, value));
            backwards = all;
        }
        var first = backwards.ceilingEntry(suffix);
        return first != null && first.getKey().startsWith(suffix) ? first.getValue() : null;
    }

    private static <V> void putBackwards(TreeMap<String, V> backwards, String name, V value) {
        if (name.length() <= LONGEST) {
            backwards.put(reversed(name), value);
        }
    }

    private static String reversed(String host) {
        return new StringBuilder(host).reverse().toString();
    }
}
