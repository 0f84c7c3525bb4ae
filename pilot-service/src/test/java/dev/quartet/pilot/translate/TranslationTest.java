package dev.quartet.pilot.translate;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.quartet.config.Kind;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.ingest.MeshInputs;
import dev.quartet.pilot.ingest.Presences;
import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.pilot.ingest.Registry.RegisteredWorkload;
import dev.quartet.pilot.node.Place;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.snapshot.SnapshotBuilder;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// A change travels only as far as it changes something.
class TranslationTest {
    private static final int SERVICES = 50;

    @Test
    void aChangedRouteMakesOnlyItsVirtualHostAndTheTablesThatHoldIt() {
        var first = translated(Translation.of(mesh("one", "100 ms", List.of())));

        var second = translated(first.next(mesh("two", "200 ms", List.of())));

        // the virtual host of s0, the one route table, and the list of tables
        assertThat(second.computed()).isEqualTo(3);
    }

    @Test
    void aChangedRouteLeavesTheTablesOfOtherPorts() {
        var builder = new SnapshotBuilder();
        var first = Translation.of(onTwoPorts(builder, "1s"));
        var client = Meshes.sidecar("s0-v1", "127.1.0.1", Proxy.Interception.REDIRECT);
        var before = first.configFor(client);

        var second = first.next(onTwoPorts(builder, "2s"));
        var after = second.configFor(client);

        // the virtual host, the table of its port, and the list of tables
        assertThat(second.computed()).isEqualTo(3);
        assertThat(after.find(XdsType.RDS, "9080"))
                .isNotNull()
                .isNotEqualTo(before.find(XdsType.RDS, "9080"));
        assertThat(after.find(XdsType.RDS, "9090"))
                .isNotNull()
                .isSameAs(before.find(XdsType.RDS, "9090"));
    }

    private static MeshSnapshot onTwoPorts(SnapshotBuilder builder, String timeout) {
        return builder.build(
                Meshes.inputs(
                        Meshes.config(
                                "r",
                                Meshes.service("s0", "v1"),
                                Meshes.service("s1", "v1").replace("9080", "9090"),
                                Meshes.routes(
                                        "s0",
                                        "- timeout: "
                                                + timeout
                                                + "\n  route: [{destination: {host: s0}}]"))));
    }

    @Test
    void aChangedDelegateMakesOnlyTheVirtualHostsOfThoseThatHandOverToIt() {
        var builder = new SnapshotBuilder();
        var first = translated(Translation.of(delegated(builder, "100ms", "1s")));

        var second = translated(first.next(delegated(builder, "200ms", "1s")));
        var third = translated(second.next(delegated(builder, "200ms", "2s")));

        // the virtual hosts of s1 and s2, the one route table, and the list of tables
        assertThat(second.computed()).isEqualTo(4);
        assertThat(third.computed()).as("nobody hands over to it").isZero();
    }

    /// @param unused timeout in a delegate that nobody hands over to
    private static MeshSnapshot delegated(SnapshotBuilder builder, String timeout, String unused) {
        var documents = new ArrayList<>(documents("100 ms"));
        for (var name : List.of("s1", "s2")) {
            documents.add(Meshes.routes(name, "- delegate: {name: rest, namespace: team}"));
        }
        documents.add(delegate("rest", "", "timeout: " + timeout));
        documents.add(delegate("unused", "", "timeout: " + unused));
        return builder.build(Meshes.inputs(Meshes.config("r", documents.toArray(String[]::new))));
    }

    private static String delegate(String name, String exportTo, String route) {
        return """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: %s, namespace: team}
        spec:
          exportTo: [%s]
          http:
          - route: [{destination: {host: s5.shop.svc.cluster.local}}]
            %s
        """
                .formatted(name, exportTo, route);
    }

    @Test
    void tellsWhatOfADelegateIsNotInForceForAsLongAsItIsSo() {
        var routes =
                Meshes.routes(
                        "s0",
                        """
                        - match: [{uri: {prefix: /a}}]
                          delegate: {name: within, namespace: team}
                        - delegate: {name: hidden, namespace: team}
                        """);
        var service = Meshes.service("s0", "v1");
        var first =
                translated(
                        Translation.of(
                                Meshes.snapshot(
                                        Meshes.config(
                                                "one",
                                                service,
                                                routes,
                                                delegate(
                                                        "within",
                                                        "",
                                                        "match: [{uri: {prefix: /a/b}}, {uri: {prefix: /b}}]"),
                                                delegate("hidden", "team", "")))));

        assertThat(first.problems())
                .extracting(Object::toString)
                .containsExactlyInAnyOrder(
                        "MatchNotHandedOver VirtualService team/within spec.http[0].match[1]: uri prefix \"/b\" is not within prefix \"/a\" of VirtualService shop/s0 spec.http[0]; narrow it, or widen the route that hands over",
                        "DelegateNotExported VirtualService shop/s0 spec.http[1].delegate: VirtualService team/hidden is not exported to namespace shop; add the namespace to its exportTo");
        var mended =
                translated(
                        first.next(
                                Meshes.snapshot(
                                        Meshes.config(
                                                "two",
                                                service,
                                                routes,
                                                delegate("within", "", "name: all"),
                                                delegate("hidden", "shop", "")))));
        assertThat(mended.problems()).isEmpty();
    }

