package dev.quartet.pilot.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.node.Proxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PresenceRegistryTest {
    private static final Duration SHORT = Duration.ofMillis(50);

    @TempDir Path state;

    @Test
    void aConnectedProxyIsThereAndAReconnectChangesNothing() throws IOException {
        var changes = new AtomicInteger();
        try (var registry = new PresenceRegistry(state, changes::incrementAndGet)) {
            var proxy = Meshes.sidecar("reviews-v1", "127.1.0.4");
            registry.connected(proxy);
            registry.connected(proxy); // the new stream comes before the old one ends
            registry.disconnected(proxy);

            assertThat(registry.presences().all())
                    .extracting(Presence::instance)
                    .containsExactly("reviews-v1-1.shop");
            assertThat(changes).hasValue(1);
        }
    }

    @Test
    void aRestartStartsWithTheWorkloadsOfBefore() throws IOException {
        try (var before = new PresenceRegistry(state, () -> {}, SHORT)) {
            before.connected(Meshes.sidecar("reviews-v1", "127.1.0.4"));
            before.connected(Meshes.sidecar("reviews-v2", "127.1.0.5"));
            await().until(() -> Files.exists(list()));
        }

        try (var after = new PresenceRegistry(state, () -> {})) {
            assertThat(after.presences().complete()).isTrue();
            assertThat(after.presences().all())
                    .extracting(Presence::workload)
                    .containsExactly("reviews-v1", "reviews-v2");
        }
    }

    @Test
    void withoutAListItIsCompleteOnceNobodyElseComes() throws IOException {
        var changes = new AtomicInteger();
        try (var registry = new PresenceRegistry(state, changes::incrementAndGet, SHORT)) {
            assertThat(registry.presences().complete()).as("nobody has come yet").isFalse();

            registry.connected(withoutGroup());

            await().until(() -> registry.presences().complete());
            assertThat(changes).as("those who waited for it are told").hasValue(1);
        }
    }

    @Test
    void anIncompleteListIsNotTakenForACompleteOneByTheNextStart() throws IOException {
        try (var registry = new PresenceRegistry(state, () -> {})) {
            registry.connected(Meshes.sidecar("reviews-v1", "127.1.0.4"));
        }

        assertThat(list()).doesNotExist();
    }

    private Path list() {
        return state.resolve("presences");
    }

    @Test
    void aProxyWithoutAGroupRegistersNothing() throws IOException {
        try (var registry = new PresenceRegistry(state, () -> {})) {
            registry.connected(withoutGroup());

            assertThat(registry.presences().all()).isEmpty();
        }
    }

    private static Proxy withoutGroup() {
        var proxy = Meshes.sidecar("reviews-v1", "127.1.0.4");
        return new Proxy(
                proxy.id(),
                proxy.role(),
                proxy.namespace(),
                proxy.serviceAccount(),
                proxy.instance(),
                proxy.workload(),
                proxy.addresses(),
                proxy.interception(),
                null,
                null,
                proxy.appEndpoints(),
                proxy.http(),
                proxy.place(),
                proxy.envoyVersion(),
                proxy.metadata());
    }
}
