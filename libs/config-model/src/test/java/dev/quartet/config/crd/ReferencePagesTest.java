package dev.quartet.config.crd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Golden;
import dev.quartet.config.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// `docs/reference` is made from the records; a record that changes without its page is told here.
class ReferencePagesTest {
    private static final Path FOLDER = Path.of("../../docs/reference");
    private static final ReferencePages PAGES =
            new ReferencePages(RecordDocs.read(Path.of("src/main/java")));

    @ParameterizedTest
    @EnumSource
    void saysWhatTheRecordSays(Kind kind) {
        Golden.matches(FOLDER.resolve(ReferencePages.file(kind)), PAGES.page(kind));
    }

    @Test
    void listsEveryKind() {
        Golden.matches(
                FOLDER.resolve("README.md"),
                """
                # Kinds

                Every kind of resource with all its fields. These pages are made from the records of config-model, like the reader, the rules'
                messages and `k8s/crds`. What is wrong with a resource and what to do: [problems.md](../problems.md); where Quartet judges
                otherwise than Istio 1.4: [differences.md](../differences.md).

                | Kind | |
                |---|---|
                """
                        + Arrays.stream(Kind.values())
                                .map(kind ->
                                        "| [%s](%s) | %s |\n"
                                                .formatted(
                                                        kind.label(),
                                                        ReferencePages.file(kind),
                                                        PAGES.summary(kind)))
                                .collect(Collectors.joining()));
    }

    @Test
    void keepsNoPageWithoutItsKind() throws IOException {
        try (var files = Files.list(FOLDER)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(
                            Stream.concat(
                                            Stream.of("README.md"),
                                            Arrays.stream(Kind.values()).map(ReferencePages::file))
                                    .toList());
        }
    }
}
