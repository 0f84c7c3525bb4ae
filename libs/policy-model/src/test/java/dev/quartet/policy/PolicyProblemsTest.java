package dev.quartet.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each file under `testdata/problems` ends with what its table must hold: actions and problems, as comments.
/// `-Dgolden.update=true` rewrites these lines.
class PolicyProblemsTest {
    private static final Path FOLDER = Path.of("src/test/resources/testdata/problems");
    private static final String MARK = "#! ";

    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void losesTheSmallestPartAndSaysSo(Path file) throws IOException {
        var lines = Files.readAllLines(file);
        var input = lines.stream().filter(line -> !line.startsWith(MARK)).toList();
        var read = Policies.read(file.getFileName().toString(), String.join("\n", input));
        assertThat(read.problems()).isEmpty();

        var table = Policies.table(read.plainResources());

        var actual = new ArrayList<String>();
        for (var rule : table.rules()) {
            for (var action : rule.actions()) {
                actual.add(MARK + rule.key().name() + " " + Policies.described(action));
            }
        }
        for (var problem : table.problems()) {
            var located =
                    read.resources().stream()
                            .filter(resource ->
                                    resource.resource().key().equals(problem.resource()))
                            .map(resource -> resource.locate(problem))
                            .findFirst();
            actual.add(MARK + located.map(Problem::toString).orElseThrow());
        }
        if ("true".equals(System.getProperty("golden.update"))) {
            Files.write(file, Stream.concat(input.stream(), actual.stream()).toList());
        }
        assertThat(actual)
                .containsExactlyElementsOf(
                        Files.readAllLines(file).stream()
                                .filter(line -> line.startsWith(MARK))
                                .toList());
    }
}
