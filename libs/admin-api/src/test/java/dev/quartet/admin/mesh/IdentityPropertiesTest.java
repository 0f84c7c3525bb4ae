package dev.quartet.admin.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.HostPort;
import dev.quartet.admin.StartupFailure;
import dev.quartet.identity.JoinToken;
import dev.quartet.identity.PrivateFiles;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.identity.testing.TestCitadel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/// The settings as Spring binds them, and what is made of them.
class IdentityPropertiesTest {
    private static final SpiffeId PILOT = SpiffeId.pilot("mesh.example");

    @TempDir Path folder;

    private final Map<String, Object> settings = new HashMap<>();

    private <T> T bound(String prefix, Class<T> type) {
        settings.put("quartet.state-dir", folder.resolve("state").toString());
        settings.putIfAbsent("quartet.identity.service-account", PILOT.serviceAccount());
        return new Binder(new MapConfigurationPropertySource(settings)).bindOrCreate(prefix, type);
    }

    private IdentityProperties identity() {
        return bound("quartet.identity", IdentityProperties.class);
    }

    private AdminProperties shared() {
        return bound("quartet", AdminProperties.class);
    }

    @Test
    void getsACertificateForTheControlPlanesNamespaceAndKeepsItInTheStateFolder() throws Exception {
        var authority = new TestAuthority(Clock.systemUTC());
        new JoinToken(TestCitadel.TOKEN).write(folder.resolve("token"));
        settings.put("quartet.trust-domain", PILOT.trustDomain());
        settings.put("quartet.identity.token-file", folder.resolve("token").toString());
        settings.put(
                "quartet.identity.root-cert-file",
                authority.writeRoot(folder.resolve("roots")).toString());

        try (var citadel = new TestCitadel(authority, PILOT, 0)) {
            settings.put("quartet.identity.citadel-address", citadel.address());
            try (var started = identity().start(shared(), Clock.systemUTC())) {
                assertThat(started.awaitReady(Duration.ofSeconds(10))).isTrue();

                var status = IdentityStatus.of(started);
                assertThat(status.ready()).isTrue();
                assertThat(status.spiffeId()).isEqualTo(PILOT.uri());
                assertThat(status.notAfter()).isAfter(status.notBefore());
                assertThat(status.renewals()).isEqualTo(1);
            }
        }

        assertThat(folder.resolve("state/identity/identity.pem")).isNotEmptyFile();
    }

    @Test
    void startsFromTheCertificateOnDiskWithRootsOfTheStateFolder() throws Exception {
        var authority = new TestAuthority(Clock.systemUTC());
        var state = PrivateFiles.folder(folder.resolve("state"));
        authority.writeRoot(state.resolve("root-cert.pem"));
        PrivateFiles.write(
                PrivateFiles.folder(state.resolve("identity")).resolve("identity.pem"),
                authority.issue(SpiffeId.pilot("cluster.local"), Duration.ofDays(1)).toPem());
        settings.put("quartet.identity.citadel-address", "127.0.0.1:1");

        try (var started = identity().start(shared(), Clock.systemUTC())) {
            assertThat(started.ready()).isTrue();
        }
    }

    @Test
    void citadelIsOnThisMachineWhereTheOffsetPutsIt() {
        settings.put("quartet.port-offset", "1000");

        assertThat(identity().citadel(shared())).isEqualTo(new HostPort("127.0.0.1", 9060));
    }

    @Test
    void namesTheSettingOfAnAddressThatIsNone() {
        settings.put("quartet.identity.citadel-address", "citadel");

        assertThatThrownBy(this::identity)
                .isInstanceOf(BindException.class)
                .hasMessageContaining("quartet.identity.citadel-address")
                .hasRootCauseInstanceOf(IllegalArgumentException.class)
                .rootCause()
                .hasMessageContaining("\"citadel\" is not host:port");
    }

    @Test
    void namesAServiceAccountThatIsNone() {
        settings.put("quartet.identity.service-account", "Pilot!");

        assertThatThrownBy(() -> identity().start(shared(), Clock.systemUTC()))
                .isInstanceOf(StartupFailure.class)
                .hasMessageContaining("service account \"Pilot!\"")
                .extracting(failure -> ((StartupFailure) failure).fix())
                .asString()
                .contains("quartet.identity.service-account");
    }

    @Test
    void namesAStateFolderThatCannotBeUsed() throws IOException {
        Files.writeString(folder.resolve("state"), "a file");

        assertThatThrownBy(() -> identity().start(shared(), Clock.systemUTC()))
                .isInstanceOf(StartupFailure.class)
                .hasMessageContaining(folder.resolve("state").toString());
    }
}
