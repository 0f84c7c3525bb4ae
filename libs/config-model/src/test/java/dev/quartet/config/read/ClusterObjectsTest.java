package dev.quartet.config.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.Subject;
import dev.quartet.config.Tree;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterObjectsTest {
    private static final String POLICY =
            """
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: a, namespace: shop}
            """;

    private final ResourceReader reader = new ResourceReader("shop");

    private ReadDocuments read(String text) {
        return reader.readDocuments("all.yaml", text);
    }

    @Test
    void objectsOfKubernetesAreSetAsideWithTheirLines() {
        var read =
                read(
                        POLICY
                                + """
                                ---
                                apiVersion: v1
                                kind: Service
                                metadata: {name: reviews, labels: {app: reviews}}
                                spec:
                                  ports:
                                  - port: 9080
                                """);

        assertThat(read.result().problems()).isEmpty();
        assertThat(read.result().resources()).hasSize(1);
        assertThat(read.objects()).hasSize(1);
        var service = read.objects().getFirst();
        assertThat(service.subject()).isEqualTo(new Subject("Service", "shop", "reviews"));
        assertThat(service.labels()).containsEntry("app", "reviews");
        assertThat(service.positionOf(FieldPath.SPEC.field("ports").index(0).field("port")))
                .hasToString("all.yaml:10");
    }

    @Test
    void objectsMayStandInLists() {
        var read =
                read(
                        """
                        {"apiVersion": "v1", "kind": "List", "items": [
                          {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
                          {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"generateName": "a-"}}]}
                        """);

        assertThat(read.objects())
                .extracting(ClusterObject::subject)
                .containsExactly(
                        new Subject("Namespace", "", "shop"),
                        new Subject("Deployment", "shop", "a-"));
    }

    @Test
    void noValueOfASecretIsKept() {
        var read =
                read(
                        """
                        apiVersion: v1
                        kind: Secret
                        metadata: {name: a}
                        data: {tls.key: aHVzaA==}
                        stringData: {tls.crt: hush}
                        """);

        var secret = read.objects().getFirst();
        assertThat(secret.body())
                .isEqualTo(
                        new Tree.Fields(
                                Map.of(
                                        "data",
                                        new Tree.Fields(
                                                Map.of(
                                                        "tls.key",
                                                        new Tree.Null(),
                                                        "tls.crt",
                                                        new Tree.Null())))));
        assertThat(secret.toString()).doesNotContain("hush", "aHVzaA");
        assertThat(secret.lines()).isSameAs(FieldLines.NONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}",
                "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: a}}",
                "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}}"
            })
    void otherObjectsOfKubernetesArePassedOver(String text) {
        var read = read(text);

        assertThat(read.objects()).isEmpty();
        assertThat(read.result().problems()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{apiVersion: networking.istio.io/v1, kind: VirtualServise, metadata: {name: a}}",
                "{apiVersion: networking.itsio.io/v1, kind: VirtualService, metadata: {name: a}}",
                "{apiVersion: v1, kind: VirtualService, metadata: {name: a}}",
                "{kind: Service, metadata: {name: a}}",
                "{apiVersion: v1, metadata: {name: a}}"
            })
    void whatIsMisspeltIsNotPassedOver(String text) {
        assertThat(read(text).result().problems())
                .extracting(problem -> problem.reason())
                .containsExactly(Reason.UNKNOWN_KIND);
    }

    @Test
    void otherDoorsRefuseObjectsOfKubernetes() {
        assertThat(
                        reader.readYaml(
                                        "all.yaml",
                                        "{apiVersion: v1, kind: Service, metadata: {name: a}}")
                                .problems())
                .extracting(problem -> problem.reason())
                .containsExactly(Reason.UNKNOWN_KIND);
    }

    @Test
    void whatDoesNotFitIsLeftOut() {
        var read =
                read(
                        """
                        apiVersion: v1
                        kind: Service
                        metadata: {name: [a], labels: {a: 1, b: x}, annotations: none}
                        spec: 7
                        """);

        assertThat(read.result().problems()).isEmpty();
        assertThat(read.objects().getFirst().labels()).containsOnlyKeys("b");
        assertThat(read.objects().getFirst().annotations()).isEmpty();
    }
}
