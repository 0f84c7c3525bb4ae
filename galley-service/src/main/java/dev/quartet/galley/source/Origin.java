package dev.quartet.galley.source;

import java.util.Locale;

/// Where a resource comes from, in rising precedence: when two sources have the same resource, the later one wins.
public enum Origin {
    BUILT_IN,
    DIRECTORY,
    APPLIED,
    KUBERNETES;

    /// `built-in`, `directory`, `applied`, `kubernetes`: the form for users.
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
