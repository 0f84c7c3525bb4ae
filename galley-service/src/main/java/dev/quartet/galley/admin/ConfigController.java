package dev.quartet.galley.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import dev.quartet.config.write.ResourceWriter;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.change.Outcome;
import dev.quartet.galley.process.ConfigEntry;
import dev.quartet.galley.source.ConfigFile;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Apply, delete, validate and get.
@RestController
@RequestMapping("/admin/v1")
@Tag(name = "config")
class ConfigController {
    private static final Logger LOGGER = LoggerFactory.getLogger(ConfigController.class);
    private static final String YAML = "application/yaml";
    private static final String X_YAML = "application/x-yaml";
    private static final String TEXT_YAML = "text/yaml";
    private static final String JSON = MediaType.APPLICATION_JSON_VALUE;

    private final ChangeDesk desk;
    private final RestApplies applies;

    ConfigController(ChangeDesk desk, RestApplies applies) {
        this.desk = desk;
        this.applies = applies;
    }

    @PostMapping(
            path = "/config/apply",
            consumes = {YAML, X_YAML, TEXT_YAML, JSON},
            produces = JSON)
    @Operation(summary = "Apply documents, all or nothing")
    Views.ChangeView apply(
            @RequestBody byte[] body,
            @RequestHeader("Content-Type") MediaType type,
            @RequestParam(defaultValue = "false") boolean dryRun,
            @RequestParam(required = false) @Nullable String file) {
        if (!dryRun && !applies.taken()) {
            throw ProblemException.conflict(
                    "nothing was applied: in a cluster config lives in the apiserver; use kubectl apply (a dry run and validate work here too)");
        }
        return answer(() -> desk.apply(documents(body, type, file), dryRun), dryRun, "applied");
    }

    @PostMapping(
            path = "/config/delete",
            consumes = {YAML, X_YAML, TEXT_YAML, JSON},
            produces = JSON)
    @Operation(summary = "Delete what was applied: the resources of documents, all or nothing")
    Views.ChangeView delete(
            @RequestBody byte[] body,
            @RequestHeader("Content-Type") MediaType type,
            @RequestParam(defaultValue = "false") boolean dryRun,
            @RequestParam(required = false) @Nullable String file) {
        var files = documents(body, type, file);
        var unreadable =
                files.stream()
                        .flatMap(it -> it.problems().stream())
                        .filter(it -> it.resource() == null && it.severity() == Severity.ERROR)
                        .toList();
        if (!unreadable.isEmpty()) {
            throw refusal(new Outcome.Refused(unreadable), "deleted");
        }
        // A resource that is faulty by today's rules can still be named, and so deleted.
        var keys =
                files.stream()
                        .flatMap(it ->
                                Stream.concat(
                                        it.resources().stream().map(read -> read.resource().key()),
                                        it.problems().stream()
                                                .map(dev.quartet.config.Problem::resource)
                                                .filter(java.util.Objects::nonNull)))
                        .distinct()
                        .toList();
        return answer(() -> desk.delete(keys, dryRun), dryRun, "deleted");
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
        return switch (change(() -> desk.apply(documents(body, type, file), true))) {
            case Outcome.Accepted accepted ->
                    new Views.ValidationView(true, Views.ProblemView.of(accepted.warnings()));
            case Outcome.Refused refused ->
                    new Views.ValidationView(false, Views.ProblemView.of(refused.problems()));
            case Outcome.NotApplied notApplied ->
                    throw new IllegalStateException("an apply deletes nothing: " + notApplied);
        };
    }

    @GetMapping(path = "/config", produces = JSON)
    @Operation(
            summary = "List the config in force, with the source and the problems of each resource")
    Views.ListView list(
            @RequestParam(required = false) @Nullable String kind,
            @RequestParam(required = false) @Nullable String namespace) {
        var config = desk.config();
        return new Views.ListView(
                desk.log().current().id(),
                selected(kind, namespace).map(entry -> Views.Item.of(entry, config)).toList());
    }

    @GetMapping(path = "/config", produces = YAML)
    @Operation(summary = "The config in force as YAML documents")
    String listYaml(
            @RequestParam(required = false) @Nullable String kind,
            @RequestParam(required = false) @Nullable String namespace) {
        var text = new StringBuilder();
        selected(kind, namespace)
                .forEach(entry ->
                        text.append("---\n").append(ResourceWriter.yaml(entry.resource())));
        return text.toString();
    }

