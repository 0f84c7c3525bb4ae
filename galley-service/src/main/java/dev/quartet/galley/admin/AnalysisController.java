package dev.quartet.galley.admin;

import dev.quartet.config.analyze.Analysis;
import dev.quartet.config.analyze.AnalysisReport;
import dev.quartet.config.analyze.Surroundings;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.process.ConfigEntry;
import dev.quartet.galley.source.ConfigFile;
import dev.quartet.galley.source.SourceContent;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Analyses what is in force, or what would be with the documents of the body. Nothing changes.
@RestController
@RequestMapping("/admin/v1")
@Tag(name = "config")
class AnalysisController {
    private static final ResourceReader READER = new ResourceReader();

    private final ChangeDesk desk;
    private final ConfigDoor door;
    private final KnownSurroundings known;

    AnalysisController(ChangeDesk desk, ConfigDoor door, KnownSurroundings known) {
        this.desk = desk;
        this.door = door;
        this.known = known;
    }

    /// A file of a body.
    private record Upload(ConfigFile config, List<ClusterObject> objects) {
        static Upload read(String name, String text) {
            var documents = READER.readDocuments(name, text);
            return new Upload(ConfigFile.judged(name, documents.result()), documents.objects());
        }
    }

    @PostMapping(
            path = "/analyze",
            consumes = {
                "application/yaml",
                "application/x-yaml",
                "text/yaml",
                MediaType.APPLICATION_JSON_VALUE
            },
            produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            summary =
                    "Say what is probably not meant: of what is in force or, with a body, of what would be. Services, workloads, namespaces and Secrets of Kubernetes may stand among the documents")
    AnalysisReport analyze(
            @RequestBody(required = false) byte @Nullable [] body,
            @RequestHeader(name = "Content-Type", required = false) @Nullable MediaType type,
            @RequestParam(required = false) @Nullable String file) {
        List<Upload> uploads =
                body == null || body.length == 0 || type == null
                        ? List.of()
                        : UploadReader.read(body, type, file, Upload::read);
        var files = uploads.stream().map(Upload::config).toList();
        var objects =
                Surroundings.of(
                        uploads.stream().flatMap(upload -> upload.objects().stream()).toList());
        var config = desk.with(source(files, objects));
        var resources = config.entries().values().stream().map(ConfigEntry::read).toList();
        return AnalysisReport.of(
                config.problems(), Analysis.of(resources, known.now().get().with(objects)));
    }

    /// The documents as if they had been applied, or stored in the cluster.
    private SourceContent source(List<ConfigFile> files, Surroundings objects) {
        var problems = new ArrayList<>(ConfigFile.duplicates(files));
        files.forEach(it -> problems.addAll(it.problems()));
        return new SourceContent(
                door.origin(),
                files.stream().flatMap(it -> it.resources().stream()).toList(),
                problems,
                objects.knownServices());
    }
}
