package dev.quartet.galley;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.kube.ConfigObjects;
import dev.quartet.galley.kube.TestCluster;
import dev.quartet.kube.Leadership;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Changes by REST where config lives in a real apiserver, which asks the same Galley's webhook; with the rights that
/// `k8s/galley` gives.
@Tag("apiserver")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WritesOnKubernetesTest {
    private static final String APPLY = "/admin/v1/config/apply";
    private static final String REVISIONS = "/admin/v1/config/revisions";

    /// The rule first: by itself it names what is not there.
    private static final String POLICY =
            """
            apiVersion: config.istio.io/v1alpha2
            kind: rule
            metadata: {name: deny-reviews, namespace: shop}
            spec:
              match: destination.labels["app"] == "reviews"
              actions:
              - handler: deny
                instances: [nothing]
            ---
            apiVersion: config.istio.io/v1alpha2
            kind: handler
            metadata: {name: deny, namespace: shop}
            spec:
              compiledAdapter: denier
              params: {status: {code: 7, message: closed}}
            ---
            apiVersion: config.istio.io/v1alpha2
            kind: instance
            metadata: {name: nothing, namespace: shop}
            spec: {compiledTemplate: checknothing}
            """;

    @RegisterExtension static final TestCluster cluster = new TestCluster();
    private JudgingGalley galley;
    private GalleyRest rest;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        galley = JudgingGalley.start(cluster, folder);
        galley.giveToken();
        rest = galley.rest();
        await().atMost(TestCluster.LIMIT).until(this::isJudged);
        await().atMost(TestCluster.LIMIT)
                .until(() -> galley.context().getBean(Leadership.class).term().isPresent());
    }

    /// Whether the apiserver asks the webhook by now.
    private boolean isJudged() {
        try {
            cluster.put(route("probe", "-1s"));
            return false;
        } catch (KubernetesClientException e) {
            return String.valueOf(e.getMessage()).contains("denied the request");
        }
    }

    @AfterAll
    void stop() {
        if (galley != null) {
            galley.close();
        }
    }

    @AfterEach
    void clean() throws Exception {
        rest.post("/admin/v1/config/delete", "application/yaml", POLICY);
        cluster.client()
                .genericKubernetesResources("networking.istio.io/v1", "VirtualService")
                .inNamespace("shop")
                .delete();
        await().atMost(TestCluster.LIMIT)
                .until(() ->
                        rest.getJson("/admin/v1/config?kind=VirtualService")
                                .path("items")
                                .isEmpty());
    }

    /// In the version that other tools may still write.
    private static String route(String name, String timeout) {
        return TestDocuments.route(name, timeout).replace("io/v1\n", "io/v1beta1\n");
    }

    private static String path(String name) {
        return "/admin/v1/config/VirtualService/shop/" + name;
    }

    private Optional<GenericKubernetesResource> stored(Kind kind, String name) {
        return Optional.ofNullable(
                ConfigObjects.at(cluster.client(), new ResourceKey(kind, "shop", name)).get());
    }

    private JsonNode newest() throws Exception {
        return rest.getJson(REVISIONS + "?limit=1").path("revisions").get(0);
    }

    private static List<String> names(JsonNode resources) {
        return resources.values().stream().map(it -> it.path("name").stringValue()).toList();
    }

    @Test
    void appliesManyAsOneAndRecordsIt() throws Exception {
        var answer =
                GalleyRest.json(
                        rest.post(
                                APPLY + "?message=close%20reviews",
                                "application/yaml",
                                POLICY,
                                "X-Quartet-Author",
                                "ann"));

        assertThat(names(answer.path("created")))
                .containsExactlyInAnyOrder("deny-reviews", "deny", "nothing");
        assertThat(stored(Kind.RULE, "deny-reviews")).isPresent();
        assertThat(stored(Kind.HANDLER, "deny").orElseThrow().getMetadata().getAnnotations())
                .containsKey("quartet.dev/batch");
        assertThat(rest.getJson("/admin/v1/config").path("revision"))
                .isEqualTo(answer.path("revision"));
        var revision = newest();
        assertThat(revision.path("number")).isEqualTo(answer.path("number"));
        assertThat(revision.path("id")).isEqualTo(answer.path("revision"));
        assertThat(revision.path("change").stringValue()).isEqualTo("apply");
        assertThat(revision.path("claimedAuthor").stringValue()).isEqualTo("ann");
        assertThat(revision.path("message").stringValue()).isEqualTo("close reviews");
        assertThat(names(revision.path("created"))).hasSize(3);
        assertThat(
                        rest.get(
                                        REVISIONS + "/" + answer.path("number") + "/diff",
                                        "Accept",
                                        "text/plain")
                                .body())
                .contains("+++ b/handler/shop/deny.yaml")
                .doesNotContain("quartet.dev/batch");

        var deleted =
                GalleyRest.json(rest.post("/admin/v1/config/delete", "application/yaml", POLICY));
        assertThat(names(deleted.path("deleted"))).hasSize(3);
        assertThat(stored(Kind.HANDLER, "deny")).isEmpty();
    }

    @Test
    void putsGetsAndDeletesOneUnderItsVersion() throws Exception {
        var created = rest.put(path("one"), route("one", "1s"), "If-None-Match", "*");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        var first = created.headers().firstValue("ETag").orElseThrow();
        assertThat(rest.get(path("one")).headers().firstValue("ETag")).hasValue(first);
        assertThat(rest.put(path("one"), route("one", "2s"), "If-None-Match", "*").statusCode())
                .isEqualTo(412);

        var changed = rest.put(path("one"), route("one", "2s"), "If-Match", first);
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        var stale = rest.put(path("one"), route("one", "3s"), "If-Match", first);
        assertThat(stale.statusCode()).isEqualTo(412);
        assertThat(GalleyRest.detail(stale)).contains("is in force in version");

        cluster.put(route("one", "4s")); // kubectl
        await().atMost(TestCluster.LIMIT).until(() -> rest.get(path("one")).body().contains("4s"));
        var second = changed.headers().firstValue("ETag").orElseThrow();
        assertThat(rest.delete(path("one"), "If-Match", second).statusCode()).isEqualTo(412);
        assertThat(rest.delete(path("one") + "?dryRun=true").statusCode()).isEqualTo(200);
        assertThat(stored(Kind.VIRTUAL_SERVICE, "one")).isPresent();
        assertThat(rest.delete(path("one")).statusCode()).isEqualTo(200);
        assertThat(stored(Kind.VIRTUAL_SERVICE, "one")).isEmpty();
        assertThat(rest.get(path("one")).statusCode()).isEqualTo(404);
    }

    @Test
    void whatGalleyOrTheApiserverRefusesIsNotThereInPart() throws Exception {
        var invalid =
                rest.post(
                        APPLY,
                        "application/yaml",
                        route("good", "1s") + "---\n" + route("bad", "-1s"));
        assertThat(invalid.statusCode()).isEqualTo(422);
        assertThat(invalid.body()).contains("spec.http[0].timeout", "\"line\":");

        var nowhere =
                rest.post(
                        APPLY + "?file=shop.yaml",
                        "application/yaml",
                        route("good", "1s")
                                + "---\n"
                                + route("lost", "1s")
                                        .replace("namespace: shop", "namespace: no-such-place"));
        assertThat(nowhere.statusCode()).as(nowhere.body()).isEqualTo(409);
        assertThat(GalleyRest.detail(nowhere))
                .startsWith(
                        "nothing was applied: kube-apiserver refuses VirtualService no-such-place/lost: ")
                .contains("namespaces \"no-such-place\" not found");

        var settings =
                rest.post(
                        APPLY,
                        "application/yaml",
                        """
                        apiVersion: mesh.istio.io/v1alpha1
                        kind: MeshConfig
                        metadata: {name: mesh, namespace: istio-system}
                        spec: {trustDomain: other}
                        """);
        assertThat(settings.statusCode()).as(settings.body()).isEqualTo(409);
        assertThat(GalleyRest.detail(settings)).contains("ConfigMap istio", "kubectl");

        assertThat(stored(Kind.VIRTUAL_SERVICE, "good")).isEmpty();
        assertThat(rest.getJson("/admin/v1/config?kind=VirtualService").path("items")).isEmpty();
    }

    /// Helm's marks, somebody's finalizer, the version of the API that others write.
    @Test
    void leavesOnAnObjectWhatOtherToolsKeepThere() throws Exception {
        var marked =
                route("marked", "1s")
                        .replace(
                                "namespace: shop}",
                                "namespace: shop, labels: {team: shop}, annotations: {meta.helm.sh/release-name: shop}}");
        cluster.put(marked);
        await().atMost(TestCluster.LIMIT).until(() -> rest.get(path("marked")).statusCode() == 200);

        var preview =
                rest.post(
                        "/admin/v1/config/diff",
                        "application/yaml",
                        route("marked", "2s"),
                        "Accept",
                        "text/plain");
        assertThat(preview.body())
                .contains("-    timeout: \"1s\"", "+    timeout: \"2s\"")
                .doesNotContain("-    meta.helm.sh");
        GalleyRest.json(rest.put(path("marked"), route("marked", "2s")));

        var metadata = stored(Kind.VIRTUAL_SERVICE, "marked").orElseThrow().getMetadata();
        assertThat(metadata.getLabels()).containsEntry("team", "shop");
        assertThat(metadata.getAnnotations()).containsEntry("meta.helm.sh/release-name", "shop");
    }

    @Test
    void rollsBackWhatRestAndOthersHaveChanged() throws Exception {
        var first = rest.apply(route("a", "1s") + "---\n" + route("b", "1s"));
        rest.apply(route("a", "2s"));
        cluster.put(route("c", "3s")); // kubectl
        cluster.client().resource(stored(Kind.VIRTUAL_SERVICE, "b").orElseThrow()).delete();
        await().atMost(TestCluster.LIMIT)
                .until(() -> newest().path("change").stringValue().equals("kubernetes"));
        var byOthers = newest();
        assertThat(names(byOthers.path("created"))).containsExactly("c");
        assertThat(names(byOthers.path("deleted"))).containsExactly("b");
        assertThat(byOthers.path("author").stringValue()).isEqualTo("kubernetes");
        assertThat(
                        rest.get(
                                        REVISIONS
                                                + "/"
                                                + first.path("number")
                                                + "/diff?to="
                                                + byOthers.path("number"),
                                        "Accept",
                                        "text/plain")
                                .body())
                .contains("--- a/VirtualService/shop/b.yaml", "+    timeout: \"2s\"");

        var back = rollback(first.path("number").toString(), "");
        GalleyRest.json(rollback(first.path("number").toString(), "?dryRun=true"));
        assertThat(back.statusCode()).as(back.body()).isEqualTo(200);

        assertThat(stored(Kind.VIRTUAL_SERVICE, "c")).isEmpty();
        assertThat(stored(Kind.VIRTUAL_SERVICE, "b")).isPresent();
        assertThat(rest.get(path("a")).body()).contains("1s");
        assertThat(GalleyRest.json(back).path("revision")).isEqualTo(first.path("revision"));
        assertThat(newest().path("change").stringValue()).isEqualTo("rollback");
        assertThat(newest().path("message").stringValue()).startsWith("rollback to ");
    }

    private HttpResponse<String> rollback(String number, String query) throws Exception {
        return rest.send(
                rest.request("/admin/v1/config/rollback" + query)
                        .header("Content-Type", "application/json")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        "{\"revision\": \"" + number + "\"}")));
    }

    @Test
    void keepsTheLastTwentyRevisions() throws Exception {
        for (int seconds = 1; seconds <= 21; seconds++) {
            rest.apply(route("many", seconds + "s"));
        }
        var last = rest.apply(route("many", "22s"));

        var revisions = rest.getJson(REVISIONS).path("revisions");
        assertThat(revisions).hasSize(20);
        assertThat(revisions.get(0).path("number")).isEqualTo(last.path("number"));
        var oldest = revisions.get(19).path("number").asLong();
        assertThat(rest.get(REVISIONS + "/" + oldest, "Accept", "application/yaml").body())
                .contains("timeout: \"3s\"");
        assertThat(GalleyRest.detail(rest.get(REVISIONS + "/" + (oldest - 1))))
                .contains("galley has no revision", "it has " + oldest + " to ");
        assertThat(
                        cluster
                                .client()
                                .secrets()
                                .inNamespace("istio-system")
                                .list()
                                .getItems()
                                .stream()
                                .filter(it ->
                                        it.getMetadata()
                                                .getName()
                                                .startsWith("istio-galley-revision-")))
                .hasSize(20);
    }

    /// Where an older Galley's manifests are in force.
    @Test
    void withoutTheRightItSaysSoAndConfigGoesOn() throws Exception {
        var role =
                cluster.client()
                        .rbac()
                        .roles()
                        .inNamespace("istio-system")
                        .withName("istio-galley");
        var right = role.get();
        role.edit(found -> {
            found.getRules().removeIf(rule -> rule.getResources().contains("secrets"));
            return found;
        });
        try {
            await().atMost(TestCluster.LIMIT)
                    .untilAsserted(() -> {
                        var refused = rest.put(path("by-rest"), route("by-rest", "1s"));
                        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(409);
                        assertThat(GalleyRest.detail(refused))
                                .contains("Galley has not the right", "apply k8s/galley");
                    });
            cluster.put(route("by-kubectl", "1s"));
            await().atMost(TestCluster.LIMIT)
                    .until(() -> rest.get(path("by-kubectl")).statusCode() == 200);
        } finally {
            role.edit(found -> {
                found.setRules(right.getRules());
                return found;
            });
        }
        await().atMost(TestCluster.LIMIT)
                .until(() -> rest.put(path("by-rest"), route("by-rest", "1s")).statusCode() < 300);
    }
}
