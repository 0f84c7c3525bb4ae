package dev.quartet.config.networking;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import java.util.HashSet;

/// When a DestinationRule is right by itself. After Istio 1.4, `validation.go` `ValidateDestinationRule`.
public final class DestinationRuleRules {
    private DestinationRuleRules() {}

    public static void check(DestinationRule spec, Problems problems) {
        var root = FieldPath.SPEC;
        if (!Values.isHost(spec.host())) {
            problems.invalid(
                    root.field("host"),
                    quoted(spec.host()) + " is no host",
                    "write a service's name, or *.name");
        }
        ExportTo.check(spec.exportTo(), false, problems);
        Values.selector(problems, root.field("workloadSelector"), spec.workloadSelector());
        TrafficPolicyRules.check(spec.trafficPolicy(), root.field("trafficPolicy"), problems);
        var names = new HashSet<String>();
        for (int i = 0; i < spec.subsets().size(); i++) {
            var subset = spec.subsets().get(i);
            var path = root.field("subsets").index(i);
            Values.dnsLabel(problems, path.field("name"), subset.name());
            if (!names.add(subset.name())) {
                problems.invalid(
                        path.field("name"),
                        "there are two subsets " + quoted(subset.name()),
                        "rename one of them");
            }
            Values.labels(problems, path.field("labels"), subset.labels());
            TrafficPolicyRules.check(subset.trafficPolicy(), path.field("trafficPolicy"), problems);
        }
    }
}
