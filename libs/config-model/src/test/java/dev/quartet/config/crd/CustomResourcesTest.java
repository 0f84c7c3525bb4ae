package dev.quartet.config.crd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Golden;
import dev.quartet.config.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// `k8s/crds` is made from the records; a record that changes without its file is told here. What the apiserver makes of
/// the files is galley-service's test.
class CustomResourcesTest {
    private static final Path FOLDER = Path.of("../../k8s/crds");
    private static final CustomResources DEFINITIONS =
            new CustomResources(RecordDocs.read(Path.of("src/main/java")));

    static Stream<Kind> kinds() {
        return CustomResources.kinds();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void definesWhatTheRecordSays(Kind kind) {
        Golden.matches(
                FOLDER.resolve(CustomResources.name(kind) + ".yaml"), DEFINITIONS.yaml(kind));
    }

    @Test
    void listsEveryDefinitionForKustomize() {
        Golden.matches(
                FOLDER.resolve("kustomization.yaml"),
                """
                # Made with the files beside it.
                apiVersion: kustomize.config.k8s.io/v1beta1
                kind: Kustomization
                resources:
                """
                        + kinds().map(kind -> "- " + CustomResources.name(kind) + ".yaml\n")
                                .sorted()
                                .collect(Collectors.joining()));
    }

    @Test
    void keepsNoFileWithoutItsKind() throws IOException {
        try (var files = Files.list(FOLDER)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(
                            Stream.concat(
                                            Stream.of("kustomization.yaml"),
                                            kinds().map(kind ->
                                                    CustomResources.name(kind) + ".yaml"))
                                    .toList());
        }
    }
}
