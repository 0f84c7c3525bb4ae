package dev.quartet.pilot.translate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.pilot.Meshes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Both ends of a port, from what users write.
class PeerTlsTest {
    @ParameterizedTest(name = "auto mTLS {0}, workloads {1}, rule {2}")
    @CsvSource(
            nullValues = "-",
            textBlock =
                    """
                    # auto, PeerAuthentication, DestinationRule, servers,    client,       agreement
                    true,   -,                  -,               PERMISSIVE, -,            AUTO
                    true,   STRICT,             -,               STRICT,     -,            AUTO
                    true,   STRICT,             ISTIO_MUTUAL,    STRICT,     ISTIO_MUTUAL, OK
                    true,   STRICT,             DISABLE,         STRICT,     DISABLE,      CONFLICT
                    true,   STRICT,             SIMPLE,          STRICT,     SIMPLE,       CONFLICT
                    true,   PERMISSIVE,         DISABLE,         PERMISSIVE, DISABLE,      OK
                    false,  -,                  -,               PERMISSIVE, -,            OK
                    false,  STRICT,             -,               STRICT,     -,            CONFLICT
                    """)
    void saysWhetherAConnectionComesAbout(
            boolean auto,
            @Nullable String peers,
            @Nullable String rule,
            String servers,
            @Nullable String client,
            PeerTls.Agreement agreement) {
        var config = new ArrayList<>(List.of(mesh(auto), Meshes.service("reviews", "v1")));
        Optional.ofNullable(peers).map(PeerTlsTest::peerAuthentication).ifPresent(config::add);
        Optional.ofNullable(rule).map(it -> destinationRule("reviews", it)).ifPresent(config::add);

        var found = of("reviews.shop.svc.cluster.local", config);

        assertThat(found.servers()).extracting(Enum::name).containsExactly(servers);
        assertThat(found.client().map(Enum::name)).isEqualTo(Optional.ofNullable(client));
        assertThat(found.agreement()).isEqualTo(agreement);
        assertThat(found.policies()).hasSize(peers == null ? 0 : 1);
        assertThat(found.rule()).isEqualTo(found.rule().filter(it -> rule != null));
    }

    /// Mutual TLS of the mesh with a server that has no certificate of it.
    @ParameterizedTest
    @CsvSource({"ISTIO_MUTUAL, CONFLICT", "SIMPLE, OK", "DISABLE, OK"})
    void outsideOfTheMeshNobodySpeaksItsTls(String mode, PeerTls.Agreement agreement) {
        var found =
                of(
                        "web.example.com",
                        List.of(
                                """
                                apiVersion: networking.istio.io/v1alpha3
                                kind: ServiceEntry
                                metadata: {name: web, namespace: shop}
                                spec:
                                  hosts: [web.example.com]
                                  location: MESH_EXTERNAL
                                  resolution: STATIC
                                  ports: [{number: 80, name: http, protocol: HTTP}]
                                  endpoints: [{address: 10.0.0.1}]
                                """,
                                destinationRule("web.example.com", mode)));

        assertThat(found.servers()).containsExactly(PeerTls.Server.UNKNOWN);
        assertThat(found.agreement()).isEqualTo(agreement);
    }

    @ParameterizedTest(name = "the port {0}, rule {1}")
    @CsvSource({
        "PERMISSIVE, DISABLE, PERMISSIVE, OK",
        "STRICT, DISABLE, STRICT, CONFLICT",
        "UNSET, DISABLE, STRICT, CONFLICT",
        "DISABLE, ISTIO_MUTUAL, PERMISSIVE, OK"
    })
    void aPortMayHaveAModeOfItsOwn(
            String port, String rule, PeerTls.Server server, PeerTls.Agreement agreement) {
        var found =
                of(
                        "reviews.shop.svc.cluster.local",
                        List.of(
                                Meshes.service("reviews", "v1"),
                                """
                                apiVersion: security.istio.io/v1
                                kind: PeerAuthentication
                                metadata: {name: reviews, namespace: shop}
                                spec:
                                  selector: {matchLabels: {app: reviews}}
                                  mtls: {mode: STRICT}
                                  portLevelMtls: {9080: {mode: %s}}
                                """
                                        .formatted(port),
                                destinationRule("reviews", rule)));

        assertThat(found.servers()).containsExactly(server);
        assertThat(found.agreement()).isEqualTo(agreement);
    }

    private static PeerTls of(String host, List<String> config) {
        var reviews = Meshes.sidecar("reviews-v1", "127.1.0.1");
        var snapshot =
                Meshes.snapshot(Meshes.config("one", config.toArray(String[]::new)), reviews);
        return Translation.of(snapshot).provenance(reviews).peers().stream()
                .filter(it -> it.host().equals(host))
                .findFirst()
                .orElseThrow();
    }

    private static String mesh(boolean auto) {
        return """
        apiVersion: mesh.istio.io/v1alpha1
        kind: MeshConfig
        metadata: {name: default, namespace: istio-system}
        spec: {enableAutoMtls: %s}
        """
                .formatted(auto);
    }

    private static String peerAuthentication(String mode) {
        return """
        apiVersion: security.istio.io/v1beta1
        kind: PeerAuthentication
        metadata: {name: default, namespace: shop}
        spec: {mtls: {mode: %s}}
        """
                .formatted(mode);
    }

    private static String destinationRule(String host, String mode) {
        return """
        apiVersion: networking.istio.io/v1alpha3
        kind: DestinationRule
        metadata: {name: rule, namespace: shop}
        spec: {host: %s, trafficPolicy: {tls: {mode: %s}}}
        """
                .formatted(host, mode);
    }
}
