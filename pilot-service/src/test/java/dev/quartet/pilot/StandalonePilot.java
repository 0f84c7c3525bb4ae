package dev.quartet.pilot;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/// Pilot as a whole in the test's process, without Galley and Citadel.
final class StandalonePilot {
    private StandalonePilot() {}

    /// @param folder for its state
    /// @param more arguments
    static ConfigurableApplicationContext start(Path folder, String... more) {
        var arguments =
                Stream.of(
                        "--server.port=0",
                        "--quartet.metrics.port=0",
                        "--quartet.pilot.xds-port=0",
                        "--quartet.state-dir=" + folder.resolve("state"),
                        "--quartet.identity.root-cert-file=" + folder.resolve("root.pem"),
                        "--quartet.identity.citadel-address=127.0.0.1:1",
                        "--quartet.galley.address=127.0.0.1:1");
        return SpringApplication.run(
                PilotApplication.class,
                Stream.concat(arguments, Stream.of(more)).toArray(String[]::new));
    }
}
