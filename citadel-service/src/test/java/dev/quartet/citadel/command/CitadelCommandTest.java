package dev.quartet.citadel.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.citadel.root.RootAuthority;
import dev.quartet.citadel.token.TokenAuthority;
import dev.quartet.citadel.token.TokenVerdict;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CitadelCommandTest {

    @TempDir Path folder;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String line) {
        var command =
                new CitadelCommand(
                        new PrintStream(out, true), new PrintStream(err, true), Clock.systemUTC());
        return command.run(
                line.replace("STATE", folder.resolve("state").toString())
                        .replace("OUT", folder.resolve("out").toString())
                        .split(" "));
    }

    private TokenVerdict verdict(String token) throws IOException {
        return TokenAuthority.loadOrCreate(
                        folder.resolve("state"), "cluster.local", Clock.systemUTC())
                .verify(token);
    }

    @Test
    void printsATokenForOneAccount() throws IOException {
        assertThat(run("token create --state-dir STATE --sa shop/storefront --ttl 60s")).isZero();

        assertThat(verdict(out.toString(StandardCharsets.UTF_8).strip()))
                .isInstanceOfSatisfying(
                        TokenVerdict.Accepted.class,
                        token -> {
                            assertThat(token.subject().account()).isEqualTo("shop/storefront");
                            assertThat(token.life()).isEqualTo(Duration.ofSeconds(60));
                        });
    }

    @Test
    void writesATokenWithoutNewline() throws IOException {
        assertThat(run("token create --state-dir=STATE --sa=shop/storefront --out=OUT")).isZero();

        assertThat(Files.readString(folder.resolve("out"))).doesNotContainAnyWhitespaces();
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void makesTrustFromNothing() throws IOException {
        assertThat(
                        run(
                                "init-trust --state-dir STATE --out OUT --sa shop/storefront --sa istio-system/istio-pilot-service-account"))
                .isZero();

        var root =
                RootAuthority.loadOrCreate(
                        folder.resolve("state"), "cluster.local", Clock.systemUTC());
        for (var account :
                new String[] {"shop/storefront", "istio-system/istio-pilot-service-account"}) {
            var own = folder.resolve("out").resolve(account);
            assertThat(own.resolve("root-cert.pem")).hasContent(root.pem());
            assertThat(verdict(Files.readString(own.resolve("token"))))
                    .isInstanceOfSatisfying(
                            TokenVerdict.Accepted.class,
                            token -> assertThat(token.subject().account()).isEqualTo(account));
        }
    }

    @Test
    void writesTheRootAloneForWhoNeedsNoIdentity() throws IOException {
        run("init-trust --state-dir STATE --out OUT --sa shop/storefront --root-cert OUT/root.pem");

        assertThat(folder.resolve("out/root.pem"))
                .hasSameTextualContentAs(folder.resolve("out/shop/storefront/root-cert.pem"));
        assertThat(Files.getPosixFilePermissions(folder.resolve("out/root.pem")))
                .isEqualTo(PosixFilePermissions.fromString("rw-r--r--"));
    }

    @Test
    void aSecondRunKeepsTheRootAndRenewsTokens() throws IOException {
        run("init-trust --state-dir STATE --out OUT --sa shop/storefront");
        var root = Files.readString(folder.resolve("out/shop/storefront/root-cert.pem"));
        var token = Files.readString(folder.resolve("out/shop/storefront/token"));

        run("init-trust --state-dir STATE --out OUT --sa shop/storefront");

        assertThat(folder.resolve("out/shop/storefront/root-cert.pem")).hasContent(root);
        assertThat(Files.readString(folder.resolve("out/shop/storefront/token")))
                .isNotEqualTo(token);
    }

    @Test
    void refreshesOnceOnDemand() {
        run("init-trust --state-dir STATE --out OUT --sa shop/storefront");

        assertThat(run("token refresh --state-dir STATE --dir OUT --once")).isZero();

        assertThat(out.toString()).startsWith("fresh ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "token",
                "token steal",
                "token create --state-dir STATE",
                "token create --state-dir STATE --sa storefront",
                "token create --state-dir STATE --sa ../x/y",
                "token create --state-dir STATE --sa shop/storefront --ttl soon",
                "token create --state-dir STATE --sa shop/storefront --ttl",
                "init-trust --state-dir STATE --out OUT --sa shop/storefront:root",
                "init-trust --state-dir STATE --sa shop/storefront --force"
            })
    void explainsAWrongCall(String line) {
        assertThat(run(line)).isEqualTo(2);

        assertThat(err.toString()).contains("usage: citadel");
    }

    @Test
    void saysWhyItCouldNot() throws IOException {
        Files.createFile(folder.resolve("state"));

        assertThat(run("token create --state-dir STATE --sa shop/storefront")).isOne();
        assertThat(err.toString())
                .contains(folder.resolve("state").toString())
                .doesNotContain("usage");
    }

    /// Hardening case 46: killed at any moment, a process leaves no root or a whole one.
    @Test
    void aKilledProcessLeavesNoRootOrAWholeOne() throws Exception {
        var kept = 0;
        for (var i = 0; i < 6; i++) {
            var state = folder.resolve("state" + i);
            var process =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-XX:TieredStopAtLevel=1",
                                    "-XX:+UseSerialGC",
                                    "-cp",
                                    System.getProperty(
                                            "surefire.real.class.path",
                                            System.getProperty("java.class.path")),
                                    "dev.quartet.citadel.CitadelApplication",
                                    "init-trust",
                                    "--state-dir",
                                    state.toString(),
                                    "--out",
                                    folder.resolve("out" + i).toString(),
                                    "--sa",
                                    "shop/storefront")
                            .inheritIO()
                            .start();
            if (i > 0) {
                process.waitFor(
                        ThreadLocalRandom.current().nextInt(150, 900), TimeUnit.MILLISECONDS);
                process.destroyForcibly();
            }
            process.waitFor();
            if (Files.exists(state.resolve("root.pem"))) {
                kept++;
                var before = Files.readString(state.resolve("root.pem"));
                RootAuthority.loadOrCreate(state, "cluster.local", Clock.systemUTC());
                assertThat(state.resolve("root.pem")).hasContent(before);
            }
            var token = folder.resolve("out" + i).resolve("shop/storefront/token");
            if (Files.exists(token)) {
                assertThat(
                                TokenAuthority.loadOrCreate(
                                                state, "cluster.local", Clock.systemUTC())
                                        .verify(Files.readString(token)))
                        .isInstanceOf(TokenVerdict.Accepted.class);
            }
        }
        assertThat(kept).isPositive(); // the first one was let live
    }
}
