package dev.quartet.config.read;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Position;
import dev.quartet.config.Subject;
import dev.quartet.config.Tree;
import dev.quartet.config.schema.SortedMaps;
import java.util.Map;

/// An object that stood among the resources of a text and is none: one of Kubernetes, which config may name, or one of an old
/// kind, of which config can be made. It is read without a schema, and what does not fit is left out. Of a Secret the body
/// holds the names of its keys and no value.
public record ClusterObject(
        Subject subject,
        Map<String, String> labels,
        Map<String, String> annotations,
        Tree body,
        Position position,
        FieldLines lines) {
    public ClusterObject {
        labels = SortedMaps.copyOf(labels);
        annotations = SortedMaps.copyOf(annotations);
    }

    /// An object that a cluster has: it has no lines, and its body stays there.
    public static ClusterObject inCluster(
            Subject subject,
            Map<String, String> labels,
            Map<String, String> annotations,
            Position position) {
        return new ClusterObject(
                subject, labels, annotations, new Tree.Fields(Map.of()), position, FieldLines.NONE);
    }

    /// The same at a place without lines: what a program wrote has none that anybody knows.
    public ClusterObject at(String place) {
        return new ClusterObject(
                subject, labels, annotations, body, new Position(place, 0), FieldLines.NONE);
    }

    /// Where the field stands, or the nearest one around it.
    public Position positionOf(FieldPath path) {
        return lines.position(position, path);
    }
}
