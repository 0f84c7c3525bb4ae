package dev.quartet.config.read;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Position;
import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import java.util.Optional;

/// A resource together with where it stood.
///
/// @param position where its document begins
public record ReadResource(Resource<?> resource, Position position, FieldLines lines) {

    /// A resource that stands in no file here.
    ///
    /// @param place where it is, in words
    public static ReadResource at(String place, Resource<?> resource) {
        return new ReadResource(resource, new Position(place, 0), FieldLines.NONE);
    }

    /// Where the field stands, or the nearest one around it.
    public Optional<Position> positionOf(FieldPath path) {
        return Optional.of(lines.position(position, path));
    }

    /// The same resource, its document so many lines further down, or up.
    ReadResource movedBy(int lines) {
        return new ReadResource(
                resource,
                new Position(position.file(), position.line() + lines),
                this.lines.movedBy(lines));
    }

    /// The same problem with the file and line of its field, unless it has them already.
    public Problem locate(Problem problem) {
        return problem.position() != null
                ? problem
                : new Problem(
                        problem.reason(),
                        problem.resource(),
                        positionOf(problem.path()).orElse(position),
                        problem.path(),
                        problem.fault(),
                        problem.fix());
    }
}
