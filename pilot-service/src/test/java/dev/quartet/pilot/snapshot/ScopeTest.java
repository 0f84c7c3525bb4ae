package dev.quartet.pilot.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.Meshes;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScopeTest {
    private static final String SECRET =
            service("secret", "bank", "exportTo: [\".\"]") + service("open", "bank", "");

    @Test
    void whatIsNotExportedIsSeenAtHomeOnly() {
        var mesh = mesh(SECRET);

        assertThat(scope(mesh, "bank").services())
                .containsOnlyKeys("open.example.com", "secret.example.com");
        assertThat(scope(mesh, "shop").services()).containsOnlyKeys("open.example.com");
    }

    @Test
    void namesOfNamespacesAreWhoSeesIt() {
        var mesh = mesh(service("some", "bank", "exportTo: [shop, other]"));

        assertThat(scope(mesh, "shop").services()).containsOnlyKeys("some.example.com");
        assertThat(scope(mesh, "third").services()).isEmpty();
    }

    @Test
    void ofTwoServicesOfAHostANamespaceHasItsOwn() {
        var mesh =
                mesh(
                        service("api", "a-public", "")
                                + service("api", "shop", "exportTo: [\".\"]")
                                + service("api", "zoo", ""));

        assertThat(scope(mesh, "shop").services()).containsEntry("api.example.com", "shop");
        assertThat(scope(mesh, "bank").services()).containsEntry("api.example.com", "a-public");
    }

    @Test
    void theMeshSaysWhoSeesWhatDoesNotSayIt() {
        var mesh =
                mesh(
                        """
                        ---
                        apiVersion: mesh.istio.io/v1alpha1
                        kind: MeshConfig
                        metadata: {name: istio, namespace: istio-system}
                        spec: {defaultServiceExportTo: ["."], defaultVirtualServiceExportTo: ["."]}
                        """
                                + service("api", "bank", "")
                                + routes("routes", "bank", "api.example.com", "")
                                + routes("all", "bank", "all.example.com", "exportTo: [\"*\"]"));

        assertThat(scope(mesh, "bank").services()).containsOnlyKeys("api.example.com");
        assertThat(scope(mesh, "shop").services()).isEmpty();
        assertThat(scope(mesh, "bank").egress().getFirst().routes())
                .containsOnlyKeys("api.example.com", "all.example.com");
        assertThat(scope(mesh, "shop").egress().getFirst().routes())
                .containsOnlyKeys("all.example.com");
    }

    @Test
    void aHostIsRoutedByWhoNamesItElseByTheLongestWildcard() {
        var mesh =
                mesh(
                        service("a", "shop", "")
                                + service("b", "shop", "")
                                + service("c.deep", "shop", "")
                                + routes("exact", "shop", "a.example.com", "")
                                + routes("longer", "shop", "\"*.deep.example.com\"", "")
                                + routes("wild", "shop", "\"*.example.com\"", ""));

        assertThat(routing(mesh, "shop", "a.example.com")).isEqualTo("exact");
        assertThat(routing(mesh, "shop", "b.example.com")).isEqualTo("wild");
        assertThat(routing(mesh, "shop", "c.deep.example.com")).isEqualTo("longer");
        assertThat(routing(mesh, "shop", "*.example.com")).isEqualTo("wild");
    }

    @Test
    void aNamespacesPrivateRoutesGoBeforeThoseThatAllSee() {
        var mesh =
                mesh(
                        routes("a", "bank", "a.example.com", "")
                                + routes("z", "shop", "a.example.com", "exportTo: [\".\"]"));

        assertThat(routing(mesh, "shop", "a.example.com")).isEqualTo("z");
        assertThat(routing(mesh, "bank", "a.example.com")).isEqualTo("a");
    }

    @Test
    void aSidecarNamesWhatIsTakenAndWhereRoutesSendIsKnownToo() {
        var mesh =
                mesh(
                        service("a", "shop", "")
                                + service("b", "shop", "")
                                + service("b2", "bank", "")
                                + service("c", "bank", "")
                                + service("hidden", "bank", "exportTo: [\".\"]")
                                + """
                                ---
                                apiVersion: networking.istio.io/v1alpha3
                                kind: VirtualService
                                metadata: {name: a, namespace: shop}
                                spec:
                                  hosts: [a.example.com]
                                  http:
                                  - route: [{destination: {host: c.example.com}}]
                                    mirror: {host: hidden.example.com}
                                ---
                                apiVersion: networking.istio.io/v1alpha3
                                kind: Sidecar
                                metadata: {name: default, namespace: shop}
                                spec:
                                  egress:
                                  - port: {number: 7000, protocol: TCP, name: tcp}
                                    hosts: ["bank/b2.example.com"]
                                  - hosts: ["./a.example.com", "~/b.example.com"]
                                """);

        var scope =
                Scope.of(
                        mesh,
                        new View(
                                "shop",
                                Optional.of(new ResourceKey(Kind.SIDECAR, "shop", "default"))));

        assertThat(scope.egress().get(0).services()).containsOnlyKeys("b2.example.com");
        assertThat(scope.egress().get(1).services()).containsOnlyKeys("a.example.com");
        assertThat(scope.services())
                .containsOnlyKeys("a.example.com", "b2.example.com", "c.example.com");
    }

    private static Scope scope(MeshSnapshot mesh, String namespace) {
        return Scope.of(mesh, new View(namespace, Optional.empty()));
    }

    private static String routing(MeshSnapshot mesh, String namespace, String host) {
        return Objects.requireNonNull(scope(mesh, namespace).egress().getFirst().routes().get(host))
                .name();
    }

    private static MeshSnapshot mesh(String yaml) {
        return Meshes.snapshot(Meshes.config("r", yaml));
    }

    private static String service(String name, String namespace, String more) {
        return """
        ---
        apiVersion: networking.istio.io/v1alpha3
        kind: ServiceEntry
        metadata: {name: "%1$s", namespace: %2$s}
        spec:
          hosts: [%1$s.example.com]
          resolution: STATIC
          ports: [{number: 80, name: http, protocol: HTTP}]
          endpoints: [{address: 10.0.0.1}]
          %3$s
        """
                .formatted(name, namespace, more);
    }

    private static String routes(String name, String namespace, String host, String more) {
        return """
        ---
        apiVersion: networking.istio.io/v1alpha3
        kind: VirtualService
        metadata: {name: %1$s, namespace: %2$s}
        spec:
          hosts: [%3$s]
          http: [{route: [{destination: {host: a.example.com}}]}]
          %4$s
        """
                .formatted(name, namespace, host, more);
    }
}
