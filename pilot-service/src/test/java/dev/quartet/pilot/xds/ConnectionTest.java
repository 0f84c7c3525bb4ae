package dev.quartet.pilot.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.StringValue;
import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.translate.ProxyConfig;
import dev.quartet.pilot.translate.ResourceSet;
import dev.quartet.pilot.translate.XdsResource;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.xds.AdsServer.Audience;
import io.grpc.Status;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What goes out when: make before break, NACKs, reconnects. The wire and the clock are the test's own.
class ConnectionTest {
    private final RecordingWire wire = new RecordingWire();
    private long nanos = 1_000_000_000_000L;
    private Connection connection;

    @BeforeEach
    void connect() {
        connection = connection();
    }

    private Connection connection() {
        return new Connection(
                Meshes.sidecar("reviews-v1", "127.1.0.1"),
                "delta",
                wire,
                Instant.EPOCH,
                () -> nanos,
                new XdsMetrics(new SimpleMeterRegistry()),
                () -> {});
    }

    private void aim(ProxyConfig config) {
        connection.aim(config, Audience.EVERYONE);
    }

    @Test
    void answersAWildcardThatHasNothing() {
        aim(config("one").build());
        connection.subscribe(XdsType.CDS, List.of(), List.of(), Map.of());

        connection.advance();

        assertThat(wire.sent).containsExactly("cds +[] -[]");
    }

    @Test
    void sendsARouteOnlyWhenItsClusterIsAcknowledged() {
        subscribeAll("r");
        aim(config("one").cluster("a", 1).route("r", 1, "a").build());
        connection.subscribe(XdsType.EDS, List.of("a"), List.of(), Map.of());
        connection.advance();
        assertThat(wire.take()).containsExactly("cds +[a] -[]", "lds +[] -[]", "eds +[a] -[]");

        connection.ack(XdsType.CDS, "1");
        connection.advance();

        assertThat(wire.take()).containsExactly("rds +[r] -[]");
    }

    @Test
    void takesAClusterAwayOnlyWhenRoutesWithoutItAreAcknowledged() {
        inSync(config("one").cluster("a", 1).cluster("b", 1).route("r", 1, "a").build());

        aim(config("two").cluster("b", 1).route("r", 2, "b").build());
        assertThat(wire.take()).containsExactly("rds +[r] -[]");
        connection.ack(XdsType.RDS, "2");
        connection.advance();

        assertThat(wire.take()).containsExactly("cds +[] -[a]");
    }

    @Test
    void sendsEndpointsAgainAfterAChangedCluster() {
        inSync(config("one").cluster("a", 1).route("r", 1, "a").build());

        aim(config("two").cluster("a", 2).route("r", 1, "a").build());

        assertThat(wire.take()).containsExactly("cds +[a] -[]", "eds +[a] -[]");
    }

    /// Envoy acknowledges no cluster before it has the endpoints of all: of those too that are to go already.
    @Test
    void aClusterThatWaitsForItsEndpointsGetsThemThoughItIsToGo() {
        inSync(config("one").cluster("a", 1).route("r", 1, "a").build());
        aim(config("two").cluster("a", 1).cluster("b", 1).route("r", 1, "a").build());
        assertThat(wire.take()).containsExactly("cds +[b] -[]");

        aim(config("three").cluster("a", 1).route("r", 1, "a").build());
        connection.subscribe(XdsType.EDS, List.of("b"), List.of(), Map.of());
        connection.advance();

        assertThat(wire.take()).containsExactly("eds +[b] -[]");
    }

    @Test
    void sendsEndpointsAfterAReconnectWhenTheClusterChangedMeanwhile() {
        var before = config("one").cluster("a", 1).build();
        var endpoints = before.find(XdsType.EDS, "a");
        aim(config("two").cluster("a", 2).build());
        connection.subscribe(
                XdsType.CDS, List.of(), List.of(), Map.of("a", version(before, XdsType.CDS, "a")));
        connection.advance();
        connection.subscribe(
                XdsType.EDS,
                List.of("a"),
                List.of(),
                Map.of("a", java.util.Objects.requireNonNull(endpoints).version()));

        connection.advance();

        assertThat(wire.take()).containsExactly("cds +[a] -[]", "eds +[a] -[]");
    }

    @Test
    void configForNewcomersDoesNotReachAProxyThatReturnsHoweverEarlyItCame() {
        var before = config("one").cluster("a", 1).build();
        var partial = config("two").cluster("a", 2).build();
        connection.aim(
                partial, Audience.NEWCOMERS); // the stream is open, its first request on its way
        connection.subscribe(
                XdsType.CDS, List.of(), List.of(), Map.of("a", version(before, XdsType.CDS, "a")));
        connection.advance();
        connection.aim(partial, Audience.NEWCOMERS);
        assertThat(wire.take()).isEmpty();

        aim(partial);

        assertThat(wire.take()).containsExactly("cds +[a] -[]");
    }

