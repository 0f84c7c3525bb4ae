package dev.quartet.galley.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import dev.quartet.config.write.ResourceWriter;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.change.ConfigChanges;
import dev.quartet.galley.change.ConfigState;
import dev.quartet.galley.change.Outcome;
import dev.quartet.galley.change.Precondition;
import dev.quartet.galley.change.Terms;
import dev.quartet.galley.history.Cause;
import dev.quartet.galley.process.ConfigEntry;
import dev.quartet.galley.source.ConfigFile;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Apply, put, delete, validate and get.
@RestController
@RequestMapping("/admin/v1")
@Tag(name = "config")
class ConfigController {
    private static final String YAML = "application/yaml";
    private static final String X_YAML = "application/x-yaml";
    private static final String TEXT_YAML = "text/yaml";
    private static final String JSON = MediaType.APPLICATION_JSON_VALUE;
    private static final String ONE = "/config/{kind}/{namespace}/{name}";
    private static final String IF_MATCH = "If-Match";

    private static final ChangeAnswers APPLIED = new ChangeAnswers("applied");
    private static final ChangeAnswers DELETED = new ChangeAnswers("deleted");
    private static final ChangeAnswers COMPARED = new ChangeAnswers("compared");

    /// Of an apply that changes nothing.
    private static final Terms JUDGED =
            new Terms(Causes.rest(Cause.Kind.APPLY, null, null), new Precondition.None(), true);

    private final ChangeDesk desk;
    private final ConfigChanges changes;

    ConfigController(ChangeDesk desk, ConfigDoor door) {
        this.desk = desk;
        this.changes = door.changes();
    }

    @PostMapping(
            path = "/config/apply",
            consumes = {YAML, X_YAML, TEXT_YAML, JSON},
            produces = JSON)
    @Operation(summary = "Apply documents, all or nothing")
    Views.ChangeView apply(
            @RequestBody byte[] body,
            @RequestHeader("Content-Type") MediaType type,
            @RequestHeader(name = IF_MATCH, required = false) @Nullable String ifMatch,
            @RequestHeader(name = Causes.AUTHOR, required = false) @Nullable String author,
            @RequestParam(defaultValue = "false") boolean dryRun,
            @RequestParam(required = false) @Nullable String message,
            @RequestParam(required = false) @Nullable String file) {
        var cause = Causes.rest(Cause.Kind.APPLY, author, message);
        var terms = new Terms(cause, Preconditions.ofConfig(ifMatch), dryRun);
        var accepted =
                APPLIED.accepted(() -> changes.apply(documents(body, type, file), terms), terms);
        return Views.ChangeView.of(accepted, dryRun);
    }

    @PutMapping(
            path = ONE,
            consumes = {YAML, X_YAML, TEXT_YAML, JSON},
            produces = JSON)
    @Operation(
            summary =
                    "Apply one resource; If-Match is the version it replaces, If-None-Match: * only creates")
    ResponseEntity<Views.ChangeView> put(
            @PathVariable String kind,
            @PathVariable String namespace,
            @PathVariable String name,
            @RequestBody byte[] body,
            @RequestHeader(name = IF_MATCH, required = false) @Nullable String ifMatch,
            @RequestHeader(name = "If-None-Match", required = false) @Nullable String ifNoneMatch,
            @RequestHeader(name = Causes.AUTHOR, required = false) @Nullable String author,
            @RequestParam(defaultValue = "false") boolean dryRun,
            @RequestParam(required = false) @Nullable String message,
            @RequestParam(required = false) @Nullable String file) {
        var key = ResourceNames.key(kind, namespace, name);
        var cause = Causes.rest(Cause.Kind.PUT, author, message);
        var terms = new Terms(cause, Preconditions.ofResource(key, ifMatch, ifNoneMatch), dryRun);
        var document = UploadReader.one(body, key, file);
        var accepted = APPLIED.accepted(() -> changes.apply(List.of(document), terms), terms);
        var entry = accepted.after().config().entries().get(key);
        var created = !dryRun && accepted.created().contains(key);
        var answer = ResponseEntity.status(created ? HttpStatus.CREATED : HttpStatus.OK);
        if (!dryRun && entry != null) {
            answer.eTag(entry.resource().version());
        }
        return answer.body(Views.ChangeView.of(accepted, dryRun));
    }

