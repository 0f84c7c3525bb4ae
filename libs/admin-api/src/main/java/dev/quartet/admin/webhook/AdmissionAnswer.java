package dev.quartet.admin.webhook;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What becomes of an object.
public sealed interface AdmissionAnswer {
    /// Lines for the person who sent the object; kubectl shows them.
    List<String> warnings();

    /// @param patch operations (RFC 6902) that the object is changed by; null: it stays as it is
    record Allowed(List<String> warnings, @Nullable ArrayNode patch) implements AdmissionAnswer {
        public Allowed {
            warnings = List.copyOf(warnings);
        }
    }

    /// @param code of the HTTP answer that the sender of the object gets
    /// @param reason Kubernetes' word, `Invalid`
    /// @param details null: the message says all
    record Denied(
            int code,
            String reason,
            String message,
            @Nullable Details details,
            List<String> warnings)
            implements AdmissionAnswer {
        public Denied {
            warnings = List.copyOf(warnings);
        }
    }

    /// The refusal for programs, and for kubectl, which shows the causes in place of the message when the reason is
    /// `Invalid`.
    record Details(String group, String kind, String name, List<Cause> causes) {
        public Details {
            causes = List.copyOf(causes);
        }

        private void writeTo(ObjectNode json) {
            json.put("group", group).put("kind", kind).put("name", name);
            var list = json.putArray("causes");
            for (var cause : causes) {
                list.addObject()
                        .put("reason", cause.reason())
                        .put("message", cause.message())
                        .put("field", cause.field());
            }
        }
    }

    /// @param field its path in the object
    record Cause(String reason, String message, String field) {}

    static AdmissionAnswer allowed() {
        return new Allowed(List.of(), null);
    }

    /// As `AdmissionResponse` has it, but for its uid.
    default void writeTo(ObjectNode response) {
        switch (this) {
            case Allowed(var _, var patch) -> {
                response.put("allowed", true);
                if (patch != null) {
                    response.put("patchType", "JSONPatch");
                    response.put("patch", AdmissionReview.bytes(patch));
                }
            }
            case Denied(var code, var reason, var message, var details, var _) -> {
                response.put("allowed", false);
                var status =
                        response.putObject("status")
                                .put("status", "Failure")
                                .put("code", code)
                                .put("reason", reason)
                                .put("message", message);
                if (details != null) {
                    details.writeTo(status.putObject("details"));
                }
            }
        }
        if (!warnings().isEmpty()) {
            var lines = response.putArray("warnings");
            warnings().forEach(lines::add);
        }
    }
}
