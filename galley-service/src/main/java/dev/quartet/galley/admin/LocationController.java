package dev.quartet.galley.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Position;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.process.JudgedConfig;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// Where fields of the config in force stand. Pilot knows which field is behind what a proxy does, Galley in which line it is written.
@RestController
@RequestMapping(path = "/admin/v1/config", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "config")
class LocationController {
    private static final int MAX_FIELDS = 10_000;

    /// @param path `spec.http[0].route[1]`; empty or left out: the resource
    record FieldName(
            @Nullable String kind,
            @Nullable String namespace,
            @Nullable String name,
            @Nullable String path) {}

    record LocationsRequest(@Nullable List<FieldName> fields) {}

    /// @param origin the source that wins; null where there is no such resource
    /// @param file the file as it was named when it was read, or the place of an object that has no file; null where there is none
    /// @param line of the field, or of the nearest one around it; null where there are no lines
    /// @param text both for people: `bookshop.yaml:31`; empty where nothing is known
    record LocationView(
            String kind,
            String namespace,
            String name,
            String path,
            @Nullable String origin,
            @Nullable String file,
            @Nullable Integer line,
            String text) {}

    /// @param revision that they are true for
    /// @param locations in the order in which they were asked for
    record LocationsView(String revision, List<LocationView> locations) {}

    private final ChangeDesk desk;

    LocationController(ChangeDesk desk) {
        this.desk = desk;
    }

    @PostMapping(path = "/locations", consumes = MediaType.APPLICATION_JSON_VALUE)
    @Operation(summary = "Say in which file and line fields of resources in force stand")
    LocationsView locations(@RequestBody LocationsRequest request) {
        var fields = request.fields();
        if (fields == null) {
            throw ProblemException.badRequest(
                    "\"fields\" is missing; send {\"fields\": [{\"kind\": \"VirtualService\", \"namespace\": \"shop\", \"name\": \"reviews\", \"path\": \"spec.http[0]\"}]}");
        }
        if (fields.size() > MAX_FIELDS) {
            throw ProblemException.badRequest(
                    "%d fields are too many at once; send at most %d"
                            .formatted(fields.size(), MAX_FIELDS));
        }
        var state = desk.state();
        return new LocationsView(
                state.revision(),
                fields.stream().map(field -> location(field, state.config())).toList());
    }

    private static LocationView location(FieldName field, JudgedConfig config) {
        var kind = text(field.kind());
        var path = text(field.path());
        var entry =
                kind(kind)
                        .map(it -> new ResourceKey(it, text(field.namespace()), text(field.name())))
                        .map(config.entries()::get);
        var position = entry.flatMap(it -> it.read().positionOf(new FieldPath(path)));
        return new LocationView(
                kind,
                text(field.namespace()),
                text(field.name()),
                path,
                entry.map(it -> it.origin().label()).orElse(null),
                position.map(Position::file).orElse(null),
                position.map(Position::lineOrNull).orElse(null),
                position.map(Position::toString).orElse(""));
    }

    /// What Galley does not have it cannot find, whatever it is called.
    private static Optional<Kind> kind(String text) {
        return Arrays.stream(Kind.values())
                .filter(kind -> kind.label().equalsIgnoreCase(text))
                .findFirst();
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
    }
}
