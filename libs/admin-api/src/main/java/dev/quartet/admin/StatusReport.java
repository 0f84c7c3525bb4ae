package dev.quartet.admin;

import java.time.Instant;
import java.util.Map;

/// The answer of `GET /admin/v1/status`.
/// @param sections what the service's [StatusContributor]s report, by name; one that fails has `{"error": …}`
public record StatusReport(
        String service,
        String version,
        Instant startedAt,
        long uptimeSeconds,
        long pid,
        int portOffset,
        Map<String, Object> sections) {}
