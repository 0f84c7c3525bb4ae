package dev.quartet.galley.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.history.LoggedRevision;
import dev.quartet.galley.history.RevisionContent;
import dev.quartet.galley.history.RevisionDiff;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// What was in force, who made it so, and how two revisions differ.
@RestController
@RequestMapping("/admin/v1/config/revisions")
@Tag(name = "config")
class RevisionController {
    private static final String JSON = MediaType.APPLICATION_JSON_VALUE;
    static final String TEXT = "text/plain;charset=UTF-8";
    private static final int MOST_LISTED = 10_000;

    private final ChangeDesk desk;
    private final ConfigDoor door;

    RevisionController(ChangeDesk desk, ConfigDoor door) {
        this.desk = desk;
        this.door = door;
    }

    private RevisionLookup lookup() {
        return new RevisionLookup(door.revisions().get());
    }

    /// Two revisions and what lies between them.
    ///
    /// @param from null: nothing at all
    private record Between(@Nullable LoggedRevision from, LoggedRevision to, RevisionDiff diff) {
        String fromName() {
            return from == null ? "nothing" : "revision " + from.number();
        }

        String toName() {
            return "revision " + to.number();
        }
    }

    @GetMapping(produces = JSON)
    @Operation(summary = "What was in force and who made it so, the newest first")
    Views.RevisionsView list(@RequestParam(defaultValue = "100") int limit) {
        if (limit < 1 || limit > MOST_LISTED) {
            throw ProblemException.badRequest(
                    "limit is %d, it may be 1 to %d".formatted(limit, MOST_LISTED));
        }
        var revisions = door.revisions().get();
        return new Views.RevisionsView(
                revisions.records(),
                desk.state().revision(),
                revisions.revisions().stream().limit(limit).map(Views.RevisionView::of).toList());
    }

    @GetMapping(path = "/{revision}", produces = JSON)
    @Operation(summary = "One revision, by its number or the beginning of its id")
    Views.RevisionView get(@PathVariable String revision) {
        return Views.RevisionView.of(lookup().one(revision));
    }

    @GetMapping(path = "/{revision}", produces = "application/yaml")
    @Operation(summary = "The config of one revision as YAML documents")
    String getYaml(@PathVariable String revision) {
        var revisions = lookup();
        return revisions.content(revisions.one(revision)).resources().values().stream()
                .map(kept -> "---\n" + kept.yaml())
                .collect(Collectors.joining());
    }

    @GetMapping(path = "/{revision}/diff", produces = JSON)
    @Operation(
            summary =
                    "What a revision has changed; with another one as to: what lies between the two")
    Views.DiffView diff(
            @PathVariable String revision, @RequestParam(required = false) @Nullable String to) {
        var between = between(revision, to);
        var from = between.from();
        return new Views.DiffView(
                from == null ? null : Views.RevisionView.of(from),
                Views.RevisionView.of(between.to()),
                between.diff().changes().stream()
                        .map(change ->
                                Views.ResourceDiff.of(change, between.fromName(), between.toName()))
                        .toList());
    }

    @GetMapping(path = "/{revision}/diff", produces = TEXT)
    @Operation(summary = "The same as one unified diff")
    String diffText(
            @PathVariable String revision, @RequestParam(required = false) @Nullable String to) {
        var between = between(revision, to);
        return between.diff().text(between.fromName(), between.toName());
    }

    private Between between(String revision, @Nullable String to) {
        var revisions = lookup();
        var named = revisions.one(revision);
        if (to != null) {
            return between(revisions, named, revisions.one(to));
        }
        var before = revisions.history().before(named);
        if (before.isEmpty() && named.number() > 1) {
            throw ProblemException.notFound(
                    "revision %s is the oldest that galley still has, so nobody knows what it has changed; say with to= what to compare it with"
                            .formatted(named.name()));
        }
        return between(revisions, before.orElse(null), named);
    }

    private static Between between(
            RevisionLookup revisions, @Nullable LoggedRevision from, LoggedRevision to) {
        var before = from == null ? RevisionContent.NOTHING : revisions.content(from);
        return new Between(from, to, RevisionDiff.between(before, revisions.content(to)));
    }
}
