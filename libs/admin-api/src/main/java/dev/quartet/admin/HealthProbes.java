package dev.quartet.admin;

import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.actuate.endpoint.CompositeHealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.contributor.Status;

/// Liveness and readiness for who cannot speak the REST port's TLS: the kubelet, a container's health check. Says which
/// parts are not up, and nothing of their details.
final class HealthProbes {
    /// @param parts name to status, of what is not up
    record Answer(boolean up, TreeMap<String, String> parts) {
        String text() {
            if (up) {
                return "UP\n";
            }
            var text = new StringBuilder("waits for:");
            parts.forEach(
                    (name, status) -> text.append(' ').append(name).append('=').append(status));
            return text.append('\n').toString();
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
        var parts = new TreeMap<String, String>();
        if (found == null) {
            parts.put(group, "UNKNOWN");
            return new Answer(false, parts);
        }
        collect(group, found, parts);
        return new Answer(found.getStatus().equals(Status.UP), parts);
    }

    private static void collect(
            String name, HealthDescriptor health, TreeMap<String, String> parts) {
        if (health instanceof CompositeHealthDescriptor composite
                && composite.getComponents() != null
                && !composite.getComponents().isEmpty()) {
            composite.getComponents().forEach((part, status) -> collect(part, status, parts));
        } else if (!health.getStatus().equals(Status.UP)) {
            parts.put(name, health.getStatus().getCode());
        }
    }
}
