package dev.quartet.galley.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.admin.WaitTime;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.mcp.McpSource;
import dev.quartet.galley.status.StatusTable;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// What has become of a revision, and waiting until it is in force.
@RestController
@RequestMapping(path = "/admin/v1/config", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "config")
class ConfigStatusController {
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

    private final ChangeDesk desk;
    private final StatusTable table;
    private final McpSource mcp;

    ConfigStatusController(ChangeDesk desk, StatusTable table, McpSource mcp) {
        this.desk = desk;
        this.table = table;
        this.mcp = mcp;
    }

    @GetMapping("/status")
    @Operation(
            summary =
                    "In force on n of m proxies; replicas, problems and rejections. Without a revision: the newest")
    Views.StatusView status(@RequestParam(required = false) @Nullable String revision) {
        return Views.StatusView.of(table.of(known(revision)), desk.config(), mcp.sinks());
    }

    @GetMapping("/wait")
    @Operation(summary = "Wait until a revision is in force everywhere, or the time is up")
    Views.WaitView await(
            @RequestParam(required = false) @Nullable String revision,
            @RequestParam(defaultValue = "30s") String timeout)
            throws InterruptedException {
        var begin = System.nanoTime();
        var status = table.await(known(revision), WaitTime.parse(timeout, LONGEST_WAIT));
        return new Views.WaitView(
                status.inForce(),
                Duration.ofNanos(System.nanoTime() - begin).toMillis() / 1000.0,
                Views.StatusView.of(status, desk.config(), mcp.sinks()));
    }

    private String known(@Nullable String revision) {
        if (revision == null || revision.isBlank()) {
            return desk.log().current().id();
        }
        if (desk.log().find(revision).isEmpty()) {
            throw ProblemException.notFound(
                    "galley does not know the revision \"%s\"; the newest is %s"
                            .formatted(revision, desk.log().current().id()));
        }
        return revision;
    }
}
