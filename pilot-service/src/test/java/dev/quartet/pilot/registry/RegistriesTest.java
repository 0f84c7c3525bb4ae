package dev.quartet.pilot.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.Registry.Port;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.testkit.FakeClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class RegistriesTest {
    private static final GraceSettings SETTINGS = new GraceSettings(Duration.ofMinutes(5), 50);

    private final Content first = new Content("first");
    private final Content second = new Content("second");
    private final List<Member> members = new ArrayList<>(List.of(first.member(), second.member()));
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Registries registries =
            registries(FakeClock.at("2026-01-01T00:00:00Z"), SETTINGS, meters, () -> {});

    private Registries registries(
            Clock clock, GraceSettings settings, SimpleMeterRegistry meters, Runnable changed) {
        return new Registries(
                List.of(() -> List.copyOf(members)), settings, clock, meters, changed);
    }

    /// A registry that a test writes.
    private static final class Content {
        private final String name;
        private volatile Optional<Registry> listed = Optional.empty();
        private volatile Optional<String> trouble = Optional.empty();

        Content(String name) {
            this.name = name;
        }

        Member member() {
            return new Member(name, () -> listed, () -> trouble);
        }

        void lists(Listing listing) {
            listed = Optional.of(listing.registry());
        }
    }

    @Test
    void nothingIsKnownBeforeEachRegistryIsKnownWhole() {
        first.lists(Listing.of().with("reviews", 1));

        assertThat(registries.registry()).isEmpty();
        assertThat(registries.missing()).containsExactly("second");

        second.lists(Listing.of());
        assertThat(registries.registry()).isPresent();
        assertThat(registries.missing()).isEmpty();
    }

    @Test
    void whoJoinsLaterStopsNobodyUntilItIsKnown() {
        members.remove(1);
        first.lists(Listing.of().with("reviews", 1));
        registries.registry();

        members.add(second.member());

        assertThat(registries.registry()).isPresent();
        assertThat(registries.missing()).isEmpty();
        assertThat(registries.status().toString())
                .contains("second={state=waiting for the first list}");
    }

    @Test
    void aServiceInSeveralRegistriesHasTheWorkloadsOfAllAndThePortsOfTheFirst() {
        first.lists(Listing.of().with("reviews", new Port(80, "http", null), List.of("reviews-a")));
        second.lists(
                Listing.of()
                        .with("reviews", new Port(80, "web", "tcp"), List.of("reviews-b"))
                        .with("ratings", 1));

        var both = registries.registry().orElseThrow();

        assertThat(both.services())
                .extracting(RegisteredService::name)
                .containsExactly("ratings", "reviews");
        assertThat(Listing.members(both, "reviews")).containsExactly("reviews-a", "reviews-b");
        assertThat(both.services().getLast().ports()).containsExactly(new Port(80, "http", null));
        assertThat(both.workloads().getLast().ports())
                .as("the second's port by the first's name: the number is the same")
                .containsEntry(Listing.host("reviews") + "/http", 8080);
    }

    @Test
    void twoWorkloadsOfOneNameAreToldApart() {
        first.lists(Listing.of().with("db", 1));
        var other = Listing.of().with("db", 1);
        other.workload("db", "db-0", "10.2.0.1", Listing.host("db") + "/http");
        second.lists(other);

        var both = registries.registry().orElseThrow();

        assertThat(both.services().getFirst().members())
                .containsExactly("db-0.shop", "db-0@second.shop");
        assertThat(both.workloads())
                .extracting(it -> it.instance() + " " + it.address())
                .containsExactly(
                        "db-0.shop " + Listing.address("db-0"), "db-0@second.shop 10.2.0.1");
    }

    @Test
    void aHostOfAnotherServiceIsTheFirsts(CapturedOutput log) {
        first.lists(Listing.of().with("reviews", 1));
        second.listed =
                Optional.of(
                        new Registry(
                                List.of(
                                        RegisteredService.named(
                                                Listing.host("reviews"),
                                                "other",
                                                "reviews",
                                                List.of(),
                                                Map.of(),
                                                List.of())),
                                List.of()));

        var both = registries.registry().orElseThrow();
        registries.registry();

        assertThat(both.services()).extracting(RegisteredService::namespace).containsOnly("shop");
        assertThat(log.getAll()).containsOnlyOnce("A registry of higher precedence has this host");
    }

    @Test
    void equalContentIsEqual() {
        first.lists(Listing.of().with("reviews", 2).with("ratings", 1));
        second.lists(Listing.of().with("reviews", 2).with("details", 1));
        var before = registries.registry();

        first.lists(Listing.of().with("ratings", 1).with("reviews", 2));

        assertThat(registries.registry()).isEqualTo(before);
    }

    @Test
    void eachRegistryIsHeldForItselfAndSaysSo() {
        first.lists(Listing.of().with("reviews", 3));
        second.lists(Listing.of().with("ratings", 2));
        registries.registry();

        second.lists(Listing.of());
        second.trouble = Optional.of("no answer");

        assertThat(Listing.members(registries.registry().orElseThrow(), "ratings")).hasSize(2);
        assertThat(gauge("pilot_registry_kept_endpoints", "first")).isZero();
        assertThat(gauge("pilot_registry_kept_endpoints", "second")).isEqualTo(2);
        assertThat(gauge("pilot_registry_workloads", "first")).isEqualTo(3);
        assertThat(gauge("pilot_registry_reachable", "first")).isEqualTo(1);
        assertThat(gauge("pilot_registry_reachable", "second")).isZero();
        assertThat(registries.status().toString())
                .contains(
                        "second={services=0, workloads=0, state=suddenly lists much less",
                        "endpointsKept=2",
                        "trouble=no answer");
    }

    @Test
    void whoLeavesTakesItsEndpointsAlongAtOnce() {
        first.lists(Listing.of().with("reviews", 3));
        second.lists(Listing.of().with("ratings", 2));
        registries.registry();

        members.remove(1);

        assertThat(registries.registry().orElseThrow().services())
                .extracting(RegisteredService::name)
                .containsExactly("reviews");
        assertThat(meters.find("pilot_registry_workloads").gauges()).hasSize(1);
    }

    @Test
    void theEndOfTheGraceTimeIsAChange() {
        var woken = new CountDownLatch(1);
        try (var soon =
                registries(
                        Clock.systemUTC(),
                        new GraceSettings(Duration.ofMillis(200), 50),
                        new SimpleMeterRegistry(),
                        woken::countDown)) {
            first.lists(Listing.of().with("reviews", 3));
            second.lists(Listing.of());
            soon.registry();
            first.lists(Listing.of());
            assertThat(soon.registry().orElseThrow().services()).isNotEmpty();

            await().until(() -> woken.getCount() == 0);

            assertThat(soon.registry().orElseThrow().services()).isEmpty();
        }
    }

    private double gauge(String name, String registry) {
        return meters.get(name).tag("registry", registry).gauge().value();
    }
}
