package dev.quartet.galley.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.config.Kind;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.config.write.ResourceWriter;
import dev.quartet.testkit.SourceTree;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What a real apiserver makes of the definitions in `k8s/crds`, without any webhook.
@Tag("apiserver")
class CustomResourcesTest {
    @RegisterExtension static final TestCluster cluster = new TestCluster();

    @Test
    void areInForceAndStructural() {
        var definitions = cluster.definitionsOnServer();

        assertThat(definitions)
                .extracting(definition -> definition.getSpec().getNames().getKind())
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Kind.values())
                                .filter(kind -> kind.scope() != Kind.Scope.MESH)
                                .map(Kind::label)
                                .toList());
        assertThat(definitions)
                .allSatisfy(definition -> {
                    assertThat(TestCluster.condition(definition, "Established")).isEqualTo("True");
                    assertThat(TestCluster.condition(definition, "NamesAccepted"))
                            .isEqualTo("True");
                    assertThat(TestCluster.condition(definition, "NonStructuralSchema"))
                            .isNotEqualTo("True");
                });
    }

    static Stream<Path> samples() throws IOException {
        try (var files = Files.list(SourceTree.root().resolve("samples/bookshop"))) {
            return files.filter(file -> file.toString().endsWith(".yaml")).toList().stream();
        }
    }

    /// As by `kubectl apply -n shop`.
    @ParameterizedTest
    @MethodSource("samples")
    void takesTheSamplesAsTheyStand(Path file) {
        cluster.putIn("shop", TestCluster.text(file));
    }

    static Stream<Path> right() throws IOException {
        var cases = SourceTree.root().resolve("libs/config-model/src/test/resources/testdata");
        var right = new ArrayList<Path>();
        for (var folder : List.of("valid", "warned")) {
            try (var files = Files.list(cases.resolve(folder))) {
                files.filter(file -> !file.toString().endsWith(".problems")).forEach(right::add);
            }
        }
        return right.stream();
    }

    /// In the form that `mesh get` prints: a schema knows one spelling of a field only.
    @ParameterizedTest
    @MethodSource("right")
    void takesAllThatTheReaderTakes(Path file) {
        for (var resource :
                new ResourceReader()
                        .readYaml(file.toString(), TestCluster.text(file))
                        .plainResources()) {
            if (resource.key().kind().scope() != Kind.Scope.MESH) {
                cluster.put(inShop(ResourceWriter.yaml(resource)));
            }
        }
    }

    private static String inShop(String yaml) {
        return yaml.replaceFirst("(?m)^  namespace: .*$", "  namespace: shop");
    }

    @ParameterizedTest
    @MethodSource("versions")
    void servesEveryVersion(Kind kind, String version) {
        var list =
                cluster.client()
                        .genericKubernetesResources(kind.group() + "/" + version, kind.label())
                        .inAnyNamespace()
                        .list();

        assertThat(list.getItems()).isNotNull();
    }

    static Stream<Arguments> versions() {
        return Arrays.stream(Kind.values())
                .filter(kind -> kind.scope() != Kind.Scope.MESH)
                .flatMap(kind ->
                        kind.versions().stream().map(version -> Arguments.of(kind, version)));
    }

    @Test
    void takesNumbersInQuotesAndBothFormsOfDurations() {
        cluster.put(
                destinationRule(
                        "connectionPool: {tcp: {maxConnections: \"7\", connectTimeout: 1m30s}, http: {idleTimeout: 1.5s}}"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    an unknown field        | loadBalancing: {}                                       | unknown field "spec.trafficPolicy.loadBalancing"
                    a wrong value of an enum| loadBalancer: {simple: ROUND_ROBBIN}                    | spec.trafficPolicy.loadBalancer.simple: Unsupported value: "ROUND_ROBBIN": supported values: "UNSPECIFIED", "ROUND_ROBIN"
                    a wrong type            | connectionPool: [1]                                     | spec.trafficPolicy.connectionPool in body must be of type object
                    text for a number       | connectionPool: {tcp: {maxConnections: many}}           | spec.trafficPolicy.connectionPool.tcp.maxConnections in body should match
                    a fraction for a number | connectionPool: {tcp: {maxConnections: 1.5}}            | spec.trafficPolicy.connectionPool.tcp.maxConnections
                    no unit in a duration   | outlierDetection: {interval: "5"}                       | spec.trafficPolicy.outlierDetection.interval in body should match
                    a missing field         | tls: {sni: x}                                           | spec.trafficPolicy.tls.mode: Required value
                    two of a choice         | loadBalancer: {simple: RANDOM, consistentHash: {httpHeaderName: x}} | "spec.trafficPolicy.loadBalancer" must validate one and only one schema (oneOf)
                    """)
    void refusesWithTheFieldsName(String what, String policy, String words) {
        assertThatThrownBy(() -> cluster.put(destinationRule(policy)))
                .as(what)
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining(words);
    }

    @Test
    void refusesTwoWaysToMatch() {
        assertThatThrownBy(() ->
                        cluster.put(
                                """
                                apiVersion: networking.istio.io/v1
                                kind: VirtualService
                                metadata: {name: bad, namespace: shop}
                                spec:
                                  hosts: [reviews]
                                  http:
                                  - match: [{uri: {exact: /a, prefix: /b}}]
                                    route: [{destination: {host: reviews}}]
                                """))
                .hasMessageContaining("spec.http[0].match[0].uri: Too many: 2");
    }

    @Test
    void keepsAHandlersParametersAsTheyAre() {
        cluster.put(
                """
                apiVersion: config.istio.io/v1alpha2
                kind: handler
                metadata: {name: free, namespace: shop}
                spec:
                  compiledAdapter: listchecker
                  params: {overrides: [a, 1, {deep: true}], blacklist: false}
                """);

        assertThat(
                        cluster.get("config.istio.io/v1alpha2", "handler", "shop", "free")
                                .<List<?>>get("spec", "params", "overrides"))
                .hasSize(3);
    }

    private static String destinationRule(String policy) {
        return """
        apiVersion: networking.istio.io/v1beta1
        kind: DestinationRule
        metadata: {name: one, namespace: shop}
        spec:
          host: reviews
          trafficPolicy:
            %s
        """
                .formatted(policy);
    }
}
