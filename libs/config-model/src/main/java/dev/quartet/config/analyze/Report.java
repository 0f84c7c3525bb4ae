package dev.quartet.config.analyze;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.Subject;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.config.read.ReadResource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// What the analyzers find, up to a limit for each reason: ten thousand equal mistakes need no ten thousand explanations. Not
/// thread-safe; one per analysis.
class Report {
    private static final int MOST = 1_000;

    private final Map<Reason, List<Finding>> found = new EnumMap<>(Reason.class);
    private final Map<Reason, Integer> more = new EnumMap<>(Reason.class);

    void add(Reason reason, Of<?> resource, FieldPath path, String fault, String fix) {
        add(reason, resource.read(), path, fault, fix);
    }

    void add(Reason reason, ReadResource read, FieldPath path, String fault, String fix) {
        if (hasRoom(reason)) {
            var key = read.resource().key();
            var problem = new Problem(reason, key, null, path, fault, fix);
            add(new Finding(read.locate(problem), Subject.of(key)));
        }
    }

    void add(Reason reason, ClusterObject object, FieldPath path, String fault, String fix) {
        if (hasRoom(reason)) {
            var problem = new Problem(reason, null, object.positionOf(path), path, fault, fix);
            add(new Finding(problem, object.subject()));
        }
    }

    private boolean hasRoom(Reason reason) {
        if (found.getOrDefault(reason, List.of()).size() < MOST) {
            return true;
        }
        more.merge(reason, 1, Integer::sum);
        return false;
    }

    private void add(Finding finding) {
        found.computeIfAbsent(finding.problem().reason(), reason -> new ArrayList<>()).add(finding);
    }

    List<Finding> findings() {
        more.forEach((reason, count) -> {
            var list = found.getOrDefault(reason, List.of());
            var last = list.removeLast();
            var problem = last.problem();
            list.add(
                    new Finding(
                            new Problem(
                                    reason,
                                    problem.resource(),
                                    problem.position(),
                                    problem.path(),
                                    problem.fault() + " (and " + count + " more of these)",
                                    problem.fix()),
                            last.subject()));
        });
        more.clear();
        return found.values().stream().flatMap(List::stream).toList();
    }
}
