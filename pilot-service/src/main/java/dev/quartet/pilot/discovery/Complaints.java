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

    /// @param detail what varies: a host, a key, a value; empty: nothing
    void about(String name, String fault, String detail) {
        if (told.size() < MOST && told.add(name + " " + fault + " " + detail)) {
            var event = LOGGER.atWarn().addKeyValue("name", name).addKeyValue("registry", registry);
            (detail.isEmpty() ? event : event.addKeyValue("detail", detail)).log(fault);
        }
    }
}
