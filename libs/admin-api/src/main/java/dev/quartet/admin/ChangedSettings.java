package dev.quartet.admin;

import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ApplicationListener;

/// Says what becomes of settings that change in a running service, as its ConfigMap on Kubernetes does: log levels are followed at once, everything else counts from the next start.
final class ChangedSettings implements ApplicationListener<EnvironmentChangeEvent> {
    private static final Logger LOGGER = LoggerFactory.getLogger(ChangedSettings.class);
    private static final String LEVELS = "logging.level.";

    @Override
    public void onApplicationEvent(EnvironmentChangeEvent event) {
        var followed = named(event, true);
        if (!followed.isEmpty()) {
            LOGGER.atInfo().addKeyValue("name", followed).log("Log levels changed");
        }
        var waiting = named(event, false);
        if (!waiting.isEmpty()) {
            LOGGER.atWarn()
                    .addKeyValue("name", waiting)
                    .log("Settings changed that count from the next start");
        }
    }

    private static Set<String> named(EnvironmentChangeEvent event, boolean levels) {
        var names = new TreeSet<>(event.getKeys());
        names.removeIf(name -> name.startsWith(LEVELS) != levels);
        return names;
    }
}