    @Test
    void whatMakesTooManyPairsOfMatchesIsRefusedAndTold() {
        var many =
                IntStream.range(0, 200)
                        .mapToObj("{uri: {prefix: /a/%d}}"::formatted)
                        .collect(Collectors.joining(", ", "match: [", "]"));
        var translation =
                translated(
                        Translation.of(
                                Meshes.snapshot(
                                        Meshes.config(
                                                "one",
                                                Meshes.service("s0", "v1"),
                                                Meshes.routes(
                                                        "s0",
                                                        "- delegate: {name: many, namespace: team}\n  "
                                                                + many),
                                                delegate("many", "", many)))));

        assertThat(translation.problems())
                .singleElement()
                .asString()
                .isEqualTo(
                        "MatchNotHandedOver VirtualService team/many spec.http[0]: it and what was handed over before make more than 10000 pairs with the matches of VirtualService shop/s0 spec.http[0]; write fewer matches, here or there");
        var table =
                translation
                        .configFor(Meshes.sidecar("s0-v1", "127.1.0.1"))
                        .find(XdsType.RDS, "http_proxy");
        assertThat(Objects.requireNonNull(table).content().getValue().toStringUtf8())
                .contains("VirtualService team/many makes too many pairs of matches");
    }

    @Test
    void aGatewayTellsWhatOfADelegateIsNotInForceAndOfWhichItIsMade() {
        var gateway =
                """
                apiVersion: networking.istio.io/v1
                kind: Gateway
                metadata: {name: web, namespace: shop}
                spec:
                  selector: {istio: ingressgateway}
                  servers: [{port: {number: 8080, name: http, protocol: HTTP}, hosts: ["*"]}]
                ---
                apiVersion: networking.istio.io/v1alpha3
                kind: WorkloadGroup
                metadata: {name: ingressgateway, namespace: istio-system}
                spec:
                  metadata: {labels: {istio: ingressgateway}}
                  template: {serviceAccount: ingressgateway}
                """;
        var routes =
                """
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: {name: front, namespace: shop}
                spec:
                  hosts: [front.example]
                  gateways: [web]
                  http: [{match: [{method: {exact: GET}}], delegate: {name: rest, namespace: team}}]
                """;
        var translation =
                Translation.of(
                        Meshes.snapshot(
                                Meshes.config(
                                        "one",
                                        gateway,
                                        routes,
                                        delegate("rest", "", "match: [{method: {exact: PUT}}]")),
                                Meshes.gateway()));

        assertThat(translation.madeFrom(Meshes.gateway(), XdsType.RDS, "http.8080"))
                .contains(
                        key(Kind.VIRTUAL_SERVICE, "front"),
                        new ResourceKey(Kind.VIRTUAL_SERVICE, "team", "rest"));
        assertThat(translation.problems())
                .singleElement()
                .satisfies(it ->
                        assertThat(it.fault())
                                .isEqualTo(
                                        "method \"PUT\" is not within \"GET\" of VirtualService shop/front spec.http[0]"));
    }

    @Test
    void anUnchangedMeshMakesNothing() {
        var first = translated(Translation.of(mesh("one", "100 ms", List.of())));

        var second = translated(first.next(mesh("two", "100 ms", List.of())));

        assertThat(second.computed()).isZero();
        assertThat(
                        second.configFor(Meshes.sidecar("s0-v1", "127.1.0.1"))
                                .sets(XdsType.RDS)
                                .getFirst())
                .isSameAs(
                        first.configFor(Meshes.sidecar("s0-v1", "127.1.0.1"))
                                .sets(XdsType.RDS)
                                .getFirst());
    }

    @Test
    void anEndpointMoreMakesOnlyItsServicesClustersAndEndpoints() {
        var alone = List.of("s1-v1");
        var first = translated(Translation.of(mesh("one", "100 ms", alone)));

        var second = translated(first.next(mesh("one", "100 ms", List.of("s1-v1", "s2-v1"))));

        // s2: its clusters (a new identity) and its endpoints, and the sets that hold them
        assertThat(second.computed()).isEqualTo(4);
    }

