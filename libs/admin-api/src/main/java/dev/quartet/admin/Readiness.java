package dev.quartet.admin;

import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.health.contributor.Health;

/// Whether a service, or a part of it, is ready, and if not, what it waits for, in words: probes, a container's health check and people who ask the metrics port read them.
public final class Readiness {
    static final String WAITS_FOR = "waitsFor";

    private final List<String> missing = new ArrayList<>();

    /// @param what "config from Galley at galley:9901"; no secrets, the port that shows it is open
    public Readiness needs(boolean there, String what) {
        if (!there) {
            missing.add(what);
        }
        return this;
    }

    /// What follows from the rest: told only when nothing else is missing.
    ///
    /// @param what "its own port for proxies"
    public Readiness lastly(boolean there, String what) {
        return missing.isEmpty() ? needs(there, what) : this;
    }

    public Health health() {
        return missing.isEmpty()
                ? Health.up().build()
                : Health.outOfService().withDetail(WAITS_FOR, List.copyOf(missing)).build();
    }
}
