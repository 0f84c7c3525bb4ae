package dev.quartet.pilot.discovery;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Spring Cloud's discovery clients as registries.
///
/// @param enabled without it none is asked, and Eureka's is not even made
/// @param namespace of all their services
/// @param interval between two questions. A client that keeps its own copy, as Eureka's does, answers from memory and tells of
///     each renewal; one that asks its server each time should be asked less often
@ConfigurationProperties("quartet.pilot.discovery")
public record DiscoverySettings(
        @DefaultValue("false") boolean enabled,
        @DefaultValue("default") String namespace,
        @DefaultValue("2s") Duration interval) {
    public DiscoverySettings {
        if (!Names.isLabel(namespace)) {
            throw new IllegalArgumentException(
                    "quartet.pilot.discovery.namespace is \"%s\"; take lower-case letters, digits and \"-\", at most 63"
                            .formatted(namespace));
        }
        if (interval.compareTo(Duration.ofMillis(100)) < 0) {
            throw new IllegalArgumentException(
                    "quartet.pilot.discovery.interval is %s; take 100ms or more"
                            .formatted(interval));
        }
    }
}
