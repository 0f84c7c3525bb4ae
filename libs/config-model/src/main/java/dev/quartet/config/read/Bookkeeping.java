package dev.quartet.config.read;

import java.util.Set;

/// What tools keep on an object for themselves: no part of its content.
public final class Bookkeeping {
    /// Which change of several objects has written this one last, by Galley's REST in a cluster.
    public static final String BATCH = "quartet.dev/batch";

    /// kubectl's copy of the whole resource.
    private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

    public static final Set<String> ANNOTATIONS = Set.of(BATCH, LAST_APPLIED);

    private Bookkeeping() {}
}
