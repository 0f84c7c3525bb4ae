package dev.quartet.pilot.xds;

import dev.quartet.identity.SpiffeId;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.node.ProxyListener;
import dev.quartet.pilot.node.ProxyNode;
import dev.quartet.pilot.node.ProxyRefused;
import dev.quartet.pilot.translate.ProxyConfig;
import dev.quartet.pilot.translate.XdsType;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All connected proxies, and the workers that bring each of them to the newest config.
/// [#publish] returns at once; a proxy that is busy gets the newest config only, never a backlog. Thread-safe.
public final class AdsServer implements AutoCloseable {
    /// Gives what a proxy should hold. Pure; called on the workers, many at a time.
    @FunctionalInterface
    public interface ConfigSource {
        ProxyConfig configFor(Proxy proxy);
    }

    /// Whom new config is for.
    public enum Audience {
        EVERYONE,

        /// Proxies that have nothing yet: the config may lack what is only not known yet, so those that came with config
        /// keep what they have.
        NEWCOMERS
    }

    /// @param audience who is brought to it
    private record Newest(ConfigSource source, Audience audience) {}

    private static final Logger LOGGER = LoggerFactory.getLogger(AdsServer.class);

    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final PushQueue queue = new PushQueue();
    private final Crowd crowd;
    private final Duration unreadLimit;
    private final XdsMetrics metrics;
    private final ProxyListener listener;
    private final Clock clock;
    private final List<Thread> workers = new ArrayList<>();
    private final ScheduledExecutorService ticker =
            Executors.newSingleThreadScheduledExecutor(
                    task -> Thread.ofPlatform().daemon().name("pilot-xds-tick").unstarted(task));
    private final List<Runnable> watchers = new CopyOnWriteArrayList<>();
    private volatile @Nullable Newest newest;

    /// How long a proxy may leave what was sent to it unread.
    private static final Duration UNREAD_LIMIT = Duration.ofMinutes(1);

    public AdsServer(ProxyListener listener, Clock clock, MeterRegistry registry, int threads) {
        this(listener, clock, registry, threads, Crowd.Limits.DEFAULT, UNREAD_LIMIT);
    }

    AdsServer(
            ProxyListener listener,
            Clock clock,
            MeterRegistry registry,
            int threads,
            Crowd.Limits limits,
            Duration unreadLimit) {
        this.crowd = new Crowd(limits);
        this.unreadLimit = unreadLimit;
        this.listener = listener;
        this.clock = clock;
        this.metrics = new XdsMetrics(registry);
        Gauge.builder("pilot_xds", connections, Set::size)
                .description("Proxies connected by ADS")
                .register(registry);
        Gauge.builder("pilot_push_queue_proxies", queue, PushQueue::size)
                .description("Proxies that wait for a push")
                .register(registry);
        Gauge.builder("pilot_xds_waiting_proxies", crowd, Crowd::waiting)
                .description("Proxies that wait for their turn to get their first config")
                .register(registry);
        for (int i = 0; i < threads; i++) {
            workers.add(Thread.ofPlatform().daemon().name("pilot-push-" + i).start(this::work));
        }
        ticker.scheduleAtFixedRate(this::tick, 1, 1, TimeUnit.SECONDS);
    }

    /// The gRPC service, to be served behind whatever authenticates the callers.
    public ServerServiceDefinition service() {
        return ServerInterceptors.intercept(new AdsService(this), new PeerAddress());
    }

    public void publish(ConfigSource source, Audience audience) {
        newest = new Newest(source, audience);
        connections.forEach(queue::add);
    }

    /// Has a worker look at every proxy again, which sends what is lacking and nothing else.
    ///
    /// @return how many there are
    public int lookAgain() {
        var all = List.copyOf(connections);
        all.forEach(queue::add);
        return all.size();
    }

    /// Whether every proxy has been looked at since the last [#publish]: what it is to get has been sent, or waits for its ACKs.
    public boolean isQuiet() {
        return connections.stream()
                .allMatch(connection -> connection.turn.get() == PushQueue.Turn.IDLE);
    }

    /// How far each proxy has come.
    public List<ConnectionStatus.Progress> progress() {
        return connections.stream().map(Connection::progress).toList();
    }

    /// How each proxy stands, type by type.
    public List<ConnectionStatus> status() {
        return connections.stream().map(Connection::status).toList();
    }

    /// Who is connected.
    public List<Proxy> connected() {
        return connections.stream().map(Connection::proxy).toList();
    }