    @Test
    void sendsAfterAReconnectOnlyWhatChangedAndWhatWent() {
        var before = config("one").cluster("a", 1).cluster("b", 1).cluster("c", 1).build();
        aim(config("two").cluster("a", 1).cluster("b", 2).build());
        connection.subscribe(
                XdsType.CDS,
                List.of(),
                List.of(),
                Map.of(
                        "a", version(before, XdsType.CDS, "a"),
                        "b", version(before, XdsType.CDS, "b"),
                        "c", version(before, XdsType.CDS, "c")));
        connection.subscribe(XdsType.LDS, List.of(), List.of(), Map.of());
        connection.advance();
        assertThat(wire.take()).containsExactly("cds +[b] -[]", "lds +[] -[]");

        connection.ack(XdsType.CDS, "1");
        connection.ack(XdsType.LDS, "1");
        connection.advance();

        assertThat(wire.take()).containsExactly("cds +[] -[c]");
    }

    @Test
    void doesNotSendAgainWhatWasRefusedUntilItChanges() {
        inSync(config("one").cluster("a", 1).route("r", 1, "a").build());
        aim(config("two").cluster("a", 1).route("r", 2, "a").build());
        connection.nack(XdsType.RDS, "2", "route r: bad regex");
        wire.take();

        connection.advance();
        aim(config("three").cluster("a", 1).cluster("b", 1).route("r", 2, "a").build());
        assertThat(wire.take()).containsExactly("cds +[b] -[]");
        connection.ack(XdsType.CDS, "2");
        aim(config("four").cluster("a", 1).cluster("b", 1).route("r", 3, "a").build());

        assertThat(wire.take()).containsExactly("rds +[r] -[]");
    }

    @Test
    void showsARefusalUntilSomethingIsAccepted() {
        inSync(config("one").cluster("a", 1).route("r", 1, "a").build());
        aim(config("two").cluster("a", 1).route("r", 2, "a").build());
        connection.nack(XdsType.RDS, "2", "route r: bad regex");
        assertThat(connection.status().state()).isEqualTo(ConnectionStatus.State.NACKED);
        assertThat(connection.status().errors()).containsEntry(XdsType.RDS, "route r: bad regex");

        aim(config("three").cluster("a", 1).route("r", 3, "a").build());
        connection.ack(XdsType.RDS, "3");
        connection.advance();

        assertThat(connection.status().state()).isEqualTo(ConnectionStatus.State.SYNCED);
        assertThat(connection.status().errors()).isEmpty();
        assertThat(connection.status().revisionInForce()).isEqualTo("three");
    }

    @Test
    void aRefusedRouteKeepsItsClusters() {
        inSync(config("one").cluster("a", 1).cluster("b", 1).route("r", 1, "a").build());
        aim(config("two").cluster("b", 1).route("r", 2, "b").build());
        connection.nack(XdsType.RDS, "2", "route r: bad regex");
        wire.take();

        connection.advance();

        assertThat(wire.take()).isEmpty();
    }

    @Test
    void aStaleNonceChangesNothing() {
        inSync(config("one").cluster("a", 1).route("r", 1, "a").build());
        aim(config("two").cluster("a", 1).route("r", 2, "a").build());
        wire.take();

        connection.nack(XdsType.RDS, "1", "an answer to the response before");
        connection.ack(XdsType.RDS, "77");
        connection.advance();

        assertThat(wire.take()).isEmpty();
        assertThat(connection.status().state()).isEqualTo(ConnectionStatus.State.STALE);
    }

    @Test
    void doesNotWaitForEverForAnAcknowledgement() {
        subscribeAll("r");
        aim(config("one").cluster("a", 1).route("r", 1, "a").build());
        wire.take();

        nanos += Connection.PATIENCE_NANOS + 1;
        assertThat(connection.tick()).isTrue();
        connection.advance();

        assertThat(wire.take()).containsExactly("rds +[r] -[]");
    }

    @Test
    void aListenerWaitsForItsClustersAndNoEmptyAnswerGoesBefore() {
        connection.subscribe(XdsType.CDS, List.of(), List.of(), Map.of());
        connection.subscribe(XdsType.LDS, List.of(), List.of(), Map.of());

        aim(config("one").cluster("a", 1).listener("l", 1, "a").build());
        assertThat(wire.take()).containsExactly("cds +[a] -[]");
        connection.ack(XdsType.CDS, "1");
        connection.advance();

        assertThat(wire.take()).containsExactly("lds +[l] -[]");
    }

