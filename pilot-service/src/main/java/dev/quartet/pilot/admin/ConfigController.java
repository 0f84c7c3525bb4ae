package dev.quartet.pilot.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.config.Resource;
import io.swagger.v3.oas.annotations.Operation;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// The config that this Pilot gives to proxies.
@RestController
final class ConfigController {
    /// @param fromDisk read back after a restart and not yet confirmed by Galley
    record ConfigView(String revision, boolean fromDisk, List<ResourceView> resources) {}

    record ResourceView(String kind, String namespace, String name, String version) {
        static ResourceView of(Resource<?> resource) {
            return new ResourceView(
                    resource.key().kind().label(),
                    resource.namespace(),
                    resource.name(),
                    resource.version());
        }
    }

    private final PilotView pilot;

    ConfigController(PilotView pilot) {
        this.pilot = pilot;
    }

    @Operation(summary = "The config in force: its revision and the versions of its resources")
    @GetMapping("/admin/v1/config")
    ConfigView config() {
        var config =
                pilot.snapshot()
                        .orElseThrow(() ->
                                ProblemException.notFound(
                                        "this Pilot has no config yet; GET /admin/v1/status says how it stands with Galley"))
                        .config();
        return new ConfigView(
                config.revision(),
                config.fromDisk(),
                config.resources().values().stream().<ResourceView>map(ResourceView::of).toList());
    }
}
