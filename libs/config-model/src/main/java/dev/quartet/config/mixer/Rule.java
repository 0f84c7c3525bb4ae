package dev.quartet.config.mixer;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// When `match` holds for a request, its instances are made and given to its handlers
/// (Istio 1.4 `policy/v1beta1/cfg.proto`).
///
/// @param match an expression; empty always holds
public record Rule(
        @Nullable String match,
        List<Action> actions,
        @NotTranslated("header operations of rules come with a later version")
                List<HeaderOperation> requestHeaderOperations,
        @NotTranslated("header operations of rules come with a later version")
                List<HeaderOperation> responseHeaderOperations,
        @NotTranslated("sampling comes with a later version") @Nullable Sampling sampling)
        implements Spec {
    public Rule {
        actions = List.copyOf(actions);
        requestHeaderOperations = List.copyOf(requestHeaderOperations);
        responseHeaderOperations = List.copyOf(responseHeaderOperations);
    }

    /// @param handler `name` or `name.namespace`; a short name is looked up in the rule's namespace
    /// @param instances the same form
    /// @param name lets header operations refer to this action's output
    public record Action(@Required String handler, List<String> instances, @Nullable String name) {
        public Action {
            instances = List.copyOf(instances);
        }
    }

    /// @param values expressions
    public record HeaderOperation(
            @Required String name, List<String> values, @Nullable Operation operation) {
        public HeaderOperation {
            values = List.copyOf(values);
        }
    }

    public enum Operation {
        REPLACE,
        REMOVE,
        APPEND
    }
}
