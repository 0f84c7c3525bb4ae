package dev.quartet.imports;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Position;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.Severity;
import dev.quartet.config.Subject;
import dev.quartet.config.analyze.Finding;
import dev.quartet.config.read.ClusterObject;
import java.util.ArrayList;
import java.util.List;

/// Collects what an [Importer] says of the objects that it is given. Not thread-safe.
public final class Told {
    private final List<Finding> findings = new ArrayList<>();

    /// Of one object.
    public final class Of {
        private final ClusterObject object;

        private Of(ClusterObject object) {
            this.object = object;
        }

        public void add(Reason reason, FieldPath path, String fault, String fix) {
            Told.this.add(
                    object.subject(),
                    new Problem(reason, null, object.positionOf(path), path, fault, fix));
        }

        /// Today's kinds cannot say it.
        public void refuse(FieldPath path, String fault, String fix) {
            add(Reason.NOT_CONVERTIBLE, path, fault, fix);
        }

        /// What was made is not quite the same.
        public void warn(FieldPath path, String fault, String fix) {
            add(Reason.CONVERTED_DIFFERENTLY, path, fault, fix);
        }
    }

    public Of of(ClusterObject object) {
        return new Of(object);
    }

    public void add(Subject subject, Problem problem) {
        findings.add(new Finding(problem, subject));
    }

    public void add(Origin origin, Reason reason, FieldPath path, String fault, String fix) {
        Position position = origin.position();
        add(origin.subject(), new Problem(reason, null, position, path, fault, fix));
    }

    /// How many errors there are so far.
    public long errors() {
        return findings.stream().filter(it -> it.problem().severity() == Severity.ERROR).count();
    }

    public List<Finding> findings() {
        return findings;
    }
}
