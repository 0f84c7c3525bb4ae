package dev.quartet.pilot.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.pilot.ingest.Registry;
import dev.quartet.testkit.FakeClock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class GraceTimeTest {
    private static final Duration GRACE = Duration.ofMinutes(5);

    private final FakeClock clock = FakeClock.at("2026-01-01T00:00:00Z");
    private GraceTime grace = new GraceTime("eureka", new GraceSettings(GRACE, 50), clock);

    @Test
    void aRegistryThatSuddenlyListsNothingKeepsItsEndpointsForTheGraceTime(CapturedOutput log) {
        var full = Listing.of().with("reviews", 3).with("ratings", 2).with("client").registry();
        look(full);

        assertThat(look(Registry.EMPTY)).isEqualTo(full);
        assertThat(grace.hold()).hasValueSatisfying(it -> assertThat(it.kept()).isEqualTo(5));
        assertThat(log).contains("Registry suddenly lists much less", "name=\"eureka\"");

        clock.advance(GRACE.minusMillis(1));
        assertThat(look(Registry.EMPTY)).isEqualTo(full);
        clock.advance(Duration.ofMillis(1));
        assertThat(look(Registry.EMPTY)).isEqualTo(Registry.EMPTY);
        assertThat(grace.hold()).isEmpty();
        assertThat(log).contains("Grace time of a registry is over");
    }

    @Test
    void whatComesBackEndsIt(CapturedOutput log) {
        var full = Listing.of().with("reviews", 3).with("ratings", 2).registry();
        look(full);
        look(Registry.EMPTY);

        var half = Listing.of().with("reviews", 2).registry();
        assertThat(look(half)).isEqualTo(full);
        assertThat(grace.hold()).hasValueSatisfying(it -> assertThat(it.kept()).isEqualTo(3));

        assertThat(look(full)).isEqualTo(full);
        assertThat(grace.hold()).isEmpty();
        assertThat(log).contains("Registry lists its endpoints again");
    }

    @Test
    void aServiceThatHasAsManyEndpointsAsBeforeLosesItsOldOnes() {
        look(Listing.of().with("reviews", 2).with("ratings", 2).registry());
        look(Registry.EMPTY);

        var renewed =
                look(
                        Listing.of()
                                .with(
                                        "reviews",
                                        new Registry.Port(80, "http", null),
                                        List.of("reviews-8", "reviews-9"))
                                .registry());

        assertThat(Listing.members(renewed, "reviews")).containsExactly("reviews-8", "reviews-9");
        assertThat(Listing.members(renewed, "ratings")).containsExactly("ratings-0", "ratings-1");
    }

    @Test
    void whatIsKeptHasNoAddressThatIsAnothersNow() {
        look(Listing.of().with("reviews", 1).with("ratings", 1).registry());

        var reused = Listing.of();
        reused.workload("new", "new", Listing.address("reviews-0"));
        var kept = look(reused.registry());

        assertThat(Listing.members(kept, "reviews")).isEmpty();
        assertThat(Listing.members(kept, "ratings")).containsExactly("ratings-0");
    }

    @Test
    void lossOfMoreThanTheShareAcrossServicesIsSudden() {
        look(Listing.of().with("reviews", 3).with("ratings", 3).with("details", 1).registry());

        var kept = look(Listing.of().with("reviews", 1).with("details", 1).registry());

        assertThat(Listing.members(kept, "reviews")).hasSize(3);
        assertThat(Listing.members(kept, "ratings")).hasSize(3);
    }

    @Test
    void itIsSuddenTooWhenItComesInPieces() {
        look(Listing.of().with("reviews", 3).with("ratings", 3).registry());
        look(Listing.of().with("reviews", 3).with("ratings", 1).registry());
        clock.advance(Duration.ofMillis(50));
        assertThat(grace.hold()).isEmpty();

        var kept = look(Listing.of().with("reviews", 1).with("ratings", 1).registry());

        assertThat(Listing.members(kept, "ratings")).hasSize(3);
    }

    @Test
    void aServiceThatIsScaledDownIsNotHeld() {
        look(Listing.of().with("reviews", 8).with("ratings", 1).with("details", 1).registry());

        var less = Listing.of().with("reviews", 0).with("ratings", 1).with("details", 1).registry();

        assertThat(look(less)).isEqualTo(less);
        assertThat(grace.hold()).isEmpty();
    }

    @Test
    void lossesThatAreFurtherApartAreBelieved() {
        look(Listing.of().with("reviews", 3).with("ratings", 3).registry());
        look(Listing.of().with("reviews", 3).with("ratings", 1).registry());
        clock.advance(GraceTime.AT_ONCE.plusMillis(1));

        var less = Listing.of().with("reviews", 2).with("ratings", 0).registry();

        assertThat(look(less)).isEqualTo(less);
    }

    @Test
    void ofTwoServicesWithOneWorkloadEachOneMayGoAndNotBothAtOnce() {
        look(Listing.of().with("reviews", 1).with("ratings", 1).registry());

        var one = Listing.of().with("reviews", 1).registry();
        assertThat(look(one)).isEqualTo(one);
        assertThat(Listing.members(look(Registry.EMPTY), "reviews")).hasSize(1);
    }

    @Test
    void replacedWorkloadsAreNoLoss() {
        look(Listing.of().with("reviews", 2).with("ratings", 2).registry());

        var port = new Registry.Port(80, "http", null);
        var next =
                Listing.of()
                        .with("reviews", port, List.of("reviews-8", "reviews-9"))
                        .with("ratings", port, List.of("ratings-8", "ratings-9"))
                        .registry();

        assertThat(look(next)).isEqualTo(next);
    }

    @Test
    void graceTimeOfZeroBelievesAtOnce() {
        grace = new GraceTime("eureka", new GraceSettings(Duration.ZERO, 50), clock);
        look(Listing.of().with("reviews", 3).with("ratings", 2).registry());

        assertThat(look(Registry.EMPTY)).isEqualTo(Registry.EMPTY);
    }

    private Registry look(Registry listed) {
        return grace.look(listed);
    }
}