    /// One proxy with all that it holds; of several streams of an instance the newest.
    public Optional<Holdings> holdings(String instance) {
        return connections.stream()
                .filter(connection -> connection.proxy().instance().equals(instance))
                .max(Comparator.comparing(Connection::connectedAt))
                .map(connection ->
                        new Holdings(connection.status(), connection.held(), connection.target()));
    }

    /// @param held name to version, by type
    /// @param goal what it should hold; null before the first config
    public record Holdings(
            ConnectionStatus status,
            Map<XdsType, Map<String, String>> held,
            @Nullable ProxyConfig goal) {}

    /// @param watcher told that some proxy has come, gone, come further or refused something; must not block, and asks for
    ///     [#progress] on another thread
    public void watch(Runnable watcher) {
        watchers.add(watcher);
    }

    private void moved() {
        watchers.forEach(Runnable::run);
    }

    Connection open(
            Node node, @Nullable SpiffeId caller, String peerAddress, String protocol, Wire wire)
            throws ProxyRefused {
        Proxy proxy;
        try {
            proxy = ProxyNode.read(node, caller, peerAddress);
        } catch (ProxyRefused e) {
            throw refused(node, e);
        }
        var connection =
                new Connection(
                        proxy,
                        protocol,
                        wire,
                        clock.instant(),
                        System::nanoTime,
                        metrics,
                        this::moved);
        try {
            crowd.enter(connection);
        } catch (ProxyRefused e) {
            throw refused(node, e);
        }
        connections.add(connection);
        moved();
        listener.connected(proxy);
        LOGGER.atInfo()
                .addKeyValue("proxy", proxy.id())
                .addKeyValue("type", protocol)
                .log("Proxy connected");
        return connection;
    }

    private ProxyRefused refused(Node node, ProxyRefused refusal) {
        metrics.refusedProxy(refusal.reason());
        LOGGER.atWarn()
                .addKeyValue("proxy", node.getId())
                .addKeyValue("reason", refusal.reason())
                .addKeyValue("error", refusal.getMessage())
                .log("Refused a proxy");
        return refusal;
    }

    /// The stream has ended.
    void closed(Connection connection) {
        crowd.leave(connection).forEach(queue::add);
        drop(connection);
    }

    /// It counts as connected no more; what it has not read stays in memory until its stream ends.
    private void drop(Connection connection) {
        connection.close(null);
        if (connections.remove(connection)) {
            moved();
            listener.disconnected(connection.proxy());
            LOGGER.atInfo().addKeyValue("proxy", connection.proxy().id()).log("Proxy disconnected");
        }
    }

    void wake(Connection connection) {
        queue.add(connection);
    }

    private void work() {
        while (!Thread.currentThread().isInterrupted()) {
            Connection connection;
            try {
                connection = queue.take();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            try {
                push(connection);
            } finally {
                queue.done(connection);
            }
        }
    }

    private void push(Connection connection) {
        var now = newest;
        if (now == null) {
            return; // no config yet: publish wakes everyone
        }
        if (!crowd.mayStart(connection, System.nanoTime())) {
            return; // it is woken when it is its turn
        }
        try {
            connection.aim(now.source().configFor(connection.proxy()), now.audience());
            if (connection.isServed()) {
                crowd.release(connection).forEach(queue::add);
            }
        } catch (RuntimeException e) {
            metrics.internalError();
            LOGGER.atError()
                    .addKeyValue("proxy", connection.proxy().id())
                    .setCause(e)
                    .log("Push failed, the stream is closed so that the proxy starts afresh");
            connection.close(
                    Status.INTERNAL.withDescription("Pilot failed to make this proxy's config"));
            closed(connection);
        }
    }

    private void tick() {
        for (var connection : connections) {
            if (connection.tick()) {
                queue.add(connection);
            }
            if (connection.isUnreadFor(unreadLimit)) {
                LOGGER.atWarn()
                        .addKeyValue("proxy", connection.proxy().id())
                        .log("Proxy reads nothing of what is sent to it, its stream is closed");
                connection.close(
                        Status.RESOURCE_EXHAUSTED.withDescription(
                                "this proxy has read nothing for " + unreadLimit));
                drop(connection);
            }
        }
        crowd.endTurns(System.nanoTime() - Connection.PATIENCE_NANOS).forEach(queue::add);
    }

    @Override
    public void close() {
        ticker.shutdownNow();
        workers.forEach(Thread::interrupt);
        for (var connection : connections) {
            connection.close(Status.UNAVAILABLE.withDescription("Pilot is shutting down"));
        }
    }
}
