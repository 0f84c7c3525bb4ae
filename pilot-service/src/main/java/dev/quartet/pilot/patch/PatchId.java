package dev.quartet.pilot.patch;

import dev.quartet.config.FieldPath;
import dev.quartet.config.ResourceKey;
import java.util.Comparator;

/// One patch of an EnvoyFilter.
///
/// @param number in `configPatches`, from 0
public record PatchId(ResourceKey filter, int number) implements Comparable<PatchId> {
    private static final Comparator<PatchId> ORDER =
            Comparator.comparing(PatchId::filter).thenComparingInt(PatchId::number);

    public FieldPath path() {
        return FieldPath.SPEC.field("configPatches").index(number);
    }

    @Override
    public int compareTo(PatchId other) {
        return ORDER.compare(this, other);
    }
}
