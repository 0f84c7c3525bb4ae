package dev.quartet.injector.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.injector.manifest.ManifestException;
import dev.quartet.injector.manifest.ManifestInjector;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.nio.charset.StandardCharsets;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// Injection of manifests, for `./mesh inject -f`.
@RestController
@RequestMapping("/admin/v1")
@Tag(name = "injection")
final class InjectController {
    private static final String YAML = "application/yaml";

    private final ManifestInjector manifests;

    InjectController(ManifestInjector manifests) {
        this.manifests = manifests;
    }

    @PostMapping(
            path = "/inject",
            consumes = {YAML, "application/x-yaml", "text/yaml", MediaType.APPLICATION_JSON_VALUE},
            produces = {YAML, MediaType.APPLICATION_JSON_VALUE})
    @Operation(
            summary = "Give the pods and workloads of a manifest their sidecars",
            description =
                    "The answer is the manifest; with Accept: application/json also what became of each document")
    ResponseEntity<Object> inject(
            @RequestBody byte[] manifest, @RequestHeader HttpHeaders headers) {
        var injected = run(manifest);
        boolean json =
                headers.getAccept().stream()
                        .anyMatch(accepted ->
                                accepted.equalsTypeAndSubtype(MediaType.APPLICATION_JSON));
        return json
                ? ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(injected)
                : ResponseEntity.ok()
                        .contentType(MediaType.parseMediaType(YAML))
                        .body(injected.yaml().getBytes(StandardCharsets.UTF_8));
    }

    private ManifestInjector.Injected run(byte[] manifest) {
        try {
            return manifests.inject(new String(manifest, StandardCharsets.UTF_8));
        } catch (ManifestException e) {
            throw new ProblemException(
                    HttpStatus.BAD_REQUEST,
                    "manifest-invalid",
                    "The manifest cannot be injected",
                    String.valueOf(e.getMessage()));
        }
    }
}
