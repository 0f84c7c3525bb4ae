package dev.quartet.pilot.discovery;

import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says each thing once, however often it is seen. For one thread.
final class Complaints {
    private static final Logger LOGGER = LoggerFactory.getLogger(DiscoveryRegistry.class);

    /// What strangers write into a registry must not fill the memory.
    private static final int MOST = 1000;

    private final String registry;
    private final Set<String> told = new HashSet<>();

    Complaints(String registry) {
        this.registry = registry;
    }

    void about(String name, String fault) {
        if (told.size() < MOST && told.add(name + " " + fault)) {
            LOGGER.atWarn().addKeyValue("name", name).addKeyValue("registry", registry).log(fault);
        }
    }
}
