package dev.quartet.pilot.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.pilot.Meshes;
import dev.quartet.stream.ConfigSnapshot;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which addresses of issuers' hosts proxies are told, whatever DNS says.
class IssuerHostsTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final String HOST = "issuer.example.org";
    private static final String OTHER = "other.example.org";

    private final Map<String, List<InetAddress>> dns = new ConcurrentHashMap<>();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger changes = new AtomicInteger();
    private final IssuerHosts hosts = hosts();

    private IssuerHosts hosts(String... allowed) {
        var soon = Duration.ofMillis(5);
        return new IssuerHosts(
                new IssuerSettings(List.of(allowed), soon, soon),
                this::lookup,
                changes::incrementAndGet);
    }

    private List<InetAddress> lookup(String host) throws UnknownHostException {
        asked.incrementAndGet();
        var found = dns.get(host);
        if (found == null) {
            throw new UnknownHostException(host);
        }
        return found;
    }

    @AfterEach
    void close() {
        hosts.close();
    }

    @Test
    void aHostsPublicAddressesAreToldAndItsPrivateOnesRefused() {
        dns(HOST, "198.41.0.4", "10.0.0.1", "2606:4700::1111");

        awaitFound(hosts, HOST, "2606:4700:0:0:0:0:0:1111, 198.41.0.4", "10.0.0.1");

        assertThat(changes).hasPositiveValue();
    }

    @Test
    void aNameThatLeadsToAPrivateAddressLaterLosesTheOther() {
        dns(HOST, "198.41.0.4");
        awaitFound(hosts, HOST, "198.41.0.4", "");

        dns(HOST, "169.254.169.254");

        awaitFound(hosts, HOST, "", "169.254.169.254");
    }

    @Test
    void theLastGoodAddressesStayWhileDnsDoesNotAnswer() {
        dns(HOST, "198.41.0.4");
        awaitFound(hosts, HOST, "198.41.0.4", "");

        dns.clear();

        var before = asked.get();
        await().atMost(LIMIT).until(() -> asked.get() > before + 3);
        awaitFound(hosts, HOST, "198.41.0.4", "");
    }

    @Test
    void aHostThatNobodyKnowsHasNoAddressUntilItHasOne() {
        awaitFound(hosts, HOST, "", "");

        dns(HOST, "198.41.0.4");

        awaitFound(hosts, HOST, "198.41.0.4", "");
    }

    @Test
    void aPartOfTheAddressesIsNoChange() {
        dns(HOST, "198.41.0.4", "199.9.14.201");
        awaitFound(hosts, HOST, "198.41.0.4, 199.9.14.201", "");
        var before = changes.get();

        dns(HOST, "199.9.14.201");

        var questions = asked.get();
        await().atMost(LIMIT).until(() -> asked.get() > questions + 3);
        assertThat(changes).hasValue(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"*.example.org", "issuer.example.org", "*"})
    void hostsThatAreAllowedToMayHavePrivateAddresses(String allowed) {
        dns(HOST, "10.0.0.1");

        try (var permissive = hosts(allowed)) {
            awaitFound(permissive, HOST, "10.0.0.1", "");
        }
    }

    @Test
    void whatNoPolicyNamesAnyMoreIsNotAskedFor() {
        dns(HOST, "198.41.0.4");
        awaitFound(hosts, HOST, "198.41.0.4", "");

        dns(OTHER, "199.9.14.201");
        assertThat(hosts.of(Meshes.config("empty")).byHost()).isEmpty();

        awaitFound(hosts, OTHER, "199.9.14.201", "");
        assertThat(hosts.of(config(OTHER)).byHost()).containsOnlyKeys(OTHER);
    }

    @Test
    void hostsOfPoliciesAreLookedForToo() {
        dns("peer.example.org", "198.41.0.4");
        dns("origin.example.org", "199.9.14.201");
        var config =
                Meshes.config(
                        "policies",
                        """
                        apiVersion: authentication.istio.io/v1alpha1
                        kind: MeshPolicy
                        metadata: {name: default}
                        spec:
                          peers: [{jwt: {issuer: a, jwksUri: "https://PEER.example.org/keys"}}]
                          origins: [{jwt: {issuer: b, jwksUri: "http://origin.example.org:8080/keys"}}]
                        """);

        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(hosts.of(config).byHost())
                                .containsOnlyKeys("origin.example.org", "peer.example.org"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "10.1.2.3",
                "100.100.100.200",
                "127.0.0.1",
                "168.63.129.16",
                "169.254.169.254",
                "172.31.255.255",
                "192.168.0.1",
                "198.18.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::127.0.0.1",
                "::ffff:10.0.0.1",
                "64:ff9b::a9fe:a9fe",
                "2002:7f00:1::1",
                "fc00::1",
                "fd00:ec2::254",
                "fe80::1",
                "fec0::1",
                "ff02::1"
            })
    void isNoPublicAddress(String address) {
        assertThat(PublicAddresses.has(InetAddress.ofLiteral(address))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "11.0.0.1",
                "100.128.0.1",
                "172.32.0.1",
                "192.169.0.1",
                "223.255.255.255",
                "2606:4700::1111",
                "64:ff9b::101:101",
                "2002:101:101::1"
            })
    void isAPublicAddress(String address) {
        assertThat(PublicAddresses.has(InetAddress.ofLiteral(address))).isTrue();
    }

    private void dns(String host, String... addresses) {
        dns.put(host, Arrays.stream(addresses).map(InetAddress::ofLiteral).toList());
    }

    private static void awaitFound(
            IssuerHosts hosts, String host, String addresses, String refused) {
        await().atMost(LIMIT)
                .untilAsserted(() -> {
                    var found = hosts.of(config(host)).byHost().get(host);
                    assertThat(found).isNotNull();
                    assertThat(found.addresses())
                            .containsExactlyInAnyOrderElementsOf(words(addresses));
                    assertThat(found.refused()).containsExactlyInAnyOrderElementsOf(words(refused));
                });
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(", "));
    }

    private static ConfigSnapshot config(String host) {
        return Meshes.config(
                "one",
                """
                apiVersion: security.istio.io/v1
                kind: RequestAuthentication
                metadata: {name: tokens, namespace: shop}
                spec: {jwtRules: [{issuer: a, jwksUri: "https://%s/keys"}]}
                """
                        .formatted(host));
    }
}
