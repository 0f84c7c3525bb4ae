package dev.quartet.citadel.root;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.quartet.identity.PrivateFiles;
import dev.quartet.identity.testing.SettableClock;
import dev.quartet.identity.testing.TestAuthority;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RootAuthorityTest {

    @TempDir Path folder;
    private final SettableClock clock = new SettableClock();

    @Test
    void isMadeOnceAndReused() throws Exception {
        var state = folder.resolve("state");

        var first = RootAuthority.loadOrCreate(state, "cluster.local", clock);
        clock.advance(Duration.ofDays(1));
        var second = RootAuthority.loadOrCreate(state, "cluster.local", clock);

        assertThat(second.certificate()).isEqualTo(first.certificate());
        assertThat(first.certificate().getPublicKey().getAlgorithm()).isEqualTo("EC");
        assertThat(Duration.between(clock.instant(), first.notAfter()))
                .isBetween(Duration.ofDays(3648), Duration.ofDays(3650));
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(state.resolve("root.pem"))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state)))
                .isEqualTo("rwx------");
        assertThat(Files.readString(state.resolve("root-cert.pem")))
                .isEqualTo(first.pem())
                .doesNotContain("PRIVATE");
    }

    @Test
    void manyStartersMakeOneRoot() throws Exception {
        try (var threads = Executors.newFixedThreadPool(6)) {
            Callable<X509Certificate> start =
                    () -> RootAuthority.loadOrCreate(folder, "cluster.local", clock).certificate();
            var roots = new HashSet<X509Certificate>();
            for (var started : threads.invokeAll(Stream.generate(() -> start).limit(12).toList())) {
                roots.add(started.get());
            }

            assertThat(roots).hasSize(1);
        }
    }

    @Test
    void neverReplacesABrokenRoot() throws Exception {
        var file = folder.resolve("root.pem");
        PrivateFiles.write(file, "-----BEGIN PRIVATE KEY-----\nhalf");

        assertThatIOException()
                .isThrownBy(() -> RootAuthority.loadOrCreate(folder, "cluster.local", clock))
                .withMessageContaining(file.toString())
                .withMessageContaining("restore it from a copy");
        assertThat(file).hasContent("-----BEGIN PRIVATE KEY-----\nhalf");
    }

    @Test
    void refusesAKeyThatOthersCanRead() throws Exception {
        RootAuthority.loadOrCreate(folder, "cluster.local", clock);
        Files.setPosixFilePermissions(
                folder.resolve("root.pem"), PosixFilePermissions.fromString("rw-r--r--"));

        assertThatIOException()
                .isThrownBy(() -> RootAuthority.loadOrCreate(folder, "cluster.local", clock))
                .withMessageContaining("chmod 600");
    }

    @Test
    void refusesAKeyThatItCannotSignWith() throws Exception {
        PrivateFiles.write(
                folder.resolve("root.pem"),
                TestAuthority.selfSigned("RSA", Duration.ofDays(1)).toPem());

        assertThatIOException()
                .isThrownBy(() -> RootAuthority.loadOrCreate(folder, "cluster.local", clock))
                .withMessageContaining("elliptic curve");
    }

    @Test
    void refusesAnExpiredRoot() throws Exception {
        RootAuthority.loadOrCreate(folder, "cluster.local", clock);
        clock.advance(Duration.ofDays(3651));

        assertThatIOException()
                .isThrownBy(() -> RootAuthority.loadOrCreate(folder, "cluster.local", clock))
                .withMessageContaining("expired at");
    }
}
