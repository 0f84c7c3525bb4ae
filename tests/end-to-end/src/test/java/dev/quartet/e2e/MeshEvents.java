package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.identity.IdentitySettings;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.testkit.Folders;
import dev.quartet.testkit.Load;
import dev.quartet.testkit.MeshUnderTest;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;

/// What an operator wants to see on a dashboard, made to happen: requests that are answered, refused by policy and without a
/// healthy endpoint; config that is applied, refused, read from a file, and rejected by a proxy; certificates given and
/// refused; a proxy that starts; pods with a sidecar, without one, and refused.
final class MeshEvents implements AutoCloseable {
    private static final String NOBODY = "x-nobody";
    private static final String RATINGS =
            """
            apiVersion: networking.istio.io/v1alpha3
            kind: DestinationRule
            metadata: {name: ratings, namespace: shop}
            spec:
              host: ratings.shop.svc.cluster.local
              subsets: [{name: nobody, labels: {version: v77}}]
            ---
            apiVersion: networking.istio.io/v1alpha3
            kind: VirtualService
            metadata: {name: ratings, namespace: shop}
            spec:
              hosts: [ratings.shop.svc.cluster.local]
              http:
              - match: [{headers: {%s: {exact: "yes"}}}]
                route: [{destination: {host: ratings.shop.svc.cluster.local, subset: nobody}}]
              - route: [{destination: {host: ratings.shop.svc.cluster.local}}]
            """
                    .formatted(NOBODY);
    private static final String DETAILS =
            """
            apiVersion: networking.istio.io/v1alpha3
            kind: VirtualService
            metadata: {name: details, namespace: shop}
            spec:
              hosts: [details.shop.svc.cluster.local]
              http: [{timeout: %ds, route: [{destination: {host: details.shop.svc.cluster.local}}]}]
            """;
    private static final String REVIEW =
            """
            {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
              "uid": "1", "kind": {"group": "", "version": "v1", "kind": "Pod"}, "namespace": "shop", "operation": "CREATE",
              "object": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "annotations": {%s}},
                "spec": {"containers": [{"name": "a", "image": "a"}]}}}}
            """;

    /// A proxy that starts asks Citadel anew. It takes some seconds, so not every time; more than a scrape's interval apart.
    private static final int ROUNDS_PER_RESTART = 6;

    private final MeshUnderTest mesh;
    private final ServerSocket taken;
    private final Load failing;
    private int times;

    private MeshEvents(MeshUnderTest mesh, ServerSocket taken, Load failing) {
        this.mesh = mesh;
        this.taken = taken;
        this.failing = failing;
    }

    static MeshEvents begin(MeshUnderTest mesh) throws IOException {
        mesh.applyText("ratings.yaml", RATINGS).orFail();
        mesh.applyText("deny.yaml", deny("closed")).orFail();
        var failing =
                Load.start(
                        mesh.outboundProxy("reviews-v2"),
                        "/ratings/1",
                        Shop.to("ratings", Map.of(NOBODY, "yes")),
                        1,
                        Duration.ofMillis(100));
        return new MeshEvents(
                mesh, new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0")), failing);
    }

    /// Everything once more: a counter that appears with its first event grows only with the second.
    void again() throws IOException, InterruptedException {
        times++;
        apply(DETAILS.formatted(times), 200);
        apply(deny("closed for the " + times + "th time"), 200);
        apply(DETAILS.replace("%ds", "soon"), 422);
        apply(gateway(), 200);
        delete("Gateway", "taken");
        Files.writeString(
                mesh.home().resolve("config/events.yaml"),
                Shop.allReviewsTo("v" + (1 + times % 3)));
        certificates();
        admissions();
        if (times % ROUNDS_PER_RESTART == 1) {
            mesh.restart("proxy-ratings-v1").orFail();
        }
    }

    private void apply(String yaml, int status) {
        var answer = mesh.rest("galley", "POST", "/admin/v1/config/apply", ApplyIT.json(yaml));
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    }

    private void delete(String kind, String name) {
        mesh.rest("galley", "DELETE", "/admin/v1/config/" + kind + "/shop/" + name, null);
    }

    private static String deny(String words) throws IOException {
        return Files.readString(SourceTree.root().resolve("samples/bookshop/deny-reviews-v3.yaml"))
                .replace("reviews v3 is closed today", words);
    }

    /// A listener whose port somebody else has.
    private String gateway() {
        return """
        apiVersion: networking.istio.io/v1alpha3
        kind: Gateway
        metadata: {name: taken, namespace: shop}
        spec:
          selector: {istio: ingressgateway}
          servers: [{port: {number: %d, name: http, protocol: HTTP}, hosts: ["*"]}]
        """
                .formatted(taken.getLocalPort());
    }

    private void certificates() throws IOException, InterruptedException {
        Caller.of(mesh, "shop", "details").close();
        var folder = Files.createTempDirectory("stranger");
        var token = Files.writeString(folder.resolve("token"), "not-a-token");
        try (var stranger =
                ServiceIdentity.start(
                        new IdentitySettings(
                                folder.resolve("state"),
                                "cluster.local",
                                "shop",
                                "details",
                                token,
                                Caller.trust(mesh, "shop", "details").resolve("root-cert.pem"),
                                "127.0.0.1:" + mesh.port(8060)),
                        Clock.systemUTC())) {
            await().until(() -> stranger.failures() > 0);
        } finally {
            Folders.delete(folder);
        }
    }

    private void admissions() {
        assertThat(mesh.admission(REVIEW.formatted(""))).contains("JSONPatch");
        assertThat(mesh.admission(REVIEW.formatted("\"sidecar.istio.io/inject\": \"false\"")))
                .contains("\"allowed\":true")
                .doesNotContain("JSONPatch");
        assertThat(
                        mesh.admission(
                                REVIEW.formatted(
                                        "\"traffic.sidecar.istio.io/excludeInboundPorts\": \"x\"")))
                .contains("\"allowed\":false");
    }

    @Override
    public void close() throws IOException {
        failing.close();
        taken.close();
        Files.deleteIfExists(mesh.home().resolve("config/events.yaml"));
        Applied.clear(mesh);
    }
}
