package dev.quartet.config.analyze;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import java.util.Set;

/// Namespaces that do not say whether their pods get a sidecar.
final class Injection implements Analyzer {
    static final String LABEL = "istio-injection";
    private static final String REVISION = "istio.io/rev";

    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.NAMESPACE_NOT_INJECTED, Reason.CONFLICTING_INJECTION_LABELS);
    }

    @Override
    public Set<Aspect> needs() {
        return Set.of(Aspect.NAMESPACES);
    }

    @Override
    public void look(Scene scene, Report problems) {
        for (var namespace : scene.surroundings().namespaces()) {
            var labels = namespace.labels();
            if (namespace.isSystem() || namespace.name().equals(scene.rootNamespace())) {
                continue;
            }
            if (labels.containsKey(REVISION)) {
                problems.add(
                        Reason.CONFLICTING_INJECTION_LABELS,
                        namespace.object(),
                        FieldPath.METADATA.field("labels").key(REVISION),
                        "the injector does not read the label "
                                + REVISION
                                + (labels.containsKey(LABEL) ? ", and follows " + LABEL : ""),
                        "take it out, and write " + LABEL + ": enabled or disabled");
            } else if (!labels.containsKey(LABEL)) {
                problems.add(
                        Reason.NAMESPACE_NOT_INJECTED,
                        namespace.object(),
                        FieldPath.METADATA.field("labels"),
                        "the namespace has no label " + LABEL + ", so its pods get no sidecar",
                        "label it " + LABEL + ": enabled, or disabled to say that this is meant");
            }
        }
    }
}
