package dev.quartet.config.analyze;

import dev.quartet.config.Reason;
import java.util.Set;

/// Finds one sort of mistake. Stateless.
interface Analyzer {
    /// All that it may say.
    Set<Reason> reasons();

    /// What it has to know beside the config; where that is not known it is silent.
    default Set<Aspect> needs() {
        return Set.of();
    }

    void look(Scene scene, Report problems);
}
