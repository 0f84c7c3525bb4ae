package dev.quartet.imports;

import dev.quartet.config.Position;
import dev.quartet.config.Subject;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.config.read.ReadResource;

/// What something was made of.
public record Origin(Subject subject, Position position) {
    public static Origin of(ClusterObject object) {
        return new Origin(object.subject(), object.position());
    }

    public static Origin of(ReadResource read) {
        return new Origin(Subject.of(read.resource().key()), read.position());
    }

    /// `ServiceRole shop/viewer (rbac.yaml:12)`.
    @Override
    public String toString() {
        return subject + " (" + position + ")";
    }
}