    @Test
    void waitsForNoAnswerToWhatTheWireCannotSay() {
        wire.saysGone = false;
        inSync(config("one").cluster("a", 1).route("r", 1, "a").build());
        connection.subscribe(XdsType.EDS, List.of("nobody"), List.of(), Map.of());

        connection.advance();

        assertThat(wire.take()).isEmpty();
        assertThat(connection.progress().state()).isEqualTo(ConnectionStatus.State.SYNCED);
    }

    @Test
    void saysThatAnUnknownNameIsUnknownOnce() {
        subscribeAll("gone");
        connection.subscribe(XdsType.EDS, List.of("nobody"), List.of(), Map.of());
        aim(config("one").build());
        assertThat(wire.take()).contains("eds +[] -[nobody]", "rds +[] -[gone]");

        connection.ack(XdsType.EDS, "1");
        connection.ack(XdsType.RDS, "1");
        aim(config("two").build());

        assertThat(wire.take()).isEmpty();
    }

    @Test
    void mergesWhatComesWhileThePeerDoesNotRead() {
        inSync(config("one").cluster("a", 1).build());
        wire.ready = false;
        aim(config("two").cluster("a", 2).build());
        aim(config("three").cluster("a", 3).cluster("b", 1).build());
        assertThat(wire.take()).isEmpty();

        wire.ready = true;
        connection.advance();

        assertThat(wire.take()).first().isEqualTo("cds +[a, b] -[]");
    }

    private void subscribeAll(String route) {
        connection.subscribe(XdsType.CDS, List.of(), List.of(), Map.of());
        connection.subscribe(XdsType.LDS, List.of(), List.of(), Map.of());
        connection.subscribe(XdsType.RDS, List.of(route), List.of(), Map.of());
    }

    /// Brings the connection to `config` with every response acknowledged; each type has used nonce 1.
    private void inSync(ProxyConfig config) {
        subscribeAll("r");
        aim(config);
        connection.subscribe(
                XdsType.EDS,
                config.sets(XdsType.CDS).getFirst().all().stream().map(XdsResource::name).toList(),
                List.of(),
                Map.of());
        connection.advance();
        connection.ack(XdsType.CDS, "1");
        connection.ack(XdsType.EDS, "1");
        connection.advance();
        connection.ack(XdsType.LDS, "1");
        connection.ack(XdsType.RDS, "1");
        connection.advance();
        assertThat(connection.status().state()).isEqualTo(ConnectionStatus.State.SYNCED);
        wire.take();
    }

    private static String version(ProxyConfig config, XdsType type, String name) {
        return java.util.Objects.requireNonNull(config.find(type, name)).version();
    }

    private static Config config(String revision) {
        return new Config(revision);
    }

    private static final class Config {
        private final String revision;
        private final List<XdsResource> clusters = new ArrayList<>();
        private final List<XdsResource> routes = new ArrayList<>();
        private final List<XdsResource> listeners = new ArrayList<>();

        Config(String revision) {
            this.revision = revision;
        }

        Config cluster(String name, int content) {
            clusters.add(resource(XdsType.CDS, name, content));
            return this;
        }

        Config route(String name, int content, String... named) {
            routes.add(
                    XdsResource.of(
                            XdsType.RDS, name, StringValue.of(name + content), Set.of(named)));
            return this;
        }

        Config listener(String name, int content, String... named) {
            listeners.add(
                    XdsResource.of(
                            XdsType.LDS, name, StringValue.of(name + content), Set.of(named)));
            return this;
        }

        ProxyConfig build() {
            var endpoints =
                    clusters.stream().map(it -> resource(XdsType.EDS, it.name(), 1)).toList();
            return new ProxyConfig(
                    revision,
                    Map.of(
                            XdsType.CDS, List.of(ResourceSet.of(clusters)),
                            XdsType.EDS, List.of(ResourceSet.of(endpoints)),
                            XdsType.LDS, List.of(ResourceSet.of(listeners)),
                            XdsType.RDS, List.of(ResourceSet.of(routes))));
        }

        private static XdsResource resource(XdsType type, String name, int content) {
            return XdsResource.of(type, name, StringValue.of(name + content), Set.of());
        }
    }

    private static final class RecordingWire implements Wire {
        private final List<String> sent = new ArrayList<>();
        private boolean ready = true;
        private boolean saysGone = true;

        @Override
        public boolean send(
                XdsType type,
                String nonce,
                String revision,
                List<XdsResource> changed,
                List<String> removed) {
            var names = changed.stream().map(XdsResource::name).sorted().toList();
            if (names.isEmpty() && !removed.isEmpty() && !saysGone) {
                return false;
            }
            sent.add("%s +%s -%s".formatted(type.label(), names, removed));
            return true;
        }

        List<String> take() {
            var taken = List.copyOf(sent);
            sent.clear();
            return taken;
        }

        @Override
        public void refused(XdsType type, Set<String> names) {}

        @Override
        public boolean isReady() {
            return ready;
        }

        @Override
        public void close(Status status) {}
    }
}
