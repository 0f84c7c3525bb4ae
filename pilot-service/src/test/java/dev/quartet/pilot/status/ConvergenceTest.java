package dev.quartet.pilot.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.xds.ConnectionStatus.Progress;
import dev.quartet.pilot.xds.ConnectionStatus.Refusal;
import dev.quartet.pilot.xds.ConnectionStatus.State;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConvergenceTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final ResourceKey ROUTES = new ResourceKey(Kind.VIRTUAL_SERVICE, "shop", "a");

    private final ConfigLedger ledger = new ConfigLedger();
    private volatile List<Progress> proxies = List.of();
    private Convergence convergence;

    @BeforeEach
    void start() {
        convergence =
                new Convergence(
                        () -> proxies,
                        ledger,
                        new Refusals((proxy, type, name) -> List.of(ROUTES), ledger));
    }

    @AfterEach
    void stop() {
        convergence.close();
    }

    @Test
    void answersAtOnceWhenItIsInForceEverywhere() {
        publish("one");
        proxies = List.of(progress("a-v1", "one"));

        assertThat(convergence.await("one", LONG).join().text())
                .isEqualTo("in force on 1 of 1 proxies");
    }

    @Test
    void whatIsLaterHoldsWhatWasEarlier() {
        publish("one");
        publish("two");
        proxies = List.of(progress("a-v1", "two"), progress("b-v1", "one"));

        assertThat(convergence.state("one").everywhere()).isTrue();
        assertThat(convergence.state("two").inForce()).isEqualTo(1);
        assertThat(convergence.state("two").missing())
                .singleElement()
                .satisfies(missing -> assertThat(missing.revisionInForce()).isEqualTo("one"));
    }

    @Test
    void theLastProxyThatMovesEndsTheWait() throws Exception {
        publish("one");
        proxies = List.of(progress("a-v1", ""), progress("b-v1", ""));
        var answer = convergence.await("one", LONG);

        proxies = List.of(progress("a-v1", "one"), progress("b-v1", ""));
        convergence.moved();
        assertThat(answer).isNotDone();
        proxies = List.of(progress("a-v1", "one"), progress("b-v1", "one"));
        convergence.moved();

        assertThat(answer.get(20, TimeUnit.SECONDS).everywhere()).isTrue();
    }

    @Test
    void whenTheTimeIsUpItSaysWhoIsMissingAndWhy() throws Exception {
        publish("one");
        proxies =
                List.of(
                        new Progress(
                                Meshes.sidecar("a-v1", "127.1.0.1"),
                                State.NACKED,
                                "one",
                                Set.of(),
                                Map.of(
                                        XdsType.RDS,
                                        new Refusal(
                                                "missing ]",
                                                new TreeMap<>(Map.of("9080", "missing ]"))))));

        var state = convergence.await("one", Duration.ofMillis(50)).get(20, TimeUnit.SECONDS);

        assertThat(state.text())
                .as("what refuses never counts")
                .isEqualTo("in force on 0 of 1 proxies");
        assertThat(state.missing().getFirst().refusals())
                .singleElement()
                .satisfies(refusal -> assertThat(refusal.madeFrom()).containsExactly(ROUTES));
    }

    @Test
    void onlySoManyMayWait() throws Exception {
        publish("one");
        proxies = List.of(progress("a-v1", ""));
        var first = convergence.await("one", LONG);
        for (var i = 1; i < Convergence.MAX_WAITERS; i++) {
            convergence.await("one", LONG);
        }

        assertThatThrownBy(() -> convergence.await("one", LONG))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("64 callers wait");

        convergence.close();
        assertThat(first.get(20, TimeUnit.SECONDS).everywhere()).isFalse();
    }

    @Test
    void blamesWhatHasChangedSinceAllWasWell() {
        var reviews = new ResourceKey(Kind.VIRTUAL_SERVICE, "shop", "reviews");
        var ratings = new ResourceKey(Kind.VIRTUAL_SERVICE, "shop", "ratings");
        ledger.published(Meshes.config("one", routes("reviews", "1s"), routes("ratings", "1s")));
        ledger.published(Meshes.config("two", routes("reviews", "2s"), routes("ratings", "1s")));
        ledger.published(Meshes.config("three", routes("reviews", "2s"), routes("ratings", "3s")));

        var both = List.of(ratings, reviews);
        assertThat(ledger.changedSince("one", both)).containsExactly(ratings, reviews);
        assertThat(ledger.changedSince("two", both)).containsExactly(ratings);
        assertThat(ledger.changedSince("three", both)).as("none: all").isEqualTo(both);
        assertThat(ledger.changedSince("", both)).as("nobody knows: all").isEqualTo(both);
    }

    @Test
    void knowsWhatComesChangesAndGoesWhereverItStands() {
        var random = new Random(1);
        var before = new TreeMap<String, String>();
        for (var revision = 0; revision < 300; revision++) {
            var after = new TreeMap<>(before);
            for (var i = random.nextInt(4); i >= 0; i--) {
                var name = "s" + random.nextInt(8);
                if (random.nextBoolean()) {
                    after.put(name, (1 + random.nextInt(3)) + "s");
                } else {
                    after.remove(name);
                }
            }
            var wanted = new TreeSet<ResourceKey>();
            for (var name : IntStream.range(0, 8).mapToObj(i -> "s" + i).toList()) {
                if (!Objects.equals(before.get(name), after.get(name))) {
                    wanted.add(new ResourceKey(Kind.VIRTUAL_SERVICE, "shop", name));
                }
            }

            ledger.published(
                    Meshes.config(
                            "r" + revision,
                            after.entrySet().stream()
                                    .map(it -> routes(it.getKey(), it.getValue()))
                                    .toArray(String[]::new)));

            var published = Objects.requireNonNull(ledger.newest());
            assertThat(published.changed())
                    .as("revision %d", revision)
                    .containsExactlyElementsOf(revision == 0 ? List.of() : wanted);
            before = after;
        }
    }

    @Test
    void remembersSoManyRevisions() {
        for (var i = 0; i <= ConfigLedger.REMEMBERED; i++) {
            publish("r" + i);
        }

        assertThat(ledger.knows("r0")).isFalse();
        assertThat(ledger.knows("r1")).isTrue();
        assertThat(ledger.has("r200", "r1")).isTrue();
    }

    private void publish(String revision) {
        ledger.published(Meshes.config(revision, Meshes.service("reviews", "v1")));
    }

    private static String routes(String name, String timeout) {
        return Meshes.routes(
                name,
                "- timeout: %s\n  route: [{destination: {host: %s}}]".formatted(timeout, name));
    }

    private static Progress progress(String workload, String revision) {
        return new Progress(
                Meshes.sidecar(workload, "127.1.0.1"), State.STALE, revision, Set.of(), Map.of());
    }
}