    @PostMapping(
            path = "/config/delete",
            consumes = {YAML, X_YAML, TEXT_YAML, JSON},
            produces = JSON)
    @Operation(summary = "Delete what was applied: the resources of documents, all or nothing")
    Views.ChangeView delete(
            @RequestBody byte[] body,
            @RequestHeader("Content-Type") MediaType type,
            @RequestHeader(name = IF_MATCH, required = false) @Nullable String ifMatch,
            @RequestHeader(name = Causes.AUTHOR, required = false) @Nullable String author,
            @RequestParam(defaultValue = "false") boolean dryRun,
            @RequestParam(required = false) @Nullable String message,
            @RequestParam(required = false) @Nullable String file) {
        var files = documents(body, type, file);
        var unreadable =
                files.stream()
                        .flatMap(it -> it.problems().stream())
                        .filter(it -> it.resource() == null && it.severity() == Severity.ERROR)
                        .toList();
        if (!unreadable.isEmpty()) {
            throw DELETED.refusal(new Outcome.Refused(unreadable));
        }
        // A resource that is faulty by today's rules can still be named, and so deleted.
        var keys = files.stream().flatMap(it -> it.named().stream()).distinct().toList();
        var cause = Causes.rest(Cause.Kind.DELETE, author, message);
        var terms = new Terms(cause, Preconditions.ofConfig(ifMatch), dryRun);
        var accepted = DELETED.accepted(() -> changes.delete(keys, terms), terms);
        return Views.ChangeView.of(accepted, dryRun);
    }

    @PostMapping(
            path = "/validate",
            consumes = {YAML, X_YAML, TEXT_YAML, JSON},
            produces = JSON)
    @Operation(summary = "Say what an apply would say, and change nothing")
    Views.ValidationView validate(
            @RequestBody byte[] body,
            @RequestHeader("Content-Type") MediaType type,
            @RequestParam(required = false) @Nullable String file) {
        return switch (ChangeAnswers.outcome(
                () -> changes.apply(documents(body, type, file), JUDGED))) {
            case Outcome.Accepted accepted ->
                    new Views.ValidationView(true, Views.problems(accepted.warnings()));
            case Outcome.Refused refused ->
                    new Views.ValidationView(false, Views.problems(refused.problems()));
            case Outcome.NotApplied notApplied ->
                    throw new IllegalStateException("an apply deletes nothing: " + notApplied);
            case Outcome.Stale stale ->
                    throw new IllegalStateException("there was no precondition: " + stale);
            case Outcome.NotStored notStored -> throw APPLIED.notStored(notStored);
        };
    }

    @PostMapping(
            path = "/config/diff",
            consumes = {YAML, X_YAML, TEXT_YAML, JSON},
            produces = JSON)
    @Operation(summary = "Say what an apply would change, resource by resource")
    Views.PreviewView diff(
            @RequestBody byte[] body,
            @RequestHeader("Content-Type") MediaType type,
            @RequestParam(required = false) @Nullable String file) {
        return Views.PreviewView.of(preview(documents(body, type, file)));
    }

    @PostMapping(
            path = "/config/diff",
            consumes = {YAML, X_YAML, TEXT_YAML, JSON},
            produces = RevisionController.TEXT)
    @Operation(summary = "The same as one unified diff")
    String diffText(
            @RequestBody byte[] body,
            @RequestHeader("Content-Type") MediaType type,
            @RequestParam(required = false) @Nullable String file) {
        return Views.PreviewView.text(preview(documents(body, type, file)));
    }

    private Outcome.Accepted preview(List<ConfigFile> files) {
        return COMPARED.accepted(() -> changes.apply(files, JUDGED), JUDGED);
    }

