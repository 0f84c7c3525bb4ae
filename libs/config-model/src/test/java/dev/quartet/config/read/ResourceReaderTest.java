package dev.quartet.config.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Position;
import dev.quartet.config.Reason;
import dev.quartet.config.Tree;
import dev.quartet.config.check.ConfigSetChecker;
import dev.quartet.config.check.ConfigSetChecker.KnownService;
import dev.quartet.config.mixer.Handler;
import dev.quartet.config.networking.StringMatch;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.security.PeerAuthentication;
import dev.quartet.config.write.CanonicalJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResourceReaderTest {
    private static final String ROUTE =
            """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata:
              name: reviews
            spec:
              hosts: [reviews]
              http:
                - match:
                    - headers:
                        end-user:
                          exact: jason
                  route:
                    - destination:
                        host: reviews
                        subset: v2
                  timeout: 1.5s
            """;

    private final ResourceReader reader = new ResourceReader();

    @Test
    void knowsTheLineOfEveryField() {
        var read = reader.readYaml("a.yaml", "# one\n---\n" + ROUTE).resources().getFirst();
        var http = FieldPath.SPEC.field("http").index(0);

        assertThat(read.position()).isEqualTo(new Position("a.yaml", 3));
        assertThat(read.positionOf(http.field("match").index(0).field("headers").key("end-user")))
                .contains(new Position("a.yaml", 12));
        assertThat(
                        read.positionOf(
                                http.field("route").index(0).field("destination").field("subset")))
                .contains(new Position("a.yaml", 17));
        assertThat(read.positionOf(http.field("retries").field("attempts")))
                .contains(new Position("a.yaml", 10));
        assertThat(read.positionOf(FieldPath.ROOT)).contains(new Position("a.yaml", 3));
    }

    @Test
    void readsTypedValues() {
        var spec =
                reader.readYaml("a.yaml", ROUTE)
                        .plainResources()
                        .getFirst()
                        .as(VirtualService.class)
                        .spec();

        var route = spec.http().getFirst();
        assertThat(route.timeout()).isEqualTo(Duration.ofMillis(1500));
        assertThat(route.match().getFirst().headers())
                .containsEntry("end-user", new StringMatch.Exact("jason"));
        assertThat(route.redirect()).isNull();
    }

    @Test
    void readsEveryVersionAlike() {
        var read =
                Kind.VIRTUAL_SERVICE.versions().stream()
                        .map(version ->
                                reader.readYaml("a.yaml", ROUTE.replace("/v1", "/" + version))
                                        .plainResources())
                        .distinct();

        assertThat(read).hasSize(1);
    }

    @Test
    void putsResourcesWithoutANamespaceIntoTheGivenOne() {
        var inShop =
                new ResourceReader("shop").readYaml("a.yaml", ROUTE).plainResources().getFirst();

        assertThat(inShop.key().toString()).isEqualTo("VirtualService shop/reviews");
        assertThat(reader.readYaml("a.yaml", ROUTE).plainResources().getFirst().namespace())
                .isEqualTo("default");
    }

    @Test
    void givesTheSameVersionToTheSameContentOnly() {
        var first = reader.readYaml("a.yaml", ROUTE).plainResources().getFirst();
        var sameInAnotherForm =
                ROUTE.replace("1.5s", "1500ms").replace("[reviews]", "\n    - reviews");
        var labelled = ROUTE.replace("  name: reviews", "  name: reviews\n  labels: {a: b}");

        assertThat(reader.readYaml("b.yaml", sameInAnotherForm).plainResources())
                .isEqualTo(List.of(first));
        assertThat(reader.readYaml("b.yaml", labelled).plainResources().getFirst().version())
                .isNotEqualTo(first.version());
    }

    @Test
    void writesCanonicalJson() {
        var spec = reader.readYaml("a.yaml", ROUTE).plainResources().getFirst().spec();

        assertThat(new String(CanonicalJson.write(spec), StandardCharsets.UTF_8))
                .isEqualTo(
                        "{\"hosts\":[\"reviews\"],\"http\":[{\"match\":[{\"headers\":{\"end-user\":{\"exact\":\"jason\"}}}],"
                                + "\"route\":[{\"destination\":{\"host\":\"reviews\",\"subset\":\"v2\"}}],\"timeout\":\"1.500s\"}]}");
    }

    @Test
    void keepsParametersAsATree() {
        var json =
                "{\"compiledAdapter\":\"denier\",\"params\":{\"b\":1.50,\"a\":[true,null,\"x\"]}}";

        var handler =
                reader.readJson(
                        Kind.HANDLER,
                        "shop/a",
                        Map.of(),
                        Map.of(),
                        json.getBytes(StandardCharsets.UTF_8));

        assertThat(handler.as(Handler.class).spec().params())
                .isEqualTo(
                        new Tree.Fields(
                                Map.of(
                                        "a",
                                        new Tree.Items(
                                                List.of(
                                                        new Tree.Bool(true),
                                                        new Tree.Null(),
                                                        new Tree.Text("x"))),
                                        "b",
                                        Tree.Num.of(1.5))));
    }

    @Test
    void saysEverythingThatIsWrongWithJson() {
        var json = "{\"hosts\":\"a\",\"htpp\":[]}".getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() ->
                        reader.readJson(Kind.VIRTUAL_SERVICE, "shop/a", Map.of(), Map.of(), json))
                .isInstanceOfSatisfying(
                        UnreadableResourceException.class,
                        e ->
                                assertThat(e.problems())
                                        .extracting(problem -> problem.reason())
                                        .containsExactlyInAnyOrder(
                                                Reason.WRONG_TYPE, Reason.UNKNOWN_FIELD));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../a", "a/../b", "a/b/c", "", "/", "a/", "A/b", "a/b\u0000", "а/b"})
    void refusesNamesThatAreNone(String name) {
        assertThatThrownBy(() ->
                        reader.readJson(
                                Kind.PEER_AUTHENTICATION,
                                name,
                                Map.of(),
                                Map.of(),
                                "{}".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(UnreadableResourceException.class);
    }

    @Test
    void refusesMoreTextThanItsLimit() {
        var result = reader.readYaml("a.yaml", "#".repeat(Limits.MAX_BYTES + 1));

        assertThat(result.problems())
                .extracting(problem -> problem.reason())
                .containsExactly(Reason.MALFORMED_YAML);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "---\na\n",
                "{\"kind\": 1}\n",
                "--- {kind: VirtualService, apiVersion: networking.istio.io/v1, metadata: {name: a}, b: 1}\n"
            })
    void stopsAtAThousandProblems(String document) {
        var problems = reader.readYaml("a.yaml", document.repeat(20_000)).problems();

        assertThat(problems).hasSize(Limits.MAX_PROBLEMS + 1);
        assertThat(problems.getLast().fault()).contains("what comes after is not read");
    }

    @Test
    void readsNothingFromNothing() {
        for (var text : List.of("", "\n", "---\n", "# only a comment\n---\n---\n")) {
            assertThat(reader.readYaml("a.yaml", text))
                    .isEqualTo(new ReadResult(List.of(), List.of()));
        }
    }

    @Test
    void tellsUnsetFromEmpty() {
        var text =
                """
                apiVersion: security.istio.io/v1
                kind: PeerAuthentication
                metadata: {name: a}
                spec: {mtls: {}}
                """;

        var spec =
                reader.readYaml("a.yaml", text)
                        .plainResources()
                        .getFirst()
                        .as(PeerAuthentication.class)
                        .spec();

        assertThat(spec.selector()).isNull();
        assertThat(spec.mtls()).isEqualTo(new PeerAuthentication.MutualTls(null));
    }

    @Test
    void knowsServicesFromElsewhere() {
        var resources =
                reader.readYaml("a.yaml", ROUTE.replace("                        subset: v2\n", ""))
                        .resources();

        assertThat(ConfigSetChecker.checkRead(resources, List.of()))
                .extracting(problem -> problem.reason())
                .contains(Reason.HOST_NOT_FOUND);
        var known = new KnownService("reviews.default.svc.cluster.local", Set.of(9080));
        assertThat(ConfigSetChecker.checkRead(resources, List.of(known)))
                .extracting(problem -> problem.reason())
                .doesNotContain(Reason.HOST_NOT_FOUND);
    }

    @Test
    void isSafeForManyThreads() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var tasks =
                    IntStream.range(0, 200)
                            .<Callable<String>>mapToObj(i ->
                                    () ->
                                            reader.readYaml("a.yaml", ROUTE)
                                                    .plainResources()
                                                    .getFirst()
                                                    .version())
                            .toList();

            var versions =
                    threads.invokeAll(tasks).stream().map(future -> future.resultNow()).distinct();

            assertThat(versions).hasSize(1);
        }
    }
}
