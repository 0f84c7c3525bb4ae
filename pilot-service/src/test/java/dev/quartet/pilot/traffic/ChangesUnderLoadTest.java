package dev.quartet.pilot.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.TestSecrets;
import dev.quartet.pilot.snapshot.SnapshotBuilder;
import dev.quartet.pilot.translate.Translation;
import dev.quartet.stream.ConfigSnapshot;
import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Users change routes and subsets while requests run: subsets come, go, and mean other workloads, and routes follow in the same
/// revision. No request may meet a route without its cluster, or none at all.
class ChangesUnderLoadTest {
    private static final int SETS = 200;
    private static final int CLIENTS = 2;
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final List<String> HOSTS = List.of("reviews", "ratings", "details");
    private static final List<String> NAMES = List.of("v1", "v2", "a", "b", "c");

    private static final TestSecrets SECRETS = new TestSecrets();
    private static final Upstreams UPSTREAMS =
            new Upstreams(SECRETS.authority(), SECRETS.material());

    @AfterAll
    static void close() {
        UPSTREAMS.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"DELTA_GRPC", "GRPC"})
    void noRequestIsLost(String api) throws InterruptedException {
        var random = new Random(api.hashCode());
        var users = new Users(random);
        try (var proxy = new TrafficProxy("storefront-v1", SECRETS, api)) {
            var snapshots = new SnapshotBuilder();
            var translation =
                    Translation.of(snapshots.build(Meshes.inputs(users.config(0), proxy.proxy())));
            proxy.publish(translation);
            proxy.awaitInForce("r0");
            try (var load = new Load(proxy)) {
                for (int set = 1; set <= SETS; set++) {
                    users.change();
                    translation =
                            translation.next(
                                    snapshots.build(
                                            Meshes.inputs(users.config(set), proxy.proxy())));
                    proxy.publish(translation);
                    load.awaitMore(1);
                    if (random.nextBoolean()) {
                        proxy.awaitInForce("r" + set);
                    }
                }
                proxy.awaitInForce("r" + SETS);
                load.awaitMore(CLIENTS);
                assertThat(load.outcomes()).as("statuses, or errors").containsOnlyKeys("200");
            }
            assertThat(proxy.envoy().stats("http.").entrySet())
                    .filteredOn(stat -> stat.getKey().matches(".*\\.no_(route|cluster)"))
                    .as("Envoy's own count")
                    .isNotEmpty()
                    .allSatisfy(stat -> assertThat(stat.getValue()).isZero());
        }
    }

    /// Keeps sending until it is closed.
    private static final class Load implements AutoCloseable {
        private final Map<String, Integer> outcomes = new ConcurrentHashMap<>();
        private final AtomicInteger sent = new AtomicInteger();
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final List<Thread> clients = new ArrayList<>();
        private final HttpClient http;

        Load(TrafficProxy proxy) {
            http =
                    HttpClient.newBuilder()
                            .version(HttpClient.Version.HTTP_1_1)
                            .proxy(ProxySelector.of(proxy.address()))
                            .build();
            for (int i = 0; i < CLIENTS; i++) {
                var first = i;
                clients.add(Thread.ofVirtual().start(() -> run(first)));
            }
        }

        private void run(int first) {
            for (int number = first; !stopped.get(); number++) {
                var host = HOSTS.get(number % HOSTS.size());
                var request =
                        HttpRequest.newBuilder(
                                        URI.create(
                                                "http://%s:9080/%s"
                                                        .formatted(
                                                                host,
                                                                NAMES.get(number % NAMES.size()))))
                                .header("x-user", NAMES.get(number % 2))
                                .timeout(LIMIT)
                                .build();
                String outcome;
                try {
                    outcome =
                            String.valueOf(
                                    http.send(request, HttpResponse.BodyHandlers.discarding())
                                            .statusCode());
                } catch (IOException failure) {
                    outcome = failure.toString();
                } catch (InterruptedException _) {
                    return;
                }
                outcomes.merge(outcome, 1, Integer::sum);
                sent.incrementAndGet();
            }
        }

        void awaitMore(int requests) {
            var wanted = sent.get() + requests;
            await().atMost(LIMIT)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> sent.get() >= wanted);
        }

        Map<String, Integer> outcomes() {
            return Map.copyOf(outcomes);
        }

        @Override
        public void close() throws InterruptedException {
            stopped.set(true);
            for (var client : clients) {
                client.join();
            }
            http.close();
        }
    }

    /// What users have written. Every set fits together: a route names subsets that are there.
    private static final class Users {
        private final Random random;
        private final Map<ResourceKey, Resource<?>> shop;
        private final Map<String, List<String>> subsets = new HashMap<>();
        private final Map<String, String> rules = new HashMap<>();
        private final Map<String, String> routes = new HashMap<>();

        Users(Random random) {
            this.random = random;
            this.shop = new HashMap<>();
            Meshes.config("shop", UPSTREAMS.placed(TrafficCase.shop()))
                    .resources()
                    .forEach((key, resource) -> {
                        if (!key.kind().label().equals("DestinationRule")) {
                            shop.put(key, resource);
                        }
                    });
        }

        ConfigSnapshot config(int set) {
            var resources = new HashMap<>(shop);
            var texts = new ArrayList<>(rules.values());
            texts.addAll(routes.values());
            if (!texts.isEmpty()) {
                resources.putAll(Meshes.config("all", String.join("---\n", texts)).resources());
            }
            return new ConfigSnapshot("r" + set, resources);
        }

        void change() {
            for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
                var host = HOSTS.get(random.nextInt(HOSTS.size()));
                switch (random.nextInt(5)) {
                    case 0 -> { // all of it goes
                        routes.remove(host);
                        rules.remove(host);
                        subsets.remove(host);
                    }
                    case 1 -> routes.remove(host);
                    case 2 -> route(host); // other routes to the same subsets
                    default -> {
                        rule(host);
                        route(host);
                    }
                }
            }
        }

        private void rule(String host) {
            var names = new TreeSet<String>();
            for (var name : NAMES) {
                if (random.nextBoolean()) {
                    names.add(name);
                }
            }
            subsets.put(host, List.copyOf(names));
            var versions = host.equals("reviews") ? 2 : 1;
            rules.put(
                    host,
                    """
                    apiVersion: networking.istio.io/v1alpha3
                    kind: DestinationRule
                    metadata: {name: %1$s, namespace: shop}
                    spec:
                      host: %1$s
                      trafficPolicy: {loadBalancer: {simple: %2$s}, connectionPool: {http: {maxRequestsPerConnection: %3$d}}}
                      subsets: [%4$s]
                    """
                            .formatted(
                                    host,
                                    random.nextBoolean() ? "RANDOM" : "ROUND_ROBIN",
                                    random.nextInt(3) * 10,
                                    names.stream()
                                            .map(name ->
                                                    "{name: %s, labels: {version: v%d}}"
                                                            .formatted(
                                                                    name,
                                                                    random.nextInt(versions) + 1))
                                            .collect(Collectors.joining(", "))));
        }

        private void route(String host) {
            var http = new StringBuilder();
            for (int extra = random.nextInt(3); extra > 0; extra--) {
                http.append(
                        "  - {match: [{uri: {prefix: /%s}}], timeout: %ds, route: [%s]}\n"
                                .formatted(
                                        NAMES.get(random.nextInt(NAMES.size())),
                                        random.nextInt(5, 30),
                                        destination(host, "")));
            }
            if (random.nextBoolean()) {
                http.append(
                        "  - {match: [{headers: {x-user: {exact: %s}}}], route: [%s, %s]}\n"
                                .formatted(
                                        NAMES.get(random.nextInt(2)),
                                        destination(host, ", weight: 30"),
                                        destination(host, ", weight: 70")));
            }
            http.append("  - {route: [%s]}\n".formatted(destination(host, "")));
            routes.put(
                    host,
                    """
                    apiVersion: networking.istio.io/v1alpha3
                    kind: VirtualService
                    metadata: {name: %1$s, namespace: shop}
                    spec:
                      hosts: [%1$s]
                      http:
                    %2$s\
                    """
                            .formatted(host, http));
        }

        private String destination(String host, String rest) {
            var names = subsets.getOrDefault(host, List.of());
            return "{destination: {host: %s%s, port: {number: 9080}}%s}"
                    .formatted(
                            host,
                            names.isEmpty()
                                    ? ""
                                    : ", subset: " + names.get(random.nextInt(names.size())),
                            rest);
        }
    }
}
