package dev.quartet.pilot.ingest;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How the hosts are found that have issuers' keys.
///
/// @param allowedHosts that may have private addresses: names, `*.corp.example`, or addresses
/// @param refresh time between two questions to DNS
/// @param retry the same after one without an answer
@ConfigurationProperties("quartet.pilot.issuers")
public record IssuerSettings(
        @DefaultValue List<String> allowedHosts,
        @DefaultValue("1m") Duration refresh,
        @DefaultValue("5s") Duration retry) {
    public IssuerSettings {
        allowedHosts = List.copyOf(allowedHosts);
    }
}
