package dev.quartet.galley;

import dev.quartet.admin.HostPort;
import dev.quartet.admin.StartupFailure;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Galley's own settings; the README lists them.
///
/// @param grpcPort MCP and ConfigStatus, without the offset
/// @param configDir watched directory of YAML; null for none
/// @param mixerAddress Mixer in the built-in mesh config, as proxies reach it; null: port 9091 of this
///     machine, moved by `quartet.port-offset`
/// @param connectionAge about how long a sink's connection lives
/// @param namespace in a cluster: where the ConfigMap `istio` is
@ConfigurationProperties("quartet.galley")
public record GalleySettings(
        @DefaultValue("9901") int grpcPort,
        @Nullable Path configDir,
        @Nullable HostPort mixerAddress,
        @DefaultValue("30m") Duration connectionAge,
        @DefaultValue("istio-system") String namespace) {

    /// @throws StartupFailure when a value cannot be worked with
    public GalleySettings {
        if (connectionAge.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new StartupFailure(
                    "quartet.galley.connection-age is %s".formatted(connectionAge),
                    "a connection lives a second or longer; leave it out for 30m");
        }
    }
}
