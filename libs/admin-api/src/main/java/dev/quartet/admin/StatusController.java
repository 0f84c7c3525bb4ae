package dev.quartet.admin;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping(path = "/admin/v1", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "status")
final class StatusController {
    private static final Logger LOGGER = LoggerFactory.getLogger(StatusController.class);

    private final ServiceName service;
    private final Ports ports;
    private final List<StatusContributor> contributors;
    private final Clock clock;
    private final Instant startedAt;

    StatusController(
            ServiceName service, Ports ports, List<StatusContributor> contributors, Clock clock) {
        this.service = service;
        this.ports = ports;
        this.contributors = List.copyOf(contributors);
        this.clock = clock;
        this.startedAt = clock.instant();
    }

    @GetMapping("/status")
    @Operation(summary = "Version, uptime, identity, config in force")
    StatusReport status() {
        var sections = new TreeMap<String, Object>();
        for (StatusContributor contributor : contributors) {
            sections.put(contributor.name(), section(contributor));
        }
        return new StatusReport(
                service.name(),
                service.version(),
                startedAt,
                Duration.between(startedAt, clock.instant()).toSeconds(),
                ProcessHandle.current().pid(),
                ports.offset(),
                sections);
    }

    private static Object section(StatusContributor contributor) {
        try {
            return contributor.status();
        } catch (
                RuntimeException
                        e) { // one broken section must not hide the others from whoever looks for
            // the fault
            LOGGER.atWarn()
                    .addKeyValue("name", contributor.name())
                    .setCause(e)
                    .log("Status section failed");
            return Map.of("error", "this section could not be read; see the service's log");
        }
    }
}