    @GetMapping(path = "/config/{kind}/{namespace}/{name}", produces = JSON)
    @Operation(summary = "One resource in force")
    ResponseEntity<String> get(
            @PathVariable String kind, @PathVariable String namespace, @PathVariable String name) {
        var entry = entry(ResourceNames.key(kind, namespace, name));
        return ResponseEntity.ok()
                .eTag(entry.resource().version())
                .header("X-Quartet-Origin", entry.origin().label())
                .body(ResourceWriter.json(entry.resource()));
    }

    @GetMapping(path = "/config/{kind}/{namespace}/{name}", produces = YAML)
    @Operation(summary = "One resource in force, as YAML")
    ResponseEntity<String> getYaml(
            @PathVariable String kind, @PathVariable String namespace, @PathVariable String name) {
        var entry = entry(ResourceNames.key(kind, namespace, name));
        return ResponseEntity.ok()
                .eTag(entry.resource().version())
                .header("X-Quartet-Origin", entry.origin().label())
                .body(ResourceWriter.yaml(entry.resource()));
    }

    @DeleteMapping(path = "/config/{kind}/{namespace}/{name}", produces = JSON)
    @Operation(summary = "Delete one resource that was applied")
    Views.ChangeView deleteOne(
            @PathVariable String kind,
            @PathVariable String namespace,
            @PathVariable String name,
            @RequestParam(defaultValue = "false") boolean dryRun) {
        var key = ResourceNames.key(kind, namespace, name);
        entry(key);
        return answer(() -> desk.delete(List.of(key), dryRun), dryRun, "deleted");
    }

    private static List<ConfigFile> documents(byte[] body, MediaType type, @Nullable String file) {
        var files = UploadReader.read(body, type, file);
        if (files.stream().allMatch(it -> it.resources().isEmpty() && it.problems().isEmpty())) {
            throw ProblemException.badRequest(
                    "the body has no document in it; send YAML documents");
        }
        return files;
    }

    private Stream<ConfigEntry> selected(@Nullable String kind, @Nullable String namespace) {
        Kind wanted = kind == null ? null : ResourceNames.kind(kind);
        return desk.config().entries().values().stream()
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

    private interface Change {
        Outcome make() throws IOException;
    }

    private static Outcome change(Change change) {
        try {
            return change.make();
        } catch (IOException e) {
            LOGGER.atError().setCause(e).log("State folder refuses a write, nothing has changed");
            throw ProblemException.of(
                    HttpStatus.INSUFFICIENT_STORAGE,
                    "galley's state folder refuses the write, so nothing has changed: %s; make room there and try again"
                            .formatted(e.getMessage()));
        }
    }

    private static Views.ChangeView answer(Change change, boolean dryRun, String verb) {
        return switch (change(change)) {
            case Outcome.Accepted accepted -> {
                if (!dryRun) {
                    LOGGER.atInfo()
                            .addKeyValue("version", accepted.revision())
                            .addKeyValue("created", accepted.created().size())
                            .addKeyValue("changed", accepted.changed().size())
                            .addKeyValue("deleted", accepted.deleted().size())
                            .log("Config changed by REST");
                }
                yield Views.ChangeView.of(accepted, dryRun);
            }
            case Outcome.Refused refused -> throw refusal(refused, verb);
            case Outcome.NotApplied(var resources, var places) -> throw foreign(resources, places);
        };
    }

    private static ProblemException refusal(Outcome.Refused refused, String verb) {
        var errors =
                refused.problems().stream().filter(it -> it.severity() == Severity.ERROR).count();
        return new ProblemException(
                        HttpStatus.UNPROCESSABLE_CONTENT,
                        "config-invalid",
                        "The config is not valid",
                        "nothing was %s: %d %s"
                                .formatted(verb, errors, errors == 1 ? "error" : "errors"))
                .with("problems", Views.ProblemView.of(refused.problems()));
    }

    private static ProblemException foreign(
            Collection<ResourceKey> resources, List<String> places) {
        var lines = new ArrayList<String>();
        var place = places.iterator();
        resources.forEach(key -> lines.add(key + " comes from " + place.next()));
        return ProblemException.conflict(
                "nothing was deleted: %s; delete it there, or apply another version over it"
                        .formatted(String.join(", ", lines)));
    }
}
