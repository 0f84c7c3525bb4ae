package dev.quartet.config.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.check.ConfigSetChecker.KnownService;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.read.ResourceReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigSetCheckerTest {
    private static final int STEPS = 150;

    /// Whatever was judged before, a set is judged as if it were the first.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatItRemembersChangesNothing(long seed) {
        var random = new Random(seed);
        var checker = new ConfigSetChecker();
        var set = new TreeMap<String, ReadResource>();
        List<KnownService> known = List.of();

        for (int step = 0; step < STEPS; step++) {
            for (int change = random.nextInt(4); change >= 0; change--) {
                var read = random(random);
                var key = read.resource().key().toString();
                if (random.nextInt(3) == 0) {
                    set.remove(key);
                } else {
                    set.put(key, read);
                }
            }
            if (random.nextInt(20) == 0) {
                known =
                        List.of(
                                new KnownService(
                                        "known-" + random.nextInt(2) + ".example", Set.of(80)));
            }
            var given = new ArrayList<>(set.values());
            if (random.nextInt(8) == 0) {
                given.add(random(random)); // twice, maybe
            }
            if (random.nextInt(3) == 0) {
                Collections.shuffle(given, random);
            } else {
                given.sort(Comparator.comparing(read -> read.resource().key()));
            }

            var problems = checker.check(given, known);

            assertThat(problems).isEqualTo(ConfigSetChecker.checkRead(given, known));
        }
    }

    @Test
    void aHostIsMissedAgainWhenItsServiceGoes() {
        var route = read(route(1, "reviews", 80, null, "front"));
        var service = read(service(1, "reviews"));
        var gateway = read(gateway("front"));
        var checker = new ConfigSetChecker();

        assertThat(checker.check(List.of(route, service, gateway), List.of())).isEmpty();
        assertThat(checker.check(List.of(route, gateway), List.of()))
                .singleElement()
                .asString()
                .contains("there is no service \"reviews.shop.svc.cluster.local\"");
        assertThat(checker.check(List.of(route, service, gateway), List.of())).isEmpty();
    }

    @Test
    void aDelegateIsMissedWhenItGetsHosts() {
        var handing = read(handing(1, 2));
        var delegate = read(delegate(2));
        var withHosts = read(route(2, "*.example", 80, null, "mesh"));
        var checker = new ConfigSetChecker();

        assertThat(checker.check(List.of(handing, delegate), List.of())).isEmpty();
        assertThat(checker.check(List.of(handing, withHosts), List.of()))
                .anySatisfy(problem ->
                        assertThat(problem.toString())
                                .startsWith("DelegateNotFound ")
                                .contains(
                                        "there is no VirtualService \"shop/route-2\" without hosts"));
        assertThat(checker.check(List.of(handing, delegate), List.of())).isEmpty();
    }

    private static ReadResource random(Random random) {
        var number = random.nextInt(5);
        var host =
                switch (random.nextInt(8)) {
                    case 0 -> "*.example";
                    case 1 -> "known-0.example";
                    default -> "host-" + random.nextInt(4);
                };
        return read(
                switch (random.nextInt(11)) {
                    case 0, 1 -> service(number, host);
                    case 2 -> rule(number, host, random.nextInt(3));
                    case 3 -> gateway("front-" + random.nextInt(2));
                    case 4 -> policy(number, random.nextInt(2));
                    case 5 -> quota(random.nextInt(2));
                    case 6 -> binding(number, random.nextInt(2));
                    case 7 -> delegate(number);
                    case 8 -> handing(number, random.nextInt(5));
                    default ->
                            route(
                                    number,
                                    host,
                                    80 + random.nextInt(2),
                                    random.nextBoolean() ? "v" + random.nextInt(3) : null,
                                    random.nextBoolean() ? "front-" + random.nextInt(2) : "mesh");
                });
    }

    private static ReadResource read(String text) {
        return new ResourceReader("shop").readYaml("a.yaml", text).resources().getFirst();
    }

    private static String head(String kind, String name) {
        return "apiVersion: networking.istio.io/v1beta1\nkind: %s\nmetadata: {name: %s}\nspec:\n"
                .formatted(kind, name);
    }

    private static String service(int number, String host) {
        return head("ServiceEntry", "service-" + number)
                + "  {hosts: [\"%s\"], ports: [{number: 80, name: http, protocol: HTTP}], resolution: NONE}\n"
                        .formatted(host);
    }

    private static String rule(int number, String host, int subsets) {
        var names = new ArrayList<String>();
        for (int i = 0; i < subsets; i++) {
            names.add("{name: v%1$d, labels: {version: v%1$d}}".formatted(i));
        }
        return head("DestinationRule", "rule-" + number)
                + "  {host: \"%s\", subsets: [%s]}\n".formatted(host, String.join(", ", names));
    }

    private static String gateway(String name) {
        return head("Gateway", name)
                + "  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [\"*\"]}]\n";
    }

    private static String policy(int number, int label) {
        return """
        apiVersion: security.istio.io/v1beta1
        kind: PeerAuthentication
        metadata: {name: policy-%d}
        spec: {selector: {matchLabels: {app: "%d"}}, mtls: {mode: STRICT}}
        """
                .formatted(number, label);
    }

    private static String quota(int number) {
        return """
        apiVersion: config.istio.io/v1alpha2
        kind: QuotaSpec
        metadata: {name: quota-%d}
        spec: {rules: [{quotas: [{charge: 1, quota: requests}]}]}
        """
                .formatted(number);
    }

    private static String binding(int number, int quota) {
        return """
        apiVersion: config.istio.io/v1alpha2
        kind: QuotaSpecBinding
        metadata: {name: binding-%d}
        spec: {quotaSpecs: [{name: quota-%d}], services: [{service: "*"}]}
        """
                .formatted(number, quota);
    }

    /// A route of the same name may have hosts.
    private static String delegate(int number) {
        return head("VirtualService", "route-" + number)
                + "  {http: [{directResponse: {status: 200}}]}\n";
    }

    private static String handing(int number, int delegate) {
        return head("VirtualService", "handing-" + number)
                + "  {hosts: [\"handing-%d.example\"], http: [{delegate: {name: route-%d}}]}\n"
                        .formatted(number, delegate);
    }

    private static String route(
            int number, String host, int port, @Nullable String subset, String gateway) {
        return head("VirtualService", "route-" + number)
                + "  {hosts: [\"host-%d.example\"], gateways: [%s], http: [{route: [{destination: {host: \"%s\", port: {number: %d}%s}}]}]}\n"
                        .formatted(
                                number % 2,
                                gateway,
                                host,
                                port,
                                subset == null ? "" : ", subset: " + subset);
    }
}
