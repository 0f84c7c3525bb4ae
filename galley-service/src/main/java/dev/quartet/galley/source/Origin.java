package dev.quartet.galley.source;

import java.util.Locale;

/// Where a resource comes from, in rising precedence: when two sources have the same resource, the later one wins.
public enum Origin {
    BUILT_IN,

    /// What a cluster's Ingresses are translated to: nobody wrote it, so it never hides what somebody wrote.
    INGRESS,
    DIRECTORY,
    APPLIED,
    KUBERNETES;

    private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /// Whether the source's problems hold what is wrong with its resources, each by itself.
    public boolean judgesWhenItReads() {
        return switch (this) {
            case BUILT_IN, APPLIED -> false;
            case INGRESS, DIRECTORY, KUBERNETES -> true;
        };
    }

    /// `built-in`, `ingress`, `directory`, `applied`, `kubernetes`: the form for users.
    public String label() {
        return label;
    }
}
