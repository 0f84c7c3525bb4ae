package dev.quartet.pilot.translate;

import dev.quartet.config.FieldPath;
import dev.quartet.config.ResourceKey;

/// What a user wrote that a piece of config comes from: `VirtualService shop/reviews`, `spec.http[0].route[1]`.
public record Origin(ResourceKey resource, FieldPath path) {
    /// The resource as a whole.
    public static Origin of(ResourceKey resource) {
        return new Origin(resource, FieldPath.ROOT);
    }

    /// In the resource's `spec`.
    public static Origin of(ResourceKey resource, String field) {
        return new Origin(resource, FieldPath.SPEC.field(field));
    }

    public Origin field(String name) {
        return new Origin(resource, path.field(name));
    }

    public Origin index(int position) {
        return new Origin(resource, path.index(position));
    }

    @Override
    public String toString() {
        return path.text().isEmpty() ? resource.toString() : resource + " " + path;
    }
}
