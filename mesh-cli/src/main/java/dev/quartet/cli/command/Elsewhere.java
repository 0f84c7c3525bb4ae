package dev.quartet.cli.command;

import dev.quartet.cli.local.ControlService;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/// A mesh that variables of the environment name: in containers, on Kubernetes, on another machine.
record Elsewhere(Map<String, String> environment) {
    Optional<String> url(ControlService service) {
        return variable("MESH_" + service.name() + "_URL");
    }

    Optional<Path> tokenFile() {
        return variable("MESH_TOKEN_FILE").map(Path::of);
    }

    Optional<Path> caFile() {
        return variable("MESH_CA_FILE").map(Path::of);
    }

    /// Whether any service of it is named.
    boolean isNamed() {
        return Arrays.stream(ControlService.values()).anyMatch(it -> url(it).isPresent());
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
    }
}
