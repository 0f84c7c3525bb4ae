package dev.quartet.galley;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Galley's part of the settings under `quartet.`.
@ConfigurationProperties("quartet")
public record GalleySettings(
        @DefaultValue("cluster.local") String trustDomain,
        @DefaultValue Identity identity,
        @DefaultValue Galley galley) {

    /// @param tokenFile first credential, a token that Citadel signed
    /// @param rootCertFile the mesh's roots; null: `root-cert.pem` in the state folder
    /// @param citadelAddress `host:port`
    public record Identity(
            @Nullable Path tokenFile,
            @Nullable Path rootCertFile,
            @DefaultValue("istio-system") String namespace,
            @DefaultValue("istio-galley-service-account") String serviceAccount,
            @DefaultValue("127.0.0.1:8060") String citadelAddress) {}

    /// @param grpcPort MCP and ConfigStatus, without the offset
    /// @param configDir watched directory of YAML; null for none
    /// @param mixerAddress `host:port` of Mixer in the built-in mesh config, as proxies reach it; null: 127.0.0.1 and
    ///     port 9091 with the offset
    /// @param connectionAge about how long a sink's connection lives
    public record Galley(
            @DefaultValue("9901") int grpcPort,
            @Nullable Path configDir,
            @Nullable String mixerAddress,
            @DefaultValue("30m") Duration connectionAge) {}
}
