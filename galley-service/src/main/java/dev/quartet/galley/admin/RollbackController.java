package dev.quartet.galley.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.galley.change.Terms;
import dev.quartet.galley.history.Cause;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// The way back.
@RestController
@RequestMapping(path = "/admin/v1/config", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "config")
class RollbackController {
    private static final ChangeAnswers ROLLED_BACK = new ChangeAnswers("rolled back");

    private final ConfigDoor door;

    RollbackController(ConfigDoor door) {
        this.door = door;
    }

    /// @param revision its number, or the first signs of its id
    record Target(@Nullable String revision) {}

    @PostMapping(path = "/rollback", consumes = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            summary =
                    "Put what REST had applied, in a cluster all objects, back to what it was in a revision")
    Views.ChangeView rollback(
            @RequestBody Target target,
            @RequestHeader(name = "If-Match", required = false) @Nullable String ifMatch,
            @RequestHeader(name = Causes.AUTHOR, required = false) @Nullable String author,
            @RequestParam(defaultValue = "false") boolean dryRun,
            @RequestParam(required = false) @Nullable String message) {
        if (target.revision() == null) {
            throw ProblemException.badRequest(
                    "the body names no revision; send {\"revision\": \"12\"}");
        }
        var revisions = new RevisionLookup(door.revisions().get());
        var revision = revisions.one(target.revision());
        var then = revisions.content(revision);
        var asked = Causes.rest(Cause.Kind.ROLLBACK, author, message);
        var told = asked.message() == null ? "" : ": " + asked.message();
        var cause = asked.saying("rollback to " + revision.name() + told);
        var terms = new Terms(cause, Preconditions.ofConfig(ifMatch), dryRun);
        return Views.ChangeView.of(
                ROLLED_BACK.accepted(() -> door.changes().rollback(revision, then, terms), terms),
                dryRun);
    }
}
