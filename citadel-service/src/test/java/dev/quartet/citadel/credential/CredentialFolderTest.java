package dev.quartet.citadel.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quartet.citadel.metrics.CitadelMetrics;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.Pem;
import dev.quartet.identity.PrivateFiles;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.SettableClock;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialFolderTest {

    private static final CredentialKey WEB = new CredentialKey("shop", "web");
    private static final SpiffeId GATEWAY =
            new SpiffeId("cluster.local", "shop", "istio-ingressgateway-service-account");
    private static final SpiffeId SIDECAR = new SpiffeId("cluster.local", "shop", "storefront");

    @TempDir Path state;
    private final SettableClock clock = new SettableClock();
    private final Authority authority = Authority.root("root", clock.instant());
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private Path root;
    private CredentialFolder folder;

    @BeforeEach
    void start() throws IOException {
        root = state.resolve("credentials");
        open(registry);
    }

    private void open(PrometheusRegistry metrics) throws IOException {
        folder =
                new CredentialFolder(
                        root, new Shelf(new CredentialReader(clock), new CitadelMetrics(metrics)));
        folder.start();
    }

    @AfterEach
    void stop() {
        folder.close();
    }

    private KeyMaterial issue() {
        return authority.issue("shop.example", clock.instant());
    }

    private @Nullable KeyMaterial shownTo(SpiffeId caller) {
        return folder.find(caller, new CredentialKey(caller.namespace(), "web"))
                        instanceof Answer.Given(var credential)
                ? credential.shown()
                : null;
    }

    private Answer.@Nullable Reason whyNot(SpiffeId caller) {
        return folder.find(caller, WEB) instanceof Answer.None(var reason, var _) ? reason : null;
    }

    @Test
    void whatIsWrittenIsThereAtOnceForItsAccountsAloneAndAfterARestart() throws Exception {
        var material = issue();

        var held = folder.write(WEB, Authority.parts(material), null);

        assertThat(held.serviceAccounts()).containsExactly("istio-ingressgateway-service-account");
        assertThat(shownTo(GATEWAY)).isEqualTo(material);
        assertThat(whyNot(SIDECAR)).isEqualTo(Answer.Reason.CREDENTIAL_NOT_ALLOWED);
        assertThat(shownTo(new SpiffeId("cluster.local", "bank", GATEWAY.serviceAccount())))
                .isNull();
        folder.close();
        open(new PrometheusRegistry());
        assertThat(shownTo(GATEWAY)).isEqualTo(material);

        folder.write(WEB, Authority.parts(material), List.of("storefront"));
        assertThat(shownTo(SIDECAR)).isEqualTo(material);
        assertThat(whyNot(GATEWAY)).isEqualTo(Answer.Reason.CREDENTIAL_NOT_ALLOWED);
        var renewed = issue();
        folder.write(WEB, Authority.parts(renewed), null);
        assertThat(shownTo(SIDECAR)).isEqualTo(renewed);
        assertThat(whyNot(GATEWAY)).isEqualTo(Answer.Reason.CREDENTIAL_NOT_ALLOWED);
    }

    @Test
    void itsFilesAreForTheirOwnerAndOldOnesDoNotStay() throws Exception {
        folder.write(WEB, Authority.parts(issue()), null);
        folder.write(WEB, Authority.parts(issue()), null);

        var place = root.resolve("shop/web");
        for (var file : List.of("tls.crt", "tls.key", "service-accounts")) {
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(place.resolve(file))))
                    .isEqualTo("rw-------");
        }
        for (var each : List.of(root, root.resolve("shop"), place.toRealPath())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
                    .isEqualTo("rwx------");
        }
        try (var children = Files.list(root.resolve("shop"))) {
            assertThat(children).hasSize(2); // the link and what it leads to
        }
        assertThat(folder.delete(WEB)).isTrue();
        assertThat(folder.delete(WEB)).isFalse();
        assertThat(root.resolve("shop")).isEmptyDirectory();
        assertThat(whyNot(GATEWAY)).isEqualTo(Answer.Reason.CREDENTIAL_NOT_FOUND);
    }

    @Test
    void aBadOneIsNotWritten() throws Exception {
        var material = issue();
        folder.write(WEB, Authority.parts(material), null);

        assertThatThrownBy(() ->
                        folder.write(
                                WEB,
                                new CredentialParts(
                                        Pem.encode(material.chain()),
                                        Pem.encode(issue().key()),
                                        null,
                                        null),
                                null))
                .isInstanceOf(CredentialRefused.class);
        assertThatThrownBy(() ->
                        folder.write(WEB, Authority.parts(material), List.of("other/account")))
                .hasMessageContaining("no service account");

        assertThat(shownTo(GATEWAY)).isEqualTo(material);
        assertThat(folder.all().getFirst().refused()).isNull();
    }

    private static void byHand(Path place, KeyMaterial certificate, KeyMaterial key)
            throws IOException {
        PrivateFiles.folder(place);
        PrivateFiles.write(place.resolve("tls.crt"), Pem.encode(certificate.chain()));
        PrivateFiles.write(place.resolve("tls.key"), Pem.encode(key.key()));
    }

    private void awaitShown(@Nullable KeyMaterial material) {
        await().untilAsserted(() -> assertThat(shownTo(GATEWAY)).isEqualTo(material));
    }

    private void awaitRefused(CredentialRefused.Reason reason) {
        await().untilAsserted(() ->
                assertThat(folder.all())
                        .singleElement()
                        .satisfies(held -> {
                            assertThat(held.refused()).isNotNull();
                            assertThat(held.refused().reason()).isEqualTo(reason);
                        }));
    }

    /// Hardening case 46: between the two writes certificate and key are not one another's.
    @Test
    void filesWrittenByHandAreFollowedAndABadRenewalReplacesNothing() throws Exception {
        var place = root.resolve("shop/web");
        var first = issue();
        var second = issue();
        byHand(place, first, first);
        awaitShown(first);

        byHand(place, second, first);
        awaitRefused(CredentialRefused.Reason.KEY_OF_ANOTHER_CERTIFICATE);
        assertThat(shownTo(GATEWAY)).isEqualTo(first);
        assertThat(counter("citadel_credential_refusals", "KEY_OF_ANOTHER_CERTIFICATE")).isOne();
        assertThat(gauge("citadel_credentials_refused")).isOne();

        byHand(place, second, second);
        awaitShown(second);
        assertThat(folder.all().getFirst().refused()).isNull();
        assertThat(gauge("citadel_credentials_refused")).isZero();
        assertThat(gauge("citadel_credential_expiry_timestamp_seconds"))
                .isEqualTo(second.notAfter().getEpochSecond());

        Files.setPosixFilePermissions(
                place.resolve("tls.key"), PosixFilePermissions.fromString("rw-r--r--"));
        awaitRefused(CredentialRefused.Reason.UNREADABLE);
        assertThat(shownTo(GATEWAY)).isEqualTo(second);
        assertThatThrownBy(() -> folder.write(WEB, Authority.parts(first), null))
                .hasMessageContaining("made by hand");

        assertThat(folder.delete(WEB)).isTrue();
        awaitShown(null);
        folder.write(WEB, Authority.parts(first), null);
        awaitShown(first);
    }

    @Test
    void aCertificateThatIsNotYetValidIsTakenWhenItIs() throws Exception {
        var start = clock.instant().plusSeconds(60);
        var later =
                authority.issue(
                        Authority.Leaf.of("shop.example", clock.instant())
                                .from(start, start.plus(Duration.ofDays(1))));
        byHand(root.resolve("shop/web"), later, later);
        awaitRefused(CredentialRefused.Reason.NOT_YET_VALID);
        assertThat(whyNot(GATEWAY)).isNotNull();

        clock.advance(Duration.ofSeconds(61));

        awaitShown(later);
        assertThat(counter("citadel_credential_refusals", "NOT_YET_VALID")).isOne();
    }

    /// Hardening case 46: what a `kill -9` leaves is swept away, and what is in force stays.
    @Test
    void leftoversAreSweptAtTheStartAndStrangeNamesLeftAlone() throws Exception {
        var material = issue();
        folder.write(WEB, Authority.parts(material), null);
        folder.close();
        var name = ".web." + UUID.randomUUID();
        var left = PrivateFiles.folder(root.resolve("shop").resolve(name));
        Files.writeString(left.resolve("tls.key"), "half");
        var link = root.resolve("shop").resolve(name + ".link");
        Files.createSymbolicLink(link, Path.of(name));
        var anothers = PrivateFiles.folder(root.resolve("shop/.git"));
        PrivateFiles.folder(root.resolve("shop/Not A Name"));
        Files.writeString(root.resolve("shop/file"), "");

        open(new PrometheusRegistry());

        assertThat(left).doesNotExist();
        assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(anothers).exists();
        assertThat(folder.all()).extracting(Held::key).containsExactly(WEB);
        assertThat(shownTo(GATEWAY)).isEqualTo(material);
    }

    /// An operator's link leads where he keeps his certificates; nothing there is ever touched.
    @Test
    void whatALinkMadeByHandLeadsToIsReadAndNeverDeleted() throws Exception {
        var kept = state.resolve("kept").resolve(".live." + UUID.randomUUID());
        var material = issue();
        byHand(kept, material, material);
        PrivateFiles.folder(root.resolve("shop"));
        Files.createSymbolicLink(root.resolve("shop/web"), kept);
        awaitShown(material);

        folder.write(WEB, Authority.parts(issue()), null);
        assertThat(kept.resolve("tls.key")).exists();
        folder.delete(WEB);
        Files.createSymbolicLink(root.resolve("shop/web"), kept);
        awaitShown(material);
        folder.delete(WEB);

        assertThat(kept.resolve("tls.key")).exists();
        assertThat(root.resolve("shop")).isEmptyDirectory();
    }

    /// Hardening case 46: whoever reads while it is replaced sees one credential or the other.
    @Test
    void aReaderNeverSeesHalfAReplacement() throws Exception {
        var one = issue();
        var two = issue();
        folder.write(WEB, Authority.parts(one), null);
        var stop = new AtomicBoolean();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var reading =
                    threads.submit(() -> {
                        while (!stop.get()) {
                            assertThat(shownTo(GATEWAY)).isIn(one, two);
                        }
                        return true;
                    });
            for (var i = 0; i < 20; i++) {
                folder.write(WEB, Authority.parts(i % 2 == 0 ? two : one), null);
            }
            stop.set(true);

            assertThat(reading.get()).isTrue();
        }
        assertThat(folder.all().getFirst().refused()).isNull();
    }

    private double counter(String name, String reason) {
        return registry.scrape(name::equals).stream()
                .map(CounterSnapshot.class::cast)
                .flatMap(snapshot -> snapshot.getDataPoints().stream())
                .filter(point -> reason.equals(point.getLabels().get("reason")))
                .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
                .sum();
    }

    private double gauge(String name) {
        return registry.scrape(name::equals).stream()
                .map(GaugeSnapshot.class::cast)
                .flatMap(snapshot -> snapshot.getDataPoints().stream())
                .mapToDouble(GaugeSnapshot.GaugeDataPointSnapshot::getValue)
                .sum();
    }
}