    @Test
    void anotherFormatOfTheAccessLogMakesOnlyTheListenersThatWriteIt() {
        var builder = new SnapshotBuilder();
        var first = translated(Translation.of(logged(builder, "one")));

        var second = translated(first.next(logged(builder, "two")));

        // the HTTP proxy, the way out and the way in, and the empty set of collectors
        assertThat(second.computed()).isEqualTo(4);
        var client = Meshes.sidecar("s0-v1", "127.1.0.1");
        for (var type : List.of(XdsType.CDS, XdsType.RDS, XdsType.EDS)) {
            for (var i = 0; i < first.configFor(client).sets(type).size(); i++) {
                assertThat(second.configFor(client).sets(type).get(i))
                        .isSameAs(first.configFor(client).sets(type).get(i));
            }
        }
    }

    @Test
    void onlyATracerThatIsToldTheServiceGivesProxiesListenersOfTheirOwn() {
        var builder = new SnapshotBuilder();
        var zipkin = Translation.of(traced(builder, "zipkin"));
        var otlp = Translation.of(traced(builder, "openTelemetry"));

        assertThat(wayOut(zipkin, "s0-v1")).isSameAs(wayOut(zipkin, "s1-v1"));
        assertThat(wayOut(otlp, "s0-v1")).isNotSameAs(wayOut(otlp, "s1-v1"));
    }

    @Test
    void proxiesOfANamespaceShareTheirSets() {
        var translation = Translation.of(mesh("one", "100 ms", List.of()));

        var one = translation.configFor(Meshes.sidecar("s0-v1", "127.1.0.1"));
        var other = translation.configFor(Meshes.sidecar("s1-v1", "127.1.0.2"));

        assertThat(one.sets(XdsType.CDS).get(1)).isSameAs(other.sets(XdsType.CDS).get(1));
        assertThat(one.sets(XdsType.RDS).getFirst()).isSameAs(other.sets(XdsType.RDS).getFirst());
    }

    @Test
    void ofARuleForSomeCallersOthersNoticeNothing() {
        var builder = new SnapshotBuilder();
        var before = Translation.of(selecting(builder, "one", "nobody"));
        var client = Meshes.sidecar("s0-v1", "127.1.0.1");
        before.configFor(client);

        var after = before.next(selecting(builder, "two", "somebody-else"));

        assertThat(after.configFor(client).sets(XdsType.CDS).get(1))
                .isSameAs(before.configFor(client).sets(XdsType.CDS).get(1));
        // the rules of s1 are looked at anew: its clusters and its endpoints come out as they were,
        // and so do the routes to s1
        assertThat(after.computed()).isLessThanOrEqualTo(3);
    }

    @Test
    void whomARuleSelectsHasOnlyTheClustersOfItsHostForItself() {
        var translation = Translation.of(selecting(new SnapshotBuilder(), "one", "s0"));

        var selected = translation.configFor(Meshes.sidecar("s0-v1", "127.1.0.1"));
        var other = translation.configFor(Meshes.sidecar("s2-v1", "127.1.0.2"));
        var alike = translation.configFor(Meshes.sidecar("s0-v2", "127.1.0.3"));

        assertThat(selected.find(XdsType.CDS, S1_MINE)).isNotNull();
        assertThat(other.find(XdsType.CDS, S1_MINE)).isNull();
        assertThat(other.find(XdsType.CDS, "outbound|9080|v1|s1.shop.svc.cluster.local"))
                .isNotNull();
        for (var service : List.of("s0", "s2", "s3")) {
            var name = "outbound|9080||%s.shop.svc.cluster.local".formatted(service);
            for (var type : List.of(XdsType.CDS, XdsType.EDS)) {
                assertThat(selected.find(type, name)).isNotNull().isSameAs(other.find(type, name));
            }
        }
        assertThat(alike.sets(XdsType.CDS).get(1)).isSameAs(selected.sets(XdsType.CDS).get(1));
        assertThat(alike.sets(XdsType.RDS).getFirst())
                .isSameAs(selected.sets(XdsType.RDS).getFirst());
        assertThat(alike.sets(XdsType.EDS).getFirst())
                .isSameAs(selected.sets(XdsType.EDS).getFirst());
    }

    @Test
    void whomARuleSelectsChangesWithItsLabels() {
        var builder = new SnapshotBuilder();
        var client = Meshes.sidecar("s0-v1", "127.1.0.1");
        var first = Translation.of(selecting(builder, "one", "s0"));
        assertThat(first.configFor(client).find(XdsType.CDS, S1_MINE)).isNotNull();

        var relabelled = selectingDocuments("s0");
        relabelled.set(0, Meshes.service("s0", "v1").replace("app: s0", "app: renamed"));
        var second = first.next(builder.build(inputs("two", relabelled)));

        assertThat(second.configFor(client).find(XdsType.CDS, S1_MINE)).isNull();
    }

