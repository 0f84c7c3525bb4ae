package dev.quartet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.cli.print.Json;
import dev.quartet.cli.print.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `mesh convert` as a user types it: what goes where, and what he is told. What becomes of each kind is shown by config-import's
/// cases.
class ConvertCommandTest {
    private static final String DENIER =
            """
            apiVersion: config.istio.io/v1alpha2
            kind: denier
            metadata: {name: deny, namespace: shop}
            spec:
              status: {code: 7}
            """;
    private static final String ROUTE =
            """
            # mine
            apiVersion: networking.istio.io/v1beta1
            kind: DestinationRule
            metadata: {name: reviews, namespace: shop}
            spec: {host: reviews}   # as it stands
            """;
    private static final String CHECKER =
            """
            apiVersion: config.istio.io/v1alpha2
            kind: listchecker
            metadata: {name: white, namespace: shop}
            spec: {}
            """;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir Path folder;

    private int mesh(String... arguments) {
        return Mesh.run(
                new Terminal(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Map.of()),
                Map.of("PATH", "/nonexistent"),
                arguments);
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String told() {
        return err.toString(StandardCharsets.UTF_8).replace(folder + "/", "");
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    @Test
    void printsTodaysDocumentsAndTellsAside() throws Exception {
        var file = file("old.yaml", DENIER + "---\n" + ROUTE);

        assertThat(mesh("convert", "-f", file)).isZero();

        assertThat(printed())
                .isEqualTo(
                        """
                        # Made of denier shop/deny (%s:1)
                        apiVersion: config.istio.io/v1alpha2
                        kind: handler
                        metadata:
                          name: deny
                          namespace: shop
                        spec:
                          compiledAdapter: denier
                          params:
                            status:
                              code: 7
                        ---
                        %s\
                        """
                                .formatted(file, ROUTE));
        assertThat(told())
                .isEqualTo("2 documents, 1 of them made of old kinds: no problem found\n");
    }

    @Test
    void whatItPrintsIsValid() throws Exception {
        var file = file("old.yaml", DENIER + "---\n" + ROUTE);
        mesh("convert", "-f", file);
        var today = file("today.yaml", printed());
        out.reset();

        assertThat(mesh("validate", "--offline", "-f", today)).isZero();
        assertThat(printed()).contains("valid: ").doesNotContain("not valid", "error: ");
    }

    @Test
    void withAnErrorNothingIsPrintedAndTheProblemsReadAsThoseOfValidate() throws Exception {
        var file = file("old.yaml", DENIER + "---\n" + CHECKER);

        assertThat(mesh("convert", "-f", file)).isEqualTo(1);

        assertThat(printed()).isEmpty();
        assertThat(told())
                .startsWith(
                        "error: UnknownAdapter old.yaml:8 listchecker shop/white kind: this version lacks the adapter"
                                + " listchecker; write a rule with a denier")
                .endsWith("(IST0101)\nnothing is printed: 1 error\n");
    }

    @Test
    void aWarningIsToldAndTheRestIsPrinted() throws Exception {
        var file = file("old.yaml", DENIER + "---\n" + CHECKER.replace("listchecker", "stdio"));

        assertThat(mesh("convert", "-f", file)).isZero();

        assertThat(printed()).contains("compiledAdapter: denier").doesNotContain("stdio");
        assertThat(told())
                .startsWith("warning: ConvertedDifferently old.yaml:8 stdio shop/white kind: ")
                .endsWith("1 document, 1 of them made of old kinds: 1 warning\n");
    }

    @Test
    void jsonIsAListThatApplyReads() throws Exception {
        var file = file("old.yaml", DENIER + "---\n" + ROUTE);

        assertThat(mesh("convert", "-o", "json", "-f", file)).isZero();

        var list = Json.MAPPER.readTree(printed());
        assertThat(list.path("kind").asString()).isEqualTo("List");
        assertThat(list.path("items")).hasSize(2);
        assertThat(list.path("items").path(0).path("spec").path("compiledAdapter").asString())
                .isEqualTo("denier");
        var today = file("today.json", printed());
        assertThat(mesh("validate", "--offline", "-f", today)).isZero();
    }

    @Test
    void filesOfAFolderAreOneSet() throws Exception {
        file("a.yaml", DENIER);
        file(
                "b.yaml",
                """
                apiVersion: config.istio.io/v1alpha2
                kind: rule
                metadata: {name: r, namespace: shop}
                spec:
                  actions:
                  - {handler: deny.denier, instances: [nothing.checknothing]}
                """);
        file("c.yaml", DENIER.replace("denier", "checknothing").replace("deny", "nothing"));

        assertThat(mesh("convert", "-f", folder.toString())).isEqualTo(1);
        assertThat(told())
                .contains("checknothing shop/nothing spec.params.status: there is no such field");

        err.reset();
        file(
                "c.yaml",
                "apiVersion: config.istio.io/v1alpha2\nkind: checknothing\nmetadata: {name: nothing, namespace: shop}\n");
        assertThat(mesh("convert", "-f", folder.toString())).isZero();
        assertThat(printed()).contains("handler: deny\n", "- nothing\n");
    }

    @Test
    void readsTheStandardInput() {
        var before = System.in;
        System.setIn(new ByteArrayInputStream(DENIER.getBytes(StandardCharsets.UTF_8)));
        try {
            assertThat(mesh("convert", "-f", "-")).isZero();
        } finally {
            System.setIn(before);
        }
        assertThat(printed()).startsWith("# Made of denier shop/deny (stdin:1)\n");
    }

    @Test
    void theRootNamespaceCanBeNamed() throws Exception {
        var file =
                file(
                        "rbac.yaml",
                        """
                        apiVersion: rbac.istio.io/v1alpha1
                        kind: ClusterRbacConfig
                        metadata: {name: default}
                        spec: {mode: "ON"}
                        """);

        assertThat(mesh("convert", "-f", file, "--root-namespace", "mesh-root")).isZero();

        assertThat(printed()).contains("namespace: mesh-root");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "convert|Missing required option: '--file=FILE'",
                "convert -f nowhere.yaml|there is no file nowhere.yaml",
                "convert -f - -o jsn|jsn",
                "convert -f - --root-namespace Root|\"Root\" is no name of a namespace",
                "convrt -f a.yaml|did you mean convert"
            })
    void saysWhatIsMistyped(String line, String message) {
        assertThat(mesh(line.split(" "))).isPositive();
        assertThat(told()).contains(message);
    }

    @Test
    void validateTellsOfItWhereItMeetsAnOldKind() throws Exception {
        var file =
                file(
                        "old.yaml",
                        DENIER
                                + """
                                ---
                                apiVersion: networking.istio.io/v1alpha3
                                kind: EnvoyFilter
                                metadata: {name: a, namespace: shop}
                                spec:
                                  filters: [{filterName: envoy.cors, filterType: HTTP}]
                                """);

        assertThat(mesh("validate", "--offline", "-f", file)).isEqualTo(1);

        assertThat(printed())
                .contains(
                        "\"denier\" is a kind of the past; run: mesh convert -f <file>",
                        "spec.filters: the field \"filters\" is one of the past; run: mesh convert -f <file>");
    }

    @Test
    void textForAnotherProgramIsLeftAsItIs() throws Exception {
        var file = file("a.yaml", ROUTE.replace("mine", "mine \u200d"));

        assertThat(mesh("convert", "-f", file)).isZero();

        assertThat(printed()).startsWith("# mine \u200d\n");
        assertThat(told())
                .isEqualTo("1 document, none of them made of old kinds: no problem found\n");
    }
}
