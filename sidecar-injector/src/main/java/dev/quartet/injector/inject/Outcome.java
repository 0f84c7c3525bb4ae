package dev.quartet.injector.inject;

import dev.quartet.injector.decide.Decision;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;

/// What became of one pod.
public sealed interface Outcome {
    /// @param operations a JSON patch
    record Injected(ArrayNode operations, List<String> warnings) implements Outcome {}

    record Skipped(Decision.Reason reason) implements Outcome {}
}