    @Test
    void ofTheRulesOfAHostThoseAreNamedThatCountForTheProxy() {
        var translation = Translation.of(selecting(new SnapshotBuilder(), "one", "s0"));
        var name = "outbound|9080||s1.shop.svc.cluster.local";

        assertThat(translation.madeFrom(Meshes.sidecar("s0-v1", "127.1.0.1"), XdsType.CDS, name))
                .contains(key(Kind.DESTINATION_RULE, "s1-for-some"))
                .doesNotContain(key(Kind.DESTINATION_RULE, "s1"));
        assertThat(translation.madeFrom(Meshes.sidecar("s2-v1", "127.1.0.2"), XdsType.CDS, name))
                .contains(key(Kind.DESTINATION_RULE, "s1"))
                .doesNotContain(key(Kind.DESTINATION_RULE, "s1-for-some"));
    }

    private static final String S1_MINE = "outbound|9080|mine|s1.shop.svc.cluster.local";

    /// With a rule for the host s1 that is for the callers of an app.
    private static MeshSnapshot selecting(SnapshotBuilder builder, String revision, String app) {
        return builder.build(inputs(revision, selectingDocuments(app)));
    }

    private static List<String> selectingDocuments(String app) {
        var documents = new ArrayList<String>();
        documents.add(Meshes.service("s0", "v1", "v2"));
        documents.addAll(documents("100 ms").subList(1, SERVICES + 2));
        documents.add(
                """
                apiVersion: networking.istio.io/v1alpha3
                kind: DestinationRule
                metadata: {name: s1-for-some, namespace: shop}
                spec:
                  host: s1
                  workloadSelector: {matchLabels: {app: %s}}
                  subsets: [{name: mine, labels: {version: v1}}]
                """
                        .formatted(app));
        return documents;
    }

    private static MeshInputs inputs(String revision, List<String> documents) {
        return Meshes.inputs(
                Meshes.config(revision, documents.toArray(String[]::new)),
                Meshes.sidecar("s0-v1", "127.1.0.1"),
                Meshes.sidecar("s0-v2", "127.1.0.3"),
                Meshes.sidecar("s2-v1", "127.1.0.2"));
    }

    @Test
    void shuffledInputGivesTheSameBytes() {
        var documents = new ArrayList<>(documents("100 ms"));
        var expected =
                versions(
                        Translation.of(
                                Meshes.snapshot(
                                        Meshes.config("r", documents.toArray(String[]::new)))));

        for (var seed = 0; seed < 5; seed++) {
            Collections.shuffle(documents, new Random(seed));
            var shuffled =
                    Translation.of(
                            Meshes.snapshot(Meshes.config("r", documents.toArray(String[]::new))));
            assertThat(versions(shuffled)).as("seed %d", seed).isEqualTo(expected);
        }
    }

