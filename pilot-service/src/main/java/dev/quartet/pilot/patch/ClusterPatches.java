package dev.quartet.pilot.patch;

import dev.quartet.config.networking.EnvoyFilter;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Patches of one cluster.
final class ClusterPatches {
    private final List<Patch> patches;
    private final Set<PatchId> by;

    /// @param patches for the side that the cluster is on
    /// @param by gets the patches that did something
    ClusterPatches(List<Patch> patches, Set<PatchId> by) {
        this.patches = patches;
        this.by = by;
    }

    /// @return empty when it is taken out
    Optional<Cluster> apply(Cluster cluster) {
        var changed = cluster;
        for (var patch : patches) {
            if (patch.adds() || !isMeant(patch, cluster.getName())) {
                continue;
            }
            by.add(patch.id());
            switch (patch.operation()) {
                case REMOVE -> {
                    return Optional.empty();
                }
                case REPLACE -> changed = named(patch.value(Cluster.class), cluster);
                default -> changed = named(Merge.of(changed, patch.value(Cluster.class)), cluster);
            }
        }
        return Optional.of(changed);
    }

    /// Routes name it.
    private static Cluster named(Cluster patched, Cluster before) {
        return patched.toBuilder().setName(before.getName()).build();
    }

    /// @param name `outbound|9080|v1|reviews.shop.svc.cluster.local`
    static boolean isMeant(Patch patch, String name) {
        return patch.cluster().map(match -> isMeant(match, name)).orElse(true);
    }

    private static boolean isMeant(EnvoyFilter.ClusterMatch match, String name) {
        if (match.name() != null && !match.name().isEmpty()) {
            return match.name().equals(name);
        }
        var parts = name.split("\\|", -1);
        if (parts.length != 4) {
            return match.portNumber() == null && match.service() == null && match.subset() == null;
        }
        return (match.portNumber() == null || parts[1].equals(match.portNumber().toString()))
                && (match.subset() == null || parts[2].equals(match.subset()))
                && (match.service() == null || parts[3].equals(match.service()));
    }
}
