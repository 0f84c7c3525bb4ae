package dev.quartet.galley.conditions;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// One condition of an object, as Kubernetes has them (`metav1.Condition`).
///
/// @param status `True`, `False` or `Unknown`
/// @param reason one word in CamelCase
/// @param message for people
record Condition(String type, String status, String reason, String message) {
    static final String TRUE = "True";
    static final String FALSE = "False";
    static final String UNKNOWN = "Unknown";

    boolean holds() {
        return status.equals(TRUE);
    }

    /// The condition of a type in a status that was read.
    static Optional<Map<?, ?>> in(Map<?, ?> status, String type) {
        if (status.get("conditions") instanceof Iterable<?> conditions) {
            for (var condition : conditions) {
                if (condition instanceof Map<?, ?> map && type.equals(map.get("type"))) {
                    return Optional.of(map);
                }
            }
        }
        return Optional.empty();
    }

    /// @param before the object's status until now; what holds since then keeps its moment
    Map<String, Object> write(long generation, Map<?, ?> before, Instant now) {
        var since =
                in(before, type)
                        .filter(it -> status.equals(it.get("status")))
                        .map(it -> String.valueOf(it.get("lastTransitionTime")))
                        .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
        var written = new TreeMap<String, Object>();
        written.put("type", type);
        written.put("status", status);
        written.put("reason", reason);
        written.put("message", message);
        written.put("observedGeneration", generation);
        written.put("lastTransitionTime", since);
        return written;
    }

    /// Whether it is what was read.
    boolean isIn(Map<?, ?> status) {
        return in(status, type)
                .filter(it ->
                        this.status.equals(it.get("status"))
                                && reason.equals(it.get("reason"))
                                && message.equals(it.get("message")))
                .isPresent();
    }
}
