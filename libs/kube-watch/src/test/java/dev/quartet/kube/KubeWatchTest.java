package dev.quartet.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quartet.kube.LeaderWrites.StaleLeaderException;
import dev.quartet.kube.Leadership.Term;
import dev.quartet.testkit.ApiServerProcess;
import dev.quartet.testkit.TcpGate;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.IngressLoadBalancerIngress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressLoadBalancerIngressBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("apiserver")
class KubeWatchTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Leadership.Timing FAST =
            new Leadership.Timing(
                    Duration.ofSeconds(3), Duration.ofSeconds(2), Duration.ofMillis(200));
    private static ApiServerProcess apiServer;
    private static KubernetesClient client;

    @BeforeAll
    static void start() throws IOException {
        apiServer = ApiServerProcess.create();
        client = client(apiServer.port());
    }

    private static KubernetesClient client(int port) throws IOException {
        var config = Config.fromKubeconfig(Files.readString(apiServer.kubeconfig()));
        config.setMasterUrl("https://127.0.0.1:" + port);
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    @AfterAll
    static void stop() {
        if (client != null) {
            client.close();
            apiServer.close();
        }
    }

    @Test
    void mirrorsWhatIsThereAndWhatComesAndGoes() {
        put("mirror-a", "1");
        var changes = new AtomicInteger();
        try (var mirror = mirror(client, changes)) {
            await().atMost(LIMIT).until(mirror::complete);
            assertThat(value(mirror, "mirror-a")).contains("1");

            put("mirror-b", "1");
            put("mirror-a", "2");

            await().atMost(LIMIT)
                    .untilAsserted(() -> {
                        assertThat(value(mirror, "mirror-a")).contains("2");
                        assertThat(value(mirror, "mirror-b")).contains("1");
                    });
            assertThat(changes).hasPositiveValue();

            at("mirror-a").delete();
            await().atMost(LIMIT).until(() -> value(mirror, "mirror-a").isEmpty());
        }
    }

    /// Whoever waits for a whole list is not left waiting: the apiserver is away at first, and nothing changes later.
    @ParameterizedTest
    @ValueSource(strings = {"default", "nothing-there"})
    void tellsThatTheFirstListIsComplete(String namespace) throws IOException {
        put("first", "1");
        try (var gate = TcpGate.to(apiServer.port())) {
            gate.shut();
            var known = new AtomicReference<Mirror<ConfigMap>>();
            var toldWhenComplete = new AtomicBoolean();
            try (var throughGate = client(gate.port());
                    var mirror =
                            Mirror.start(
                                    throughGate.configMaps().inNamespace(namespace),
                                    "config maps",
                                    () -> {
                                        var there = known.get();
                                        if (there != null && there.complete()) {
                                            toldWhenComplete.set(true);
                                        }
                                    })) {
                known.set(mirror);
                assertThat(mirror.complete()).isFalse();

                gate.open();

                await().atMost(LIMIT).untilTrue(toldWhenComplete);
                assertThat(value(mirror, "first").isPresent())
                        .isEqualTo(namespace.equals("default"));
            }
        }
    }

    /// While the watch is cut, the history that it would need to go on is compacted away.
    @Test
    void listsAgainAfterADisconnectAndACompaction() throws IOException {
        put("resync-stays", "1");
        put("resync-goes", "1");
        try (var gate = TcpGate.to(apiServer.port());
                var throughGate = client(gate.port());
                var mirror = mirror(throughGate, new AtomicInteger())) {
            await().atMost(LIMIT).until(() -> value(mirror, "resync-goes").isPresent());

            gate.shut();
            await().atMost(LIMIT).until(() -> !mirror.watching());
            at("resync-goes").delete();
            put("resync-stays", "2");
            assertThat(value(mirror, "resync-goes")).as("the last objects stay").isPresent();
            apiServer.stop();
            apiServer.compact();
            apiServer.start(); // and its own memory of changes is empty
            gate.open();

            await().atMost(LIMIT)
                    .untilAsserted(() -> {
                        assertThat(value(mirror, "resync-goes")).isEmpty();
                        assertThat(value(mirror, "resync-stays")).contains("2");
                    });
        }
    }

    @Test
    void oneLeadsAndAnotherTakesOverInALaterTerm() {
        var first = leadership("a");
        try (first) {
            await().atMost(LIMIT).until(() -> first.term().isPresent());
            try (var second = leadership("b")) {
                var earlier = first.term().orElseThrow();
                assertThat(second.term()).isEmpty();

                first.close();

                await().atMost(LIMIT).until(() -> second.term().isPresent());
                assertThat(second.term().orElseThrow().number()).isGreaterThan(earlier.number());
            }
        }
    }

    @Test
    void severalWorksShareOneLeadershipAndOneThatEndsTakesItFromNobody() {
        try (var leadership = leadership("shared");
                var one = new LeaderWork("one", FAST.retry(), _ -> true)) {
            var looks = new AtomicInteger();
            try (var other =
                    new LeaderWork(
                            "other",
                            FAST.retry(),
                            _ -> {
                                looks.incrementAndGet();
                                return true;
                            })) {
                one.start(leadership);
                other.start(leadership);
                await("winning it wakes").atMost(LIMIT).until(() -> looks.get() > 0);
                assertThat(one.leads()).isTrue();

                one.close();

                var before = looks.get();
                other.wake();
                await().atMost(LIMIT).until(() -> looks.get() > before);
                assertThat(leadership.term()).isPresent();
            }
        }
    }

    @Test
    void aLeaderThatSleptTooLongIsRefused() {
        var place = at("fenced");
        LeaderWrites.write(client, new Term(1), place, set("fenced", "old leader"));
        LeaderWrites.write(client, new Term(2), place, set("fenced", "new leader"));

        assertThatThrownBy(() ->
                        LeaderWrites.write(
                                client, new Term(1), place, set("fenced", "old leader again")))
                .isInstanceOf(StaleLeaderException.class)
                .hasMessageContaining("ConfigMap fenced was written by the leader of term 2");
        assertThat(place.get().getData()).containsEntry("value", "new leader");
    }

    /// It has read before the new leader wrote, and writes after.
    @Test
    void aLeaderThatWasOvertakenBetweenReadAndWriteIsRefused() {
        var place = at("overtaken");
        LeaderWrites.write(client, new Term(1), place, set("overtaken", "first"));

        assertThatThrownBy(() ->
                        LeaderWrites.write(
                                client,
                                new Term(1),
                                place,
                                there -> {
                                    LeaderWrites.write(
                                            client,
                                            new Term(2),
                                            place,
                                            set("overtaken", "new leader"));
                                    return set("overtaken", "old leader").apply(there);
                                }))
                .isInstanceOf(StaleLeaderException.class);
        assertThat(place.get().getData()).containsEntry("value", "new leader");
    }

    @Test
    void writesNothingWhenAllIsAsWanted() {
        var place = at("unchanged");
        assertThat(LeaderWrites.write(client, new Term(1), place, set("unchanged", "same")))
                .isTrue();
        var before = place.get().getMetadata().getResourceVersion();

        assertThat(LeaderWrites.write(client, new Term(2), place, set("unchanged", "same")))
                .isFalse();

        assertThat(place.get().getMetadata().getResourceVersion()).isEqualTo(before);
    }

    @Test
    void writesAStatusAndNothingElseAndOnlyWhenItDiffers() {
        var place = ingress("status");
        try (var leadership = leadership("status")) {
            await().atMost(LIMIT).until(() -> leadership.term().isPresent());
            var term = leadership.term().orElseThrow();

            assertThat(
                            LeaderWrites.writeStatus(
                                    client, leadership, term, place, withAddresses("192.0.2.1")))
                    .isTrue();

            var written = place.get();
            assertThat(addresses(written)).containsExactly("192.0.2.1");
            assertThat(written.getMetadata().getAnnotations()).isNullOrEmpty();
            assertThat(written.getMetadata().getGeneration()).isEqualTo(1);
            assertThat(
                            LeaderWrites.writeStatus(
                                    client, leadership, term, place, withAddresses("192.0.2.1")))
                    .isFalse();
            assertThat(place.get().getMetadata().getResourceVersion())
                    .isEqualTo(written.getMetadata().getResourceVersion());
        }
    }

    /// Nobody says so in the object: the Lease does.
    @Test
    void aLeaderThatSleptTooLongWritesNoStatus() {
        var place = ingress("stale");
        Term earlier;
        try (var first = leadership("first")) {
            await().atMost(LIMIT).until(() -> first.term().isPresent());
            earlier = first.term().orElseThrow();
            first.close();
            try (var second = leadership("second")) {
                await().atMost(LIMIT).until(() -> second.term().isPresent());

                assertThatThrownBy(() ->
                                LeaderWrites.writeStatus(
                                        client, first, earlier, place, withAddresses("192.0.2.1")))
                        .isInstanceOf(StaleLeaderException.class)
                        .hasMessageContaining("another replica leads now");
                assertThatThrownBy(() ->
                                LeaderWrites.writeStatus(
                                        client, second, earlier, place, withAddresses("192.0.2.1")))
                        .isInstanceOf(StaleLeaderException.class);
                assertThat(addresses(place.get())).isEmpty();
            }
        }
    }

    /// It was the leader when it asked, and the later leader writes before it.
    @Test
    void aStatusThatALaterLeaderHasWrittenIsNotUndone() {
        var place = ingress("undone");
        try (var first = leadership("first")) {
            await().atMost(LIMIT).until(() -> first.term().isPresent());
            var earlier = first.term().orElseThrow();
            try (var second = leadership("second")) {
                var reads = new AtomicInteger();

                assertThatThrownBy(() ->
                                LeaderWrites.writeStatus(
                                        client,
                                        first,
                                        earlier,
                                        place,
                                        there -> {
                                            if (reads.getAndIncrement() == 0) {
                                                first.close();
                                                await().atMost(LIMIT)
                                                        .until(() -> second.term().isPresent());
                                                LeaderWrites.writeStatus(
                                                        client,
                                                        second,
                                                        second.term().orElseThrow(),
                                                        place,
                                                        withAddresses("192.0.2.2"));
                                            }
                                            return withAddresses("192.0.2.1").apply(there);
                                        }))
                        .isInstanceOf(StaleLeaderException.class);

                assertThat(addresses(place.get())).containsExactly("192.0.2.2");
            }
        }
    }

    private static Resource<Ingress> ingress(String name) {
        var ingress =
                new IngressBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace("default")
                        .endMetadata()
                        .withNewSpec()
                        .withNewDefaultBackend()
                        .withNewService()
                        .withName("web")
                        .withNewPort()
                        .withNumber(80)
                        .endPort()
                        .endService()
                        .endDefaultBackend()
                        .endSpec()
                        .build();
        client.resource(ingress).create();
        return client.network().v1().ingresses().inNamespace("default").withName(name);
    }

    private static UnaryOperator<Ingress> withAddresses(String... addresses) {
        return there ->
                new IngressBuilder(there)
                        .editOrNewStatus()
                        .withNewLoadBalancer()
                        .withIngress(
                                Stream.of(addresses)
                                        .map(ip ->
                                                new IngressLoadBalancerIngressBuilder()
                                                        .withIp(ip)
                                                        .build())
                                        .toList())
                        .endLoadBalancer()
                        .endStatus()
                        .build();
    }

    private static List<String> addresses(Ingress ingress) {
        return ingress.getStatus().getLoadBalancer().getIngress().stream()
                .map(IngressLoadBalancerIngress::getIp)
                .toList();
    }

    private static Leadership leadership(String replica) {
        return Leadership.start(client, "default", "election", replica, FAST);
    }

    private static Mirror<ConfigMap> mirror(KubernetesClient client, AtomicInteger changes) {
        return Mirror.start(
                client.configMaps().inNamespace("default"),
                "config maps",
                changes::incrementAndGet);
    }

    private static Optional<String> value(Mirror<ConfigMap> mirror, String name) {
        return mirror.objects().stream()
                .filter(object -> object.getMetadata().getName().equals(name))
                .map(object -> object.getData().get("value"))
                .findFirst();
    }

    private static Resource<ConfigMap> at(String name) {
        return client.configMaps().inNamespace("default").withName(name);
    }

    private static void put(String name, String value) {
        LeaderWrites.write(client, new Term(0), at(name), there -> object(name, there, value));
    }

    private static Function<Optional<ConfigMap>, ConfigMap> set(String name, String value) {
        return there -> object(name, there, value);
    }

    private static ConfigMap object(String name, Optional<ConfigMap> there, String value) {
        return there.map(ConfigMapBuilder::new)
                .orElseGet(() ->
                        new ConfigMapBuilder()
                                .withNewMetadata()
                                .withNamespace("default")
                                .withName(name)
                                .endMetadata())
                .withData(Map.of("value", value))
                .build();
    }
}
