package dev.quartet.pilot.translate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.ingest.IssuerAddresses;
import dev.quartet.pilot.ingest.MeshInputs;
import dev.quartet.pilot.snapshot.SnapshotBuilder;
import dev.quartet.stream.ConfigSnapshot;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Where the keys of an issuer are fetched from, and what users are told where they are not.
class IssuerKeysTest {
    private static final IssuerAddresses ADDRESSES =
            new IssuerAddresses(
                    new TreeMap<>(
                            Map.of(
                                    "issuer.example.org",
                                    found(Set.of("198.41.0.4", "2606:4700::1111"), Set.of()),
                                    "inside.example.org",
                                    found(Set.of(), Set.of("10.0.0.1")),
                                    "169.254.169.254",
                                    found(Set.of(), Set.of("169.254.169.254")),
                                    "nowhere.example.org",
                                    found(Set.of(), Set.of()))));

    private static IssuerAddresses.Found found(Set<String> addresses, Set<String> refused) {
        return new IssuerAddresses.Found(new TreeSet<>(addresses), new TreeSet<>(refused));
    }

    @Test
    void aHostOutsideIsAskedAtTheAddressesThatPilotFoundAndVerified() throws Exception {
        var config =
                translated("jwksUri: https://issuer.example.org/keys")
                        .configFor(Meshes.sidecar("reviews-v1", "127.1.0.1"));

        var found = config.find(XdsType.CDS, "issuer|443|https|issuer.example.org");
        assertThat(found).isNotNull();
        var cluster = found.content().unpack(Cluster.class);
        assertThat(cluster.getType()).isEqualTo(Cluster.DiscoveryType.STATIC);
        assertThat(cluster.getLoadAssignment().getEndpoints(0).getLbEndpointsList())
                .extracting(it -> it.getEndpoint().getAddress().getSocketAddress().getAddress())
                .containsExactlyInAnyOrder("198.41.0.4", "2606:4700::1111");
        assertThat(cluster.getTransportSocket().getTypedConfig().toString())
                .contains("issuer.example.org", "ca-certificates.crt");
        assertThat(config.find(XdsType.ECDS, "jwt|9080"))
                .satisfies(it ->
                        assertThat(it.clusters())
                                .containsExactly("issuer|443|https|issuer.example.org"));
    }