    @Test
    void tellsWhoseConnectionsCannotBeToldApartForAsLongAsItIsSo() {
        var client = Meshes.sidecar("s0-v1", "127.1.0.1", Proxy.Interception.REDIRECT);
        var first =
                Translation.of(
                        Meshes.snapshot(Meshes.config("one", tcp("a", 9000), tcp("b", 9000))));
        assertThat(first.problems()).isEmpty();

        first.configFor(client);

        assertThat(first.problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.reason()).isEqualTo(Reason.CONFLICTING_LISTENERS);
                    assertThat(problem.resource())
                            .isEqualTo(new ResourceKey(Kind.SERVICE_ENTRY, "shop", "b"));
                    assertThat(problem.fault()).contains("port 9000", "service a.example.com");
                });
        var same = first.next(first.snapshot());
        same.configFor(client);
        assertThat(same.problems()).isEqualTo(first.problems());

        var mended =
                same.next(Meshes.snapshot(Meshes.config("two", tcp("a", 9000), tcp("b", 9001))));
        mended.configFor(client);
        assertThat(mended.problems()).isEmpty();
    }

    @Test
    void tellsOfDestinationsThatHaveNotTheSameTunnelOrSilence() {
        var client = Meshes.sidecar("s0-v1", "127.1.0.1", Proxy.Interception.REDIRECT);
        var routes =
                """
                apiVersion: networking.istio.io/v1alpha3
                kind: VirtualService
                metadata: {name: a, namespace: shop}
                spec:
                  hosts: [a.example.com]
                  tcp:
                  - match: [{port: 1}]
                    route: [{destination: {host: a.example.com}}]
                  - route:
                    - {destination: {host: a.example.com}, weight: 30}
                    - {destination: {host: b.example.com}, weight: 30}
                    - {destination: {host: a.example.com, subset: long}, weight: 40}
                ---
                apiVersion: networking.istio.io/v1alpha3
                kind: DestinationRule
                metadata: {name: a, namespace: shop}
                spec:
                  host: a.example.com
                  subsets: [{name: long, trafficPolicy: {connectionPool: {tcp: {idleTimeout: 2h}}}}]
                ---
                apiVersion: networking.istio.io/v1alpha3
                kind: DestinationRule
                metadata: {name: b, namespace: shop}
                spec:
                  host: b.example.com
                  trafficPolicy: {tunnel: {targetHost: c.example.com, targetPort: 443}}
                """;
        var config = List.of(tcp("a", 9000), tcp("b", 9001), routes);
        var translation =
                Translation.of(
                        Meshes.snapshot(Meshes.config("one", config.toArray(String[]::new))));

        translation.configFor(client);

        assertThat(translation.problems().stream().map(Object::toString).sorted())
                .containsExactly(
                        "ConflictingDestinations VirtualService shop/a spec.tcp[1].route: its destinations have different idle"
                                + " timeouts, and one route has one; the longest holds for all; write the same"
                                + " connectionPool.tcp.idleTimeout in their DestinationRules, or give each a route of its own",
                        "ConflictingDestinations VirtualService shop/a spec.tcp[1].route[1].destination: its connections go"
                                + " through a tunnel to c.example.com:443 (CONNECT), those of route[0] through no tunnel, and one route has"
                                + " one tunnel; these are closed; write the same tunnel in the DestinationRules of both, or give"
                                + " each a route of its own");
    }

    @Test
    void tellsThatTlsOfAPortsOwnIsNotInForceWhileMtlsOfTheMeshHolds() {
        var proxy = Meshes.sidecar("reviews-v1", "127.1.0.1");

        var permitted = withIngressTls("PERMISSIVE", proxy);
        var strict = withIngressTls("STRICT", proxy);
        var disabled = withIngressTls("DISABLE", proxy);

        assertThat(permitted.problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.reason()).isEqualTo(Reason.INGRESS_TLS_NOT_IN_FORCE);
                    assertThat(problem.resource()).isEqualTo(key(Kind.SIDECAR, "default"));
                    assertThat(problem.path().text()).isEqualTo("spec.ingress[0].tls");
                    assertThat(problem.fault()).contains("port 9443", "PERMISSIVE");
                });
        assertThat(strict.problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.fault()).contains("STRICT"));
        assertThat(disabled.problems()).isEmpty();
        assertThat(disabled.madeFrom(proxy, XdsType.LDS, "127.1.0.1_9443"))
                .contains(key(Kind.SIDECAR, "default"), key(Kind.PEER_AUTHENTICATION, "all"));
    }

    private static Translation withIngressTls(String mode, Proxy proxy) {
        var translation =
                Translation.of(
                        Meshes.snapshot(
                                Meshes.config(
                                        mode,
                                        Meshes.service("reviews", "v1"),
                                        """
                                        apiVersion: networking.istio.io/v1alpha3
                                        kind: Sidecar
                                        metadata: {name: default, namespace: shop}
                                        spec:
                                          ingress:
                                          - port: {number: 9443, protocol: HTTPS, name: https}
                                            tls: {mode: SIMPLE, serverCertificate: /a.crt, privateKey: /a.key}
                                        """,
                                        """
                                        apiVersion: security.istio.io/v1beta1
                                        kind: PeerAuthentication
                                        metadata: {name: all, namespace: shop}
                                        spec: {mtls: {mode: %s}}
                                        """
                                                .formatted(mode)),
                                proxy));
        translation.configFor(proxy);
        return translation;
    }

    @Test
    void onlyProxiesThatSeeDynamicNamesLookThemUp() {
        for (var proxy :
                List.of(
                        Meshes.sidecar("reviews-v1", "127.1.0.1"),
                        Meshes.sidecar("reviews-v1", "127.1.0.1", Proxy.Interception.REDIRECT))) {
            var without = listeners(proxy);
            var hidden = listeners(proxy, dynamic("."));
            var seen = listeners(proxy, dynamic("*"));

            assertThat(hidden).isEqualTo(without);
            assertThat(seen).isNotEqualTo(without);
        }
    }

    private static Map<String, String> listeners(Proxy proxy, String... more) {
        var config =
                Stream.concat(Stream.of(Meshes.service("reviews", "v1")), Stream.of(more))
                        .toArray(String[]::new);
        var versions = new TreeMap<String, String>();
        Translation.of(Meshes.snapshot(Meshes.config("r", config), proxy))
                .configFor(proxy)
                .sets(XdsType.LDS)
                .forEach(set -> set.all().forEach(it -> versions.put(it.name(), it.version())));
        return versions;
    }

    private static String dynamic(String exportTo) {
        return """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: partners, namespace: other}
        spec:
          hosts: ["*.example.org"]
          exportTo: ["%s"]
          resolution: DYNAMIC_DNS
          ports: [{number: 9080, name: http, protocol: HTTP}]
        """
                .formatted(exportTo);
    }

    @Test
    void saysOfWhichResourcesSomethingIsMade() {
        var proxy = Meshes.sidecar("reviews-v1", "127.1.0.1");
        var translation =
                Translation.of(
                        Meshes.snapshot(
                                Meshes.config(
                                        "one",
                                        Meshes.service("reviews", "v1"),
                                        Meshes.subsets("reviews", "v1"),
                                        Meshes.routes(
                                                "reviews",
                                                "- route: [{destination: {host: reviews}}]"),
                                        Meshes.service("ratings", "v1"),
                                        Meshes.subsets("ratings", "v1"),
                                        Meshes.routes(
                                                "ratings",
                                                "- delegate: {name: rest, namespace: team}"),
                                        delegate("rest", "", "").replace("s5", "ratings"),
                                        delegate("unused", "", "").replace("s5", "ratings"),
                                        tcp("a", 9000),
                                        tcp("b", 9001)),
                                proxy));
        var reviews = "outbound|9080|v1|reviews.shop.svc.cluster.local";
        var captured = Meshes.sidecar("reviews-v1", "127.1.0.1", Proxy.Interception.REDIRECT);

        assertThat(translation.madeFrom(proxy, XdsType.CDS, reviews))
                .containsExactlyInAnyOrder(
                        key(Kind.SERVICE_ENTRY, "reviews"), key(Kind.DESTINATION_RULE, "reviews"));
        assertThat(translation.madeFrom(proxy, XdsType.EDS, reviews))
                .contains(
                        key(Kind.SERVICE_ENTRY, "reviews"), key(Kind.WORKLOAD_GROUP, "reviews-v1"))
                .doesNotContain(key(Kind.SERVICE_ENTRY, "ratings"));
        assertThat(translation.madeFrom(captured, XdsType.LDS, "0.0.0.0_9000"))
                .containsExactly(key(Kind.SERVICE_ENTRY, "a"));
        assertThat(translation.madeFrom(captured, XdsType.RDS, "9080"))
                .contains(
                        key(Kind.VIRTUAL_SERVICE, "reviews"),
                        key(Kind.SERVICE_ENTRY, "ratings"),
                        new ResourceKey(Kind.VIRTUAL_SERVICE, "team", "rest"))
                .doesNotContain(key(Kind.SERVICE_ENTRY, "a"));
        assertThat(translation.madeFrom(proxy, XdsType.CDS, "none")).isEmpty();
        assertThat(translation.madeFrom(proxy, XdsType.CDS, "BlackHoleCluster")).isEmpty();
    }

    private static ResourceKey key(Kind kind, String name) {
        return new ResourceKey(kind, "shop", name);
    }

    @Test
    void aTrialIsWhatTheNextWouldBeAndTheNextDoesNotNoticeIt() {
        var first = translated(Translation.of(mesh("one", "100 ms", List.of())));

        var trial = translated(first.trial(mesh("trial", "200 ms", List.of())));

        assertThat(trial.computed()).as("as the next would").isEqualTo(3);
        var next = translated(first.next(mesh("two", "100 ms", List.of())));
        assertThat(next.computed()).isZero();
        assertThat(versions(next)).isEqualTo(versions(first)).isNotEqualTo(versions(trial));
    }

    @Test
    void ofAHeadlessServiceTheClientHasChosenTheWorkload() throws InvalidProtocolBufferException {
        var config = headless(true);

        var cluster = cluster(config);
        assertThat(cluster.getType()).isEqualTo(Cluster.DiscoveryType.ORIGINAL_DST);
        assertThat(cluster.getLbPolicy()).isEqualTo(Cluster.LbPolicy.CLUSTER_PROVIDED);
        assertThat(cluster.hasTransportSocket()).as("mTLS").isTrue();
        assertThat(cluster.getTransportSocketMatchesList()).isEmpty();
        assertThat(config.find(XdsType.LDS, "10.4.0.1_9042")).isNotNull();
        assertThat(config.find(XdsType.LDS, "10.4.0.2_9042")).isNotNull();
        assertThat(config.find(XdsType.LDS, "0.0.0.0_9042")).isNull();
        assertThat(config.find(XdsType.EDS, "outbound|9042||db.shop.svc.cluster.local")).isNull();
    }

    @Test
    void aHeadlessServiceOfWhichNotAllHaveSidecarsIsCalledInPlaintext()
            throws InvalidProtocolBufferException {
        var cluster = cluster(headless(false));

        assertThat(cluster.getType()).isEqualTo(Cluster.DiscoveryType.ORIGINAL_DST);
        assertThat(cluster.hasTransportSocket()).isFalse();
        assertThat(cluster.getTransportSocketMatchesList()).isEmpty();
    }

    private static Cluster cluster(ProxyConfig config) throws InvalidProtocolBufferException {
        var found = config.find(XdsType.CDS, "outbound|9042||db.shop.svc.cluster.local");
        return Cluster.parseFrom(Objects.requireNonNull(found).content().getValue());
    }

    /// A StatefulSet of two, as a sidecar whose traffic is captured sees it.
    private static ProxyConfig headless(boolean secondHasSidecar) {
        var host = "db.shop.svc.cluster.local";
        var registry =
                new Registry(
                        List.of(
                                new RegisteredService(
                                        host,
                                        "shop",
                                        "db",
                                        RegisteredService.Kind.HEADLESS,
                                        List.of(new Registry.Port(9042, "tcp", null)),
                                        List.of(),
                                        new TreeMap<>(),
                                        "",
                                        new TreeMap<>(),
                                        Map.of(),
                                        List.of("db-0.shop", "db-1.shop"))),
                        List.of(
                                workload("db-0", "10.4.0.1", true),
                                workload("db-1", "10.4.0.2", secondHasSidecar)));
        var mesh =
                new SnapshotBuilder()
                        .build(
                                new MeshInputs(
                                        Meshes.config("one", Meshes.service("reviews", "v1")),
                                        new Presences(List.of(), true),
                                        registry));
        return Translation.of(mesh)
                .configFor(Meshes.sidecar("reviews-v1", "10.4.0.9", Proxy.Interception.REDIRECT));
    }

    /// A service of two clusters, which has an address of its own in each; clients know it by that of their cluster.
    @Test
    void aServiceOfSeveralClustersIsKnownInEachByItsAddressThere() {
        var host = "db.shop.svc.cluster.local";
        var registry =
                new Registry(
                        List.of(
                                new RegisteredService(
                                        host,
                                        "shop",
                                        "db",
                                        RegisteredService.Kind.ENDPOINTS,
                                        List.of(
                                                new Registry.Port(9042, "tcp", null),
                                                new Registry.Port(80, "http", null)),
                                        List.of("10.96.0.1"),
                                        new TreeMap<>(Map.of("east", List.of("10.96.0.2"))),
                                        "",
                                        new TreeMap<>(),
                                        Map.of(),
                                        List.of("db-0.shop"))),
                        List.of(
                                workload("db-0", "10.4.0.1", true),
                                workload("near-v1-1", "10.4.0.2", "home"),
                                workload("far-v1-1", "10.4.0.3", "east"),
                                workload("other-v1-1", "10.4.0.4", "west")));
        var translation =
                Translation.of(
                        new SnapshotBuilder()
                                .build(
                                        new MeshInputs(
                                                Meshes.config("one"),
                                                new Presences(List.of(), true),
                                                registry)));

        var near = captured(translation, "near-v1", "10.4.0.2");
        var far = captured(translation, "far-v1", "10.4.0.3");
        var other = captured(translation, "other-v1", "10.4.0.4");

        assertThat(listeners(near)).contains("10.96.0.1_9042").doesNotContain("10.96.0.2_9042");
        assertThat(listeners(far)).contains("10.96.0.2_9042").doesNotContain("10.96.0.1_9042");
        assertThat(domains(near)).contains("10.96.0.1").doesNotContain("10.96.0.2");
        assertThat(domains(far)).contains("10.96.0.2").doesNotContain("10.96.0.1");
        assertThat(listeners(other))
                .as("a cluster that does not have it")
                .isEqualTo(listeners(near));
        for (var type : List.of(XdsType.CDS, XdsType.EDS)) {
            var cluster = "outbound|9042||" + host;
            assertThat(far.find(type, cluster)).isNotNull().isSameAs(near.find(type, cluster));
        }
    }

    private static ProxyConfig captured(Translation translation, String workload, String address) {
        return translation.configFor(
                Meshes.sidecar(workload, address, Proxy.Interception.REDIRECT));
    }

    private static List<String> listeners(ProxyConfig config) {
        return config.sets(XdsType.LDS).stream()
                .flatMap(set -> set.all().stream())
                .map(XdsResource::name)
                .toList();
    }

    private static String domains(ProxyConfig config) {
        return Objects.requireNonNull(config.find(XdsType.RDS, "80")).content().toString();
    }

    private static RegisteredWorkload workload(String name, String address, String registry) {
        return workload(name, name, "default", address, true, registry);
    }

    private static RegisteredWorkload workload(String name, String address, boolean hasSidecar) {
        return workload(name, "db", "db", address, hasSidecar, "kubernetes");
    }

    private static RegisteredWorkload workload(
            String instance,
            String name,
            String account,
            String address,
            boolean hasSidecar,
            String registry) {
        return new RegisteredWorkload(
                instance + ".shop",
                name,
                "shop",
                address,
                new TreeMap<>(),
                new TreeMap<>(),
                account,
                hasSidecar,
                Place.UNKNOWN,
                registry);
    }

    private static String tcp(String name, int port) {
        return """
        apiVersion: networking.istio.io/v1alpha3
        kind: ServiceEntry
        metadata: {name: %1$s, namespace: shop}
        spec:
          hosts: [%1$s.example.com]
          resolution: STATIC
          ports: [{number: %2$d, name: tcp, protocol: TCP}]
          endpoints: [{address: 10.0.0.1}]
        """
                .formatted(name, port);
    }

    private static MeshSnapshot logged(SnapshotBuilder builder, String format) {
        return withMesh(
                builder, "{accessLogFile: /dev/stdout, accessLogFormat: %s}".formatted(format));
    }

    private static MeshSnapshot traced(SnapshotBuilder builder, String tracer) {
        return withMesh(
                builder,
                "{enableTracing: true, defaultConfig: {tracing: {%s: {address: \"a:1\"}}}}"
                        .formatted(tracer));
    }

    private static MeshSnapshot withMesh(SnapshotBuilder builder, String spec) {
        var documents = new ArrayList<>(documents("100 ms"));
        documents.add(
                """
                apiVersion: mesh.istio.io/v1alpha1
                kind: MeshConfig
                metadata: {name: default, namespace: istio-system}
                spec: %s
                """
                        .formatted(spec));
        return builder.build(
                Meshes.inputs(
                        Meshes.config("r", documents.toArray(String[]::new)),
                        Meshes.sidecar("s0-v1", "127.1.0.1")));
    }

    private static ResourceSet wayOut(Translation translation, String workload) {
        return translation
                .configFor(Meshes.sidecar(workload, "127.1.0.1", Proxy.Interception.REDIRECT))
                .sets(XdsType.LDS)
                .getFirst();
    }

    private static List<String> versions(Translation translation) {
        var config = translation.configFor(Meshes.sidecar("s0-v1", "127.1.0.1"));
        return java.util.Arrays.stream(XdsType.values())
                .flatMap(type -> config.sets(type).stream())
                .flatMap(set -> set.all().stream())
                .map(resource -> resource.type() + " " + resource.name() + " " + resource.version())
                .toList();
    }

    /// Asks for everything that one sidecar asks for.
    private static Translation translated(Translation translation) {
        translation.configFor(Meshes.sidecar("s0-v1", "127.1.0.1"));
        return translation;
    }

    private static MeshSnapshot mesh(String revision, String timeout, List<String> workloads) {
        var config = Meshes.config(revision, documents(timeout).toArray(String[]::new));
        return Meshes.snapshot(
                config,
                IntStream.range(0, workloads.size())
                        .mapToObj(i -> Meshes.sidecar(workloads.get(i), "127.2.0." + (i + 1)))
                        .toArray(Proxy[]::new));
    }

    private static List<String> documents(String timeout) {
        var documents = new ArrayList<String>();
        for (var i = 0; i < SERVICES; i++) {
            documents.add(Meshes.service("s" + i, "v1"));
        }
        documents.add(
                Meshes.routes(
                        "s0",
                        "- timeout: "
                                + timeout.replace(" ", "")
                                + "\n  route: [{destination: {host: s0}}]"));
        documents.add(Meshes.subsets("s1", "v1", "v2"));
        for (var path : List.of("/a", "/b")) {
            documents.add(
                    delegate(
                            "routes" + path.charAt(1),
                            "",
                            "match: [{uri: {prefix: " + path + "}}]"));
        }
        documents.add(
                Meshes.routes(
                        "s6",
                        """
                        - delegate: {name: routesb, namespace: team}
                        - delegate: {name: routesa, namespace: team}
                        """));
        return documents;
    }
}
