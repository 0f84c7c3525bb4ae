package dev.quartet.pilot.translate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.pilot.Meshes;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Several Gateways of one workload: who has what, and what the others are told.
class GatewayConflictsTest {
    private static final String WORKLOAD =
            """
            apiVersion: networking.istio.io/v1
            kind: WorkloadGroup
            metadata: {name: ingressgateway, namespace: istio-system}
            spec:
              metadata: {labels: {istio: ingressgateway}}
              template: {serviceAccount: ingressgateway}
            """;

    private static final String TLS =
            "{mode: SIMPLE, serverCertificate: /etc/tls.crt, privateKey: /etc/tls.key}";

    private static Translation translation(String... config) {
        var all = new java.util.ArrayList<>(List.of(config));
        all.add(WORKLOAD);
        return Translation.of(
                Meshes.snapshot(
                        Meshes.config("conflicts", all.toArray(String[]::new)), Meshes.gateway()));
    }

    private static String gateway(String name, String... servers) {
        return """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: %s, namespace: shop}
        spec:
          selector: {istio: ingressgateway}
          servers:
        %s
        """
                .formatted(name, String.join("\n", servers).indent(2));
    }

    private static String server(
            int port, String name, String protocol, String hosts, String more) {
        return "- {port: {number: %d, name: %s, protocol: %s}, hosts: [%s]%s}"
                .formatted(port, name, protocol, hosts, more);
    }

    private static Map<String, List<FilterChain>> chains(Translation translation) {
        var chains = new TreeMap<String, List<FilterChain>>();
        for (var set : translation.configFor(Meshes.gateway()).sets(XdsType.LDS)) {
            for (var resource : set.all()) {
                try {
                    chains.put(
                            resource.name(),
                            resource.content().unpack(Listener.class).getFilterChainsList());
                } catch (com.google.protobuf.InvalidProtocolBufferException wrong) {
                    throw new AssertionError(wrong);
                }
            }
        }
        return chains;
    }

    private static List<String> names(List<FilterChain> chains) {
        return chains.stream()
                .flatMap(chain -> chain.getFilterChainMatch().getServerNamesList().stream())
                .toList();
    }

    @Test
    void ofTwoServersForOneHostByTlsTheFirstHasItAndTheOtherKeepsTheRest() {
        var translation =
                translation(
                        gateway("a", server(443, "a", "HTTPS", "one.example.org", ", tls: " + TLS)),
                        gateway(
                                "b",
                                server(
                                        443,
                                        "b",
                                        "HTTPS",
                                        "./One.example.org, two.example.org",
                                        ", tls: " + TLS)));

        var chains = chains(translation).getOrDefault("127.0.0.1_443", List.of());

        assertThat(chains)
                .extracting(FilterChain::getName)
                .containsExactly("https.443.a.a.shop", "https.443.b.b.shop");
        assertThat(names(chains)).containsExactly("one.example.org", "two.example.org");
        assertThat(translation.problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.reason()).isEqualTo(Reason.CONFLICTING_GATEWAYS);
                    assertThat(problem.resource()).hasToString("Gateway shop/b");
                    assertThat(problem.path().text()).isEqualTo("spec.servers[0].hosts[0]");
                    assertThat(problem.fault())
                            .contains("Gateway shop/a spec.servers[0]")
                            .contains("one.example.org");
                });
    }

    @Test
    void aPortIsForOneKindOfServersAndAnotherAddressIsAnotherPort() {
        var translation =
                translation(
                        gateway("a", server(80, "a", "HTTP", "a.example.org", "")),
                        gateway(
                                "b",
                                server(80, "b", "HTTPS", "b.example.org", ", tls: " + TLS),
                                server(80, "c", "GRPC", "c.example.org", ""),
                                server(80, "d", "TCP", "\"*\"", ""),
                                server(80, "e", "HTTP", "e.example.org", ", bind: 127.0.0.2")));

        var chains = chains(translation);

        assertThat(chains).containsOnlyKeys("127.0.0.1_80", "127.0.0.2_80");
        assertThat(translation.problems())
                .extracting(Problem::reason)
                .containsExactly(Reason.CONFLICTING_GATEWAYS, Reason.CONFLICTING_GATEWAYS);
        assertThat(translation.problems())
                .extracting(problem -> problem.path().text())
                .containsExactlyInAnyOrder("spec.servers[0].port", "spec.servers[2].port");
        assertThat(translation.problems())
                .allSatisfy(problem ->
                        assertThat(problem.fault()).contains("Gateway shop/a spec.servers[0]"));
    }

    @Test
    void ofTwoRoutesForOneNameTheFirstHasIt() {
        var translation =
                translation(
                        Meshes.service("details"),
                        Meshes.service("ratings"),
                        gateway(
                                "a",
                                server(
                                        443,
                                        "a",
                                        "TLS",
                                        "\"*.example.org\"",
                                        ", tls: {mode: PASSTHROUGH}")),
                        routes("one", "details", "one.example.org"),
                        routes("two", "ratings", "one.example.org, two.example.org"));

        var chains = chains(translation).getOrDefault("127.0.0.1_443", List.of());

        assertThat(names(chains)).containsExactly("one.example.org", "two.example.org");
        assertThat(translation.problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.reason()).isEqualTo(Reason.CONFLICTING_LISTENERS);
                    assertThat(problem.resource()).hasToString("VirtualService shop/two");
                    assertThat(problem.path().text()).isEqualTo("spec.tls[0]");
                    assertThat(problem.fault()).contains("VirtualService shop/one spec.tls[0]");
                });
    }

    @Test
    void aServerMayListenAtASocketFile() {
        var translation =
                translation(
                        gateway(
                                "a",
                                server(
                                        0,
                                        "a",
                                        "HTTP",
                                        "a.example.org",
                                        ", bind: \"unix:///var/run/a.sock\"")));

        assertThat(chains(translation)).containsOnlyKeys("unix:///var/run/a.sock_0");
        assertThat(
                        translation
                                .configFor(Meshes.gateway())
                                .find(XdsType.RDS, "http.0.unix:///var/run/a.sock"))
                .isNotNull();
    }

    @Test
    void whatAProxyRefusesOfAGatewayIsFoundInWhatUsersWrote() {
        var translation =
                translation(
                        Meshes.service("details"),
                        gateway(
                                "a",
                                server(443, "a", "HTTPS", "one.example.org", ", tls: " + TLS),
                                server(
                                        443,
                                        "b",
                                        "TLS",
                                        "\"*.local\"",
                                        ", tls: {mode: AUTO_PASSTHROUGH}")));
        var proxy = Meshes.gateway();

        assertThat(
                        translation.madeFrom(
                                proxy,
                                XdsType.CDS,
                                "passage|outbound_.9080_._.details.shop.svc.cluster.local"))
                .extracting(Object::toString)
                .contains("ServiceEntry shop/details");
        assertThat(translation.madeFrom(proxy, XdsType.RDS, "https.443.a.a.shop"))
                .extracting(Object::toString)
                .contains("Gateway shop/a");
        assertThat(translation.madeFrom(proxy, XdsType.LDS, "127.0.0.1_443"))
                .extracting(Object::toString)
                .contains("Gateway shop/a");
    }

    private static String routes(String name, String service, String names) {
        return """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: %1$s, namespace: shop}
        spec:
          hosts: [%3$s]
          gateways: [a]
          tls: [{match: [{sniHosts: [%3$s]}], route: [{destination: {host: %2$s}}]}]
        """
                .formatted(name, service, names);
    }
}
