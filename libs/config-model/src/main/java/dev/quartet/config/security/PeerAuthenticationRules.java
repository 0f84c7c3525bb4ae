package dev.quartet.config.security;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;

/// When a PeerAuthentication is right by itself. After Istio's `validation.go` `ValidatePeerAuthentication`.
public final class PeerAuthenticationRules {
    private PeerAuthenticationRules() {}

    public static void check(PeerAuthentication spec, Problems problems) {
        var root = FieldPath.SPEC;
        var selects = spec.selector() != null && !spec.selector().matchLabels().isEmpty();
        Values.selector(problems, root.field("selector"), spec.selector());
        if (!spec.portLevelMtls().isEmpty() && !selects) {
            problems.conflict(
                    root.field("portLevelMtls"),
                    "ports are those of selected workloads",
                    "add selector.matchLabels");
        }
        spec.portLevelMtls()
                .keySet()
                .forEach(port ->
                        Values.port(
                                problems, root.field("portLevelMtls").key(port.toString()), port));
    }
}
