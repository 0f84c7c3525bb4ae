package dev.quartet.pilot;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Pilot's part of the settings under `quartet.`; the README lists it.
@ConfigurationProperties("quartet")
public record PilotSettings(
        @DefaultValue("cluster.local") String trustDomain,
        @DefaultValue Identity identity,
        @DefaultValue Galley galley,
        @DefaultValue Pilot pilot) {

    /// @param tokenFile first credential, a token that Citadel signed
    /// @param rootCertFile the mesh's roots; null: `root-cert.pem` in the state folder
    /// @param citadelAddress `host:port`
    public record Identity(
            @Nullable Path tokenFile,
            @Nullable Path rootCertFile,
            @DefaultValue("istio-system") String namespace,
            @DefaultValue("istio-pilot-service-account") String serviceAccount,
            @DefaultValue("127.0.0.1:8060") String citadelAddress) {}

    /// @param address `host:port` of Galley's MCP
    public record Galley(@DefaultValue("127.0.0.1:9901") String address) {}

    /// @param xdsPort ADS by mutual TLS, without the offset
    /// @param plaintextXds development switch: ADS in plaintext, on loopback only, where a proxy is who it says
    /// @param plaintextXdsPort without the offset
    /// @param pushThreads how many proxies are served at once
    /// @param connectionAge about how long a proxy's stream lives, so that certificates in use are current ones and
    ///     load evens out over replicas
    public record Pilot(
            @DefaultValue("15011") int xdsPort,
            @DefaultValue("false") boolean plaintextXds,
            @DefaultValue("15010") int plaintextXdsPort,
            @DefaultValue("2") int pushThreads,
            @DefaultValue("30m") Duration connectionAge) {}
}