    @ParameterizedTest
    @CsvSource({
        "'jwksUri: http://details:9080/keys', outbound|9080||details.shop.svc.cluster.local",
        "'jwksUri: http://details.shop:9080/keys', outbound|9080||details.shop.svc.cluster.local",
        "'jwksUri: http://details.shop.svc:9080/keys', outbound|9080||details.shop.svc.cluster.local",
        "'jwksUri: http://DETAILS.shop.svc.cluster.local:9080/keys', outbound|9080||details.shop.svc.cluster.local"
    })
    void aServiceOfTheMeshIsAskedByItsOwnCluster(String keys, String cluster) {
        var translation = translated(keys);

        var config = translation.configFor(Meshes.sidecar("reviews-v1", "127.1.0.1"));
        assertThat(config.find(XdsType.ECDS, "jwt|9080"))
                .satisfies(it -> assertThat(it.clusters()).containsExactly(cluster));
        assertThat(translation.problems()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "jwksUri: http://169.254.169.254/latest | 169.254.169.254 is at 169.254.169.254, which is no public address",
                "jwksUri: https://inside.example.org/keys | inside.example.org is at 10.0.0.1, which is no public address",
                "jwksUri: https://nowhere.example.org/keys | DNS knows no address of nowhere.example.org",
                "jwksUri: http://details:8080/keys | the service details.shop.svc.cluster.local has no port 8080",
                "jwksUri: https://details:9080/keys | nothing says how its TLS is verified",
                "jwks: no keys | there is no public key in it",
                "jwks: '{\"keys\": []}' | there is no public key in it",
                "jwks: '{\"keys\": [{\"kty\": \"oct\", \"k\": \"AAAA\"}]}' | there is no public key in it",
                "jwks: '{\"keys\": [{\"kty\": \"RSA\", \"n\": \"AQAB\", \"e\": \"AQAB\"}]}' | there is no public key in it",
                "jwks: '{\"keys\": [{\"kty\": \"EC\", \"crv\": \"P-192\", \"x\": \"AQAB\", \"y\": \"AQAB\"}]}' | there is no public key in it",
                "jwks: '[]' | there is no public key in it"
            })
    void whatCannotBeHadIsToldAndNothingIsBelieved(String keys, String fault) {
        var translation = translated(keys);
        var config = translation.configFor(Meshes.sidecar("reviews-v1", "127.1.0.1"));

        assertThat(translation.problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.reason()).isEqualTo(Reason.ISSUER_WITHOUT_KEYS);
                    assertThat(problem.path().text()).startsWith("spec.jwtRules[0].jwks");
                    assertThat(problem.fault()).contains(fault);
                });
        assertThat(config.sets(XdsType.CDS).stream().flatMap(set -> set.all().stream()))
                .filteredOn(it -> it.name().startsWith("issuer|"))
                .allSatisfy(it ->
                        assertThat(
                                        it.content()
                                                .unpack(Cluster.class)
                                                .getLoadAssignment()
                                                .getEndpoints(0)
                                                .getLbEndpointsList())
                                .isEmpty());
    }

    /// Others than the proxy speak TLS with it themselves.
    @Test
    void aServiceOutsideOfTheMeshIsAskedAtTheAddressesThatPilotFound() {
        var translation =
                translated(
                        Meshes.config(
                                "one",
                                Meshes.service("reviews", "v1"),
                                """
                                apiVersion: networking.istio.io/v1
                                kind: ServiceEntry
                                metadata: {name: issuer, namespace: shop}
                                spec:
                                  hosts: [issuer.example.org]
                                  location: MESH_EXTERNAL
                                  resolution: DNS
                                  ports: [{number: 443, name: https, protocol: HTTPS}]
                                """,
                                tokens("jwksUri: https://issuer.example.org/keys")));

        var config = translation.configFor(Meshes.sidecar("reviews-v1", "127.1.0.1"));

        assertThat(config.find(XdsType.ECDS, "jwt|9080"))
                .satisfies(it ->
                        assertThat(it.clusters())
                                .containsExactly("issuer|443|https|issuer.example.org"));
        assertThat(translation.problems()).isEmpty();
    }

    @Test
    void anAddressThatChangesTouchesNothingButTheCluster() {
        var proxy = Meshes.sidecar("reviews-v1", "127.1.0.1");
        var config = config("jwksUri: https://issuer.example.org/keys");
        var snapshots = new SnapshotBuilder();
        var before = Translation.of(snapshots.build(inputs(config, ADDRESSES)));
        var then = before.configFor(proxy);

        var after =
                before.next(
                                snapshots.build(
                                        inputs(
                                                config,
                                                new IssuerAddresses(
                                                        new TreeMap<>(
                                                                Map.of(
                                                                        "issuer.example.org",
                                                                        found(
                                                                                Set.of("1.1.1.1"),
                                                                                Set.of())))))))
                        .configFor(proxy);

        for (var type : XdsType.values()) {
            var changed =
                    after.sets(type).stream()
                            .flatMap(set -> set.all().stream())
                            .filter(it -> !it.equals(then.find(type, it.name())))
                            .map(XdsResource::name)
                            .toList();
            assertThat(changed)
                    .as("%s", type)
                    .isEqualTo(
                            type == XdsType.CDS
                                    ? List.of("issuer|443|https|issuer.example.org")
                                    : List.of());
        }
    }

    @Test
    void moreTriggersThanCanBeToldApartAskForMoreTokensAndAreTold() {
        var origins = new StringBuilder();
        for (var i = 0; i < 8; i++) {
            origins.append(
                    "  - jwt: {issuer: i%1$d, jwksUri: \"https://issuer.example.org/keys\", "
                            .formatted(i));
            origins.append("triggerRules: [{includedPaths: [{exact: /%d}]}]}\n".formatted(i));
        }
        var translation =
                translated(
                        Meshes.config(
                                "many",
                                Meshes.service("reviews", "v1"),
                                """
                                apiVersion: authentication.istio.io/v1alpha1
                                kind: MeshPolicy
                                metadata: {name: default}
                                spec:
                                  origins:
                                """
                                        + origins));
        translation.configFor(Meshes.sidecar("reviews-v1", "127.1.0.1"));

        assertThat(translation.problems())
                .hasSize(8)
                .extracting(Problem::reason)
                .containsOnly(Reason.TOKEN_NEEDED_ON_MORE_PATHS);
    }

    private static Translation translated(String keys) {
        return translated(config(keys));
    }

    private static Translation translated(ConfigSnapshot config) {
        return Translation.of(new SnapshotBuilder().build(inputs(config, ADDRESSES)));
    }

    private static ConfigSnapshot config(String keys) {
        return Meshes.config(
                "one",
                Meshes.service("reviews", "v1"),
                Meshes.service("details", "v1"),
                tokens(keys));
    }

    private static String tokens(String keys) {
        return """
        apiVersion: security.istio.io/v1
        kind: RequestAuthentication
        metadata: {name: tokens, namespace: shop}
        spec:
          jwtRules:
          - issuer: https://issuer.example.org
            %s
        """
                .formatted(keys);
    }

    private static MeshInputs inputs(ConfigSnapshot config, IssuerAddresses issuers) {
        var inputs = Meshes.inputs(config, Meshes.sidecar("reviews-v1", "127.1.0.1"));
        return new MeshInputs(
                inputs.config(), inputs.presences(), inputs.registry(), issuers, inputs.leftOut());
    }
}
