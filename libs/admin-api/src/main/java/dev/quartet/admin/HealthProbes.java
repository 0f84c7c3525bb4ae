package dev.quartet.admin;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.actuate.endpoint.CompositeHealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.IndicatedHealthDescriptor;
import org.springframework.boot.health.contributor.Status;

/// Liveness and readiness for who cannot speak the REST port's TLS: the kubelet, a container's health check. Says what a part that is
/// not up waits for ([Readiness]), else that part's name, and nothing else of its details.
final class HealthProbes {
    record Answer(boolean up, Set<String> waitsFor) {
        String text() {
            return up ? "UP\n" : "waits for: " + String.join("; ", waitsFor) + "\n";
        }
    }

    private final Supplier<@Nullable HealthEndpoint> endpoint;

    HealthProbes(Supplier<@Nullable HealthEndpoint> endpoint) {
        this.endpoint = endpoint;
    }

    /// @param group `liveness` or `readiness`
    Answer ask(String group) {
        var health = endpoint.get();
        var found = health == null ? null : health.healthForPath(group);
        var missing = new TreeSet<String>();
        if (found == null) {
            missing.add(group + "=UNKNOWN");
            return new Answer(false, missing);
        }
        collect(group, found, missing);
        return new Answer(found.getStatus().equals(Status.UP), missing);
    }

    private static void collect(String name, HealthDescriptor health, Set<String> missing) {
        if (health instanceof CompositeHealthDescriptor composite
                && composite.getComponents() != null
                && !composite.getComponents().isEmpty()) {
            composite.getComponents().forEach((part, status) -> collect(part, status, missing));
        } else if (!health.getStatus().equals(Status.UP)) {
            missing.addAll(words(name, health));
        }
    }

    private static Collection<String> words(String name, HealthDescriptor health) {
        return health instanceof IndicatedHealthDescriptor part
                        && part.getDetails() != null
                        && part.getDetails().get(Readiness.WAITS_FOR) instanceof List<?> words
                ? words.stream().map(String::valueOf).toList()
                : List.of(name + "=" + health.getStatus().getCode());
    }
}
