package dev.quartet.policy.authorization;

import dev.quartet.config.FieldPath;
import java.util.List;

/// One attribute must have one of some values or, negated, none of them.
///
/// @param path the field with the values: `spec.rules[0].to[0].operation.paths`
public record Requirement(
        Attribute attribute,
        List<String> values,
        boolean negated,
        Reading reading,
        FieldPath path) {
    public Requirement {
        values = List.copyOf(values);
    }

    /// What the port alone decides.
    boolean isOfPort() {
        return attribute == Attribute.Plain.PORT;
    }

    boolean holdsAt(int port) {
        return values.contains(Integer.toString(port)) != negated;
    }
}
