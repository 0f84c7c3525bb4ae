package dev.quartet.citadel.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.citadel.token.TrustFolder.Outcome;
import dev.quartet.identity.JoinToken;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.SettableClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustFolderTest {

    private static final SpiffeId STOREFRONT = new SpiffeId("cluster.local", "shop", "storefront");

    @TempDir Path folder;
    private final SettableClock clock = new SettableClock();
    private TokenAuthority tokens;
    private TrustFolder trust;
    private Path tokenFile;

    @BeforeEach
    void makeFolder() throws IOException {
        tokens = TokenAuthority.loadOrCreate(folder.resolve("state"), "cluster.local", clock);
        trust = new TrustFolder(folder.resolve("trust"), tokens, clock);
        tokenFile = folder.resolve("trust/shop/storefront/token");
    }

    @Test
    void givesEachIdentityAFolderOfItsOwn() throws IOException {
        trust.write(STOREFRONT, Duration.ofDays(30), "root\n", OptionalInt.empty());

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(tokenFile)))
                .isEqualTo("rw-------");
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(tokenFile.getParent())))
                .isEqualTo("rwx------");
        assertThat(tokenFile.resolveSibling("root-cert.pem")).hasContent("root\n");
        assertThat(Files.readString(tokenFile)).doesNotContainAnyWhitespaces();
        assertThat(tokens.verify(Files.readString(tokenFile)))
                .isInstanceOf(TokenVerdict.Accepted.class);
    }

    @Test
    void rewritesATokenAtHalfLifeAndNotBefore() throws IOException {
        trust.write(STOREFRONT, Duration.ofSeconds(60), "root", OptionalInt.empty());
        var first = Files.readString(tokenFile);

        clock.advance(Duration.ofSeconds(25));
        assertThat(trust.refresh()).hasOnlyElementsOfType(Outcome.StillFresh.class);
        clock.advance(Duration.ofSeconds(10));
        assertThat(trust.refresh()).hasOnlyElementsOfType(Outcome.Rewritten.class);

        assertThat(Files.readString(tokenFile)).isNotEqualTo(first);
        assertThat(tokens.verify(Files.readString(tokenFile)))
                .isInstanceOfSatisfying(
                        TokenVerdict.Accepted.class,
                        token -> assertThat(token.life()).isEqualTo(Duration.ofSeconds(60)));
    }

    @Test
    void leavesWhatIsNotItsOwn() throws IOException {
        trust.write(STOREFRONT, Duration.ofSeconds(60), "root", OptionalInt.empty());
        var another = new SpiffeId("cluster.local", "shop", "ratings");
        tokens.mint(another, Duration.ofSeconds(60)).write(tokenFile);
        clock.advance(Duration.ofSeconds(50));

        assertThat(trust.refresh())
                .singleElement()
                .isInstanceOfSatisfying(
                        Outcome.Skipped.class,
                        skipped -> assertThat(skipped.reason()).contains(another.uri()));

        new JoinToken("rubbish").write(tokenFile);
        assertThat(trust.refresh()).hasOnlyElementsOfType(Outcome.Skipped.class);
    }

    @Test
    void aMissingFolderIsEmpty() throws IOException {
        assertThat(trust.refresh()).isEmpty();
    }

    @Test
    void refresherKeepsTokensFresh() throws IOException {
        trust.write(STOREFRONT, Duration.ofSeconds(60), "root", OptionalInt.empty());
        var first = Files.readString(tokenFile);
        try (var refresher = new TokenRefresher(trust)) {
            refresher.start();
            clock.advance(Duration.ofSeconds(40));

            await().until(() -> !Files.readString(tokenFile).equals(first));
        }
    }

    @Test
    void refresherOutlivesAFailure() throws IOException {
        trust.write(STOREFRONT, Duration.ofSeconds(60), "root", OptionalInt.empty());
        var first = Files.readString(tokenFile);
        clock.advance(Duration.ofSeconds(40));
        var failsOnce = new FailsOnce(clock);
        try (var refresher =
                new TokenRefresher(new TrustFolder(folder.resolve("trust"), tokens, failsOnce))) {
            refresher.start();

            await().until(() -> !Files.readString(tokenFile).equals(first));
        }
        assertThat(failsOnce.failed).isTrue();
    }

    private static final class FailsOnce extends Clock {
        private final Clock real;
        private volatile boolean failed;

        FailsOnce(Clock real) {
            this.real = real;
        }

        @Override
        public Instant instant() {
            if (!failed) {
                failed = true;
                throw new IllegalStateException("a bug");
            }
            return real.instant();
        }

        @Override
        public ZoneId getZone() {
            return real.getZone();
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
