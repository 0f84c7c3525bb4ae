package dev.quartet.galley.conditions;

import dev.quartet.config.Problem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// `.status` of an object of config.
///
/// @param generation of the object that this is said of
/// @param problems errors first; Istio's field `validationMessages` has them
record ObjectStatus(
        long generation, Condition accepted, Condition inForce, List<Problem> problems) {
    private static final int MOST_MESSAGES = 20;
    private static final String DOCUMENT = "docs/problems.md#";

    ObjectStatus {
        problems = List.copyOf(problems);
    }

    Map<String, Object> write(Map<?, ?> before, Instant now) {
        var status = new TreeMap<String, Object>();
        status.put("observedGeneration", generation);
        status.put(
                "conditions",
                List.of(
                        accepted.write(generation, before, now),
                        inForce.write(generation, before, now)));
        if (!problems.isEmpty()) {
            status.put("validationMessages", messages());
        }
        return status;
    }

    /// Whether nothing in `before` is to be changed.
    boolean isIn(Map<?, ?> before) {
        return before.get("observedGeneration") instanceof Number seen
                && seen.longValue() == generation
                && accepted.isIn(before)
                && inForce.isIn(before)
                && Objects.equals(
                        problems.isEmpty() ? null : messages(), before.get("validationMessages"));
    }

    private List<Map<String, Object>> messages() {
        var messages = new ArrayList<Map<String, Object>>();
        for (var problem : problems.subList(0, Math.min(MOST_MESSAGES, problems.size()))) {
            messages.add(message(problem));
        }
        return messages;
    }

    private static Map<String, Object> message(Problem problem) {
        var reason = problem.reason();
        var type = new TreeMap<String, Object>();
        type.put("name", reason.label());
        if (reason.alias() != null) {
            type.put("code", reason.alias());
        }
        var message = new TreeMap<String, Object>();
        message.put("type", type);
        message.put("level", reason.severity().name());
        message.put("documentationUrl", DOCUMENT + reason.label().toLowerCase(Locale.ROOT));
        message.put("message", text(problem));
        return message;
    }

    /// `spec.http[0].timeout: …; …`.
    static String text(Problem problem) {
        var path = problem.path().text();
        return (path.isEmpty() ? "" : path + ": ") + problem.fault() + "; " + problem.fix();
    }
}
