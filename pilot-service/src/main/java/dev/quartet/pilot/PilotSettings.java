package dev.quartet.pilot;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Pilot's own settings; the README lists them.
///
/// @param xdsPort ADS by mutual TLS, without the offset
/// @param plaintextXds development switch: ADS in plaintext, on loopback only, where a proxy is who it says
/// @param plaintextXdsPort without the offset
/// @param pushThreads how many proxies are served at once
/// @param connectionAge about how long a proxy's stream lives, so that certificates in use are current ones and
///     load evens out over replicas
@ConfigurationProperties("quartet.pilot")
public record PilotSettings(
        @DefaultValue("15011") int xdsPort,
        @DefaultValue("false") boolean plaintextXds,
        @DefaultValue("15010") int plaintextXdsPort,
        @DefaultValue("2") int pushThreads,
        @DefaultValue("30m") Duration connectionAge) {}
