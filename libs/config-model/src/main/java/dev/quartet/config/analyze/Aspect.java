package dev.quartet.config.analyze;

import java.util.Locale;

/// What analysis may know of the surroundings of config.
public enum Aspect {
    SERVICES,

    /// Pods and what makes them; outside Kubernetes WorkloadEntries and WorkloadGroups.
    WORKLOADS,
    NAMESPACES,

    /// Their names and the names of their keys; never a value.
    SECRETS;

    /// `services`: the form for users.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