    @GetMapping(path = "/config", produces = JSON)
    @Operation(
            summary = "List the config in force, with the source and the problems of each resource")
    ResponseEntity<Views.ListView> list(
            @RequestParam(required = false) @Nullable String kind,
            @RequestParam(required = false) @Nullable String namespace) {
        var state = desk.state();
        return ResponseEntity.ok()
                .eTag(state.revision())
                .body(
                        new Views.ListView(
                                state.revision(),
                                selected(state, kind, namespace)
                                        .map(entry -> Views.Item.of(entry, state.config()))
                                        .toList()));
    }

    @GetMapping(path = "/config", produces = YAML)
    @Operation(summary = "The config in force as YAML documents")
    ResponseEntity<String> listYaml(
            @RequestParam(required = false) @Nullable String kind,
            @RequestParam(required = false) @Nullable String namespace) {
        var state = desk.state();
        var text = new StringBuilder();
        selected(state, kind, namespace)
                .forEach(entry ->
                        text.append("---\n").append(ResourceWriter.yaml(entry.resource())));
        return ResponseEntity.ok().eTag(state.revision()).body(text.toString());
    }

    @GetMapping(path = ONE, produces = JSON)
    @Operation(summary = "One resource in force")
    ResponseEntity<String> get(
            @PathVariable String kind, @PathVariable String namespace, @PathVariable String name) {
        var entry = entry(ResourceNames.key(kind, namespace, name));
        return ResponseEntity.ok()
                .eTag(entry.resource().version())
                .header("X-Quartet-Origin", entry.origin().label())
                .body(ResourceWriter.json(entry.resource()));
    }

    @GetMapping(path = ONE, produces = YAML)
    @Operation(summary = "One resource in force, as YAML")
    ResponseEntity<String> getYaml(
            @PathVariable String kind, @PathVariable String namespace, @PathVariable String name) {
        var entry = entry(ResourceNames.key(kind, namespace, name));
        return ResponseEntity.ok()
                .eTag(entry.resource().version())
                .header("X-Quartet-Origin", entry.origin().label())
                .body(ResourceWriter.yaml(entry.resource()));
    }

    @DeleteMapping(path = ONE, produces = JSON)
    @Operation(summary = "Delete one resource that was applied")
    Views.ChangeView deleteOne(
            @PathVariable String kind,
            @PathVariable String namespace,
            @PathVariable String name,
            @RequestHeader(name = IF_MATCH, required = false) @Nullable String ifMatch,
            @RequestHeader(name = Causes.AUTHOR, required = false) @Nullable String author,
            @RequestParam(defaultValue = "false") boolean dryRun,
            @RequestParam(required = false) @Nullable String message) {
        var key = ResourceNames.key(kind, namespace, name);
        entry(key);
        var cause = Causes.rest(Cause.Kind.DELETE, author, message);
        var terms = new Terms(cause, Preconditions.ofResource(key, ifMatch, null), dryRun);
        var accepted = DELETED.accepted(() -> changes.delete(List.of(key), terms), terms);
        return Views.ChangeView.of(accepted, dryRun);
    }

    private static List<ConfigFile> documents(byte[] body, MediaType type, @Nullable String file) {
        var files = UploadReader.read(body, type, file);
        if (files.stream().allMatch(it -> it.resources().isEmpty() && it.problems().isEmpty())) {
            throw ProblemException.badRequest(
                    "the body has no document in it; send YAML documents");
        }
        return files;
    }

    private static Stream<ConfigEntry> selected(
            ConfigState state, @Nullable String kind, @Nullable String namespace) {
        Kind wanted = kind == null ? null : ResourceNames.kind(kind);
        return state.config().entries().values().stream()
                .filter(entry -> wanted == null || entry.resource().key().kind() == wanted)
                .filter(entry ->
                        namespace == null || entry.resource().namespace().equals(namespace));
    }

    private ConfigEntry entry(ResourceKey key) {
        var entry = desk.config().entries().get(key);
        if (entry == null) {
            throw ProblemException.notFound("there is no " + key);
        }
        return entry;
    }
}
