package dev.quartet.config.networking;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.schema.Names;
import java.util.HashSet;
import java.util.List;

/// In which namespaces a resource is seen: `.` its own, `*` all, `~` none, or names. After Istio 1.4, `validation.go`
/// `validateExportTo`.
final class ExportTo {
    static final String OWN = ".";
    static final String ALL = "*";
    static final String NONE = "~";

    private ExportTo() {}

    /// @param noneToo whether `~` is allowed: a service that nobody sees but its own workloads
    static void check(List<String> exportTo, boolean noneToo, Problems problems) {
        var path = FieldPath.SPEC.field("exportTo");
        var own = problems.resource().namespace();
        var seen = new HashSet<String>();
        for (int i = 0; i < exportTo.size(); i++) {
            var namespace = exportTo.get(i);
            if (namespace.equals(NONE) && !noneToo) {
                problems.invalid(
                        path.index(i),
                        "a resource that no namespace sees does nothing",
                        "write . for its own namespace, or delete the resource");
            } else if (!namespace.equals(OWN)
                    && !namespace.equals(ALL)
                    && !namespace.equals(NONE)
                    && !Names.isDnsLabel(namespace)) {
                problems.invalid(
                        path.index(i),
                        quoted(namespace) + " is no namespace",
                        "write ., * or a namespace's name");
            }
            if (!seen.add(namespace.equals(OWN) ? own : namespace)) {
                problems.invalid(
                        path.index(i),
                        namespace.equals(OWN) || namespace.equals(own)
                                ? ". and " + own + " are the same namespace"
                                : quoted(namespace) + " stands here twice",
                        "keep one of them");
            }
        }
        if (seen.size() > 1 && (seen.contains(ALL) || seen.contains(NONE))) {
            problems.conflict(path, "* and ~ stand alone", "keep * or ~, or name the namespaces");
        }
    }
}
