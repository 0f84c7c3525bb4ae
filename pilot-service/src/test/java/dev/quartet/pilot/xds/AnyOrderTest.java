package dev.quartet.pilot.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.StringValue;
import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.translate.ProxyConfig;
import dev.quartet.pilot.translate.ResourceSet;
import dev.quartet.pilot.translate.XdsResource;
import dev.quartet.pilot.translate.XdsType;
import io.grpc.Status;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever the order of new config, answers and refusals: no route ever names a cluster that the proxy does not have, and in the end the proxy has
/// what it should, and nothing else.
class AnyOrderTest {
    private static final int STEPS = 400;
    private static final List<String> CLUSTERS = List.of("a", "b", "c", "d");
    private static final List<String> ROUTES = List.of("r", "s", "t");

    private final Map<XdsType, List<ResourceSet>> sets = new EnumMap<>(XdsType.class);
    private PretendEnvoy envoy;
    private Connection connection;

    static IntStream seeds() {
        return IntStream.range(0, 300);
    }

    @BeforeEach
    void connect() {
        envoy = new PretendEnvoy();
        connection =
                new Connection(
                        Meshes.sidecar("reviews-v1", "127.1.0.1"),
                        "delta",
                        envoy,
                        Instant.EPOCH,
                        () -> 0L,
                        new XdsMetrics(new SimpleMeterRegistry()),
                        () -> {});
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theProxyGetsThereAndNoRouteIsEverWithoutItsClusters(int seed) {
        var random = new Random(seed);
        connection.subscribe(XdsType.CDS, List.of(), List.of(), Map.of());
        var goal = next(0, 0, random);
        for (int step = 1; step < STEPS; step++) {
            switch (random.nextInt(5)) {
                case 0 -> goal = next(step, 0, random);
                case 1 -> envoy.answer(random, true);
                default -> envoy.answer(random, false);
            }
            assertThat(envoy.missingClusters()).as("step %d", step).isEmpty();
        }
        goal = next(STEPS, 2, random); // what was refused is not sent again
        while (envoy.answer(random, false)) {
            assertThat(envoy.missingClusters()).isEmpty();
        }

        for (var type : List.of(XdsType.CDS, XdsType.EDS, XdsType.LDS, XdsType.RDS)) {
            assertThat(envoy.versions(type)).as(type.label()).isEqualTo(wanted(goal, type));
        }
        assertThat(connection.progress().revisionInForce()).isEqualTo(goal.revision());
    }

    /// Changes some of what there is, often back to what it was, and keeps the very sets of the rest.
    ///
    /// @param from number of the first of two contents that there may be
    private ProxyConfig next(int step, int from, Random random) {
        var clusters = new ArrayList<XdsResource>();
        var endpoints = new ArrayList<XdsResource>();
        var there = new TreeSet<String>();
        for (var name : CLUSTERS) {
            if (random.nextInt(4) > 0) {
                there.add(name);
                clusters.add(resource(XdsType.CDS, name, random.nextInt(from, from + 2), Set.of()));
                endpoints.add(
                        resource(XdsType.EDS, name, random.nextInt(from, from + 2), Set.of()));
            }
        }
        var routes = new ArrayList<XdsResource>();
        var listeners = new ArrayList<XdsResource>();
        for (var name : ROUTES) {
            if (random.nextInt(4) > 0) {
                var named = new TreeSet<>(there);
                named.removeIf(cluster -> random.nextBoolean());
                routes.add(resource(XdsType.RDS, name, random.nextInt(from, from + 2), named));
                listeners.add(
                        resource(XdsType.LDS, name, random.nextInt(from, from + 2), Set.of()));
            }
        }
        put(XdsType.CDS, clusters);
        put(XdsType.EDS, endpoints);
        put(XdsType.LDS, listeners);
        put(XdsType.RDS, routes);
        var config = new ProxyConfig("r" + step, Map.copyOf(sets));
        connection.aim(config, AdsServer.Audience.EVERYONE);
        return config;
    }

    private void put(XdsType type, List<XdsResource> resources) {
        var fresh = ResourceSet.of(resources);
        var before = sets.get(type);
        var same =
                before != null
                        && before.getFirst().size() == fresh.size()
                        && before.getFirst().since(fresh).changed().isEmpty()
                        && fresh.since(before.getFirst()).changed().isEmpty();
        if (!same) {
            sets.put(type, List.of(fresh));
        }
    }

    private static XdsResource resource(
            XdsType type, String name, int content, Set<String> clusters) {
        return XdsResource.of(type, name, StringValue.of(name + content + clusters), clusters);
    }

    private static Map<String, String> wanted(ProxyConfig goal, XdsType type) {
        var versions = new TreeMap<String, String>();
        goal.sets(type)
                .forEach(set -> set.all().forEach(it -> versions.put(it.name(), it.version())));
        return versions;
    }

    /// Asks and answers as Envoy does, when it is told to: it says that it has clusters when it has their endpoints.
    private final class PretendEnvoy implements Wire {
        private record Answer(
                XdsType type, String nonce, List<XdsResource> changed, List<String> removed) {}

        private final Deque<Answer> open = new ArrayDeque<>();
        private final Map<XdsType, Map<String, XdsResource>> held = new EnumMap<>(XdsType.class);
        private final Map<XdsType, Set<String>> asked = new EnumMap<>(XdsType.class);

        /// Clusters that came and wait for their endpoints.
        private final Set<String> warming = new TreeSet<>();

        /// Of the clusters that came last, while it is not answered.
        private @Nullable String clusters;

        @Override
        public boolean send(
                XdsType type,
                String nonce,
                String revision,
                List<XdsResource> changed,
                List<String> removed) {
            open.add(new Answer(type, nonce, List.copyOf(changed), List.copyOf(removed)));
            return true;
        }

        /// Takes the oldest of what came, and says so, or refuses it.
        ///
        /// @return false when there is nothing
        boolean answer(Random random, boolean mayRefuse) {
            var next = open.poll();
            if (next == null) {
                return false;
            }
            if (mayRefuse && !next.changed().isEmpty() && random.nextInt(3) == 0) {
                next.removed().forEach(of(next.type())::remove);
                connection.nack(next.type(), next.nonce(), "no");
            } else {
                next.changed().stream()
                        .filter(it -> wants(next.type(), it.name()))
                        .forEach(it -> of(next.type()).put(it.name(), it));
                next.removed().forEach(of(next.type())::remove);
                if (next.type() == XdsType.CDS) {
                    clusters = next.nonce();
                    next.changed().forEach(it -> warming.add(it.name()));
                    warming.removeAll(next.removed());
                } else {
                    connection.ack(next.type(), next.nonce());
                }
            }
            if (next.type() == XdsType.EDS) {
                next.changed().forEach(it -> warming.remove(it.name())); // also what it refuses
            }
            switch (next.type()) {
                case CDS -> {
                    ask(XdsType.EDS, of(XdsType.CDS).keySet());
                    if (asked.putIfAbsent(XdsType.LDS, Set.of()) == null) {
                        connection.subscribe(XdsType.LDS, List.of(), List.of(), Map.of());
                    }
                }
                case LDS -> ask(XdsType.RDS, of(XdsType.LDS).keySet());
                case EDS, RDS, ECDS -> {}
            }
            if (clusters != null && warming.isEmpty()) {
                connection.ack(XdsType.CDS, clusters);
                clusters = null;
            }
            connection.advance();
            return true;
        }

        /// What comes after it has been unsubscribed from is ignored.
        private boolean wants(XdsType type, String name) {
            return type == XdsType.CDS
                    || type == XdsType.LDS
                    || asked.getOrDefault(type, Set.of()).contains(name);
        }

        /// What it no longer needs it forgets.
        private void ask(XdsType type, Set<String> names) {
            var before = asked.getOrDefault(type, Set.of());
            var added = new TreeSet<>(names);
            added.removeAll(before);
            var dropped = new TreeSet<>(before);
            dropped.removeAll(names);
            if (!added.isEmpty() || !dropped.isEmpty()) {
                asked.put(type, Set.copyOf(names));
                dropped.forEach(of(type)::remove);
                connection.subscribe(type, List.copyOf(added), List.copyOf(dropped), Map.of());
            }
        }

        private Map<String, XdsResource> of(XdsType type) {
            return held.computeIfAbsent(type, _ -> new LinkedHashMap<>());
        }

        Set<String> missingClusters() {
            var missing = new TreeSet<String>();
            for (var route : of(XdsType.RDS).values()) {
                missing.addAll(route.clusters());
            }
            missing.removeAll(of(XdsType.CDS).keySet());
            return missing;
        }

        Map<String, String> versions(XdsType type) {
            var versions = new TreeMap<String, String>();
            of(type).forEach((name, it) -> versions.put(name, it.version()));
            return versions;
        }

        @Override
        public void refused(XdsType type, Set<String> names) {}

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void close(Status status) {}
    }
}
