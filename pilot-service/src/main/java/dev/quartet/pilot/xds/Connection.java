package dev.quartet.pilot.xds;

import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.translate.ProxyConfig;
import dev.quartet.pilot.translate.XdsResource;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.xds.AdsServer.Audience;
import dev.quartet.pilot.xds.ConnectionStatus.Mark;
import io.grpc.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One proxy's ADS stream: compares what the proxy should hold with what it holds, and sends the next safe step.
/// Every event (a request, new config, room on the wire, a tick) ends in [#advance], so no event can be lost.
///
/// **Make before break.** A route or listener goes out when every cluster that it names has been ACKed; a cluster
/// goes away when all routes and listeners have been ACKed without it. A cluster that was sent is warm only after an
/// endpoint message, so its endpoints follow it, changed or not. A proxy that owes an ACK for [#PATIENCE_NANOS] is
/// reported and no longer waited for; a route that was refused keeps its clusters.
///
/// Thread-safe by its own lock; nothing slow runs under it but serialisation of what is sent.
/// After the xDS protocol's section on eventual consistency, and the traps measured on Envoy 1.40
/// (`docs/adr/0003-ads-server.md`).
final class Connection {
    static final long PATIENCE_NANOS = 5_000_000_000L;

    /// More than any mesh has of clusters.
    static final int MAX_NAMES = 100_000;

    private enum Arrival {
        UNKNOWN,
        NEW,

        /// With config from an earlier stream.
        RETURNING
    }

    private static final Logger LOGGER = LoggerFactory.getLogger(Connection.class);

    private final Wire wire;
    private final LongSupplier nanoTime;
    private final XdsMetrics metrics;
    private final Runnable moved;
    private final String protocol;
    private final Instant connectedAt;
    private final Map<XdsType, Subscription> subscriptions = new EnumMap<>(XdsType.class);

    /// Clusters sent since their endpoints were sent last, with these. Envoy waits for them, and acknowledges no cluster before: also
    /// those that a newer goal has no more.
    private final Map<String, XdsResource> warming = new LinkedHashMap<>();

    /// Its place in the push queue.
    final AtomicReference<PushQueue.Turn> turn = new AtomicReference<>(PushQueue.Turn.IDLE);

    private volatile long queuedNanos;
    private final Proxy proxy;
    private @Nullable ProxyConfig target;
    private long targetSinceNanos;
    private String revisionInForce = "";
    private Arrival arrival = Arrival.UNKNOWN;
    private boolean started;
    private volatile boolean closed;

    /// Since when the peer has not read; empty while it does.
    private volatile OptionalLong unreadSince = OptionalLong.empty();

    /// @param moved told when a revision has come into force, or something is refused; called under the lock, must not block
    Connection(
            Proxy proxy,
            String protocol,
            Wire wire,
            Instant connectedAt,
            LongSupplier nanoTime,
            XdsMetrics metrics,
            Runnable moved) {
        this.proxy = proxy;
        this.protocol = protocol;
        this.wire = wire;
        this.connectedAt = connectedAt;
        this.nanoTime = nanoTime;
        this.metrics = metrics;
        this.moved = moved;
        for (var type : XdsType.values()) {
            subscriptions.put(type, new Subscription());
        }
    }

    Proxy proxy() {
        return proxy;
    }

    Instant connectedAt() {
        return connectedAt;
    }

    /// It has come into the push queue.
    void queued() {
        queuedNanos = nanoTime.getAsLong();
    }

    /// A worker has it.
    void taken() {
        metrics.queued(nanoTime.getAsLong() - queuedNanos);
    }

    synchronized void subscribe(
            XdsType type,
            List<String> subscribed,
            List<String> unsubscribed,
            Map<String, String> initialVersions) {
        arrive(!initialVersions.isEmpty());
        subscription(type).subscribe(subscribed, unsubscribed, initialVersions);
        limitNames(type);
    }

    /// @param knownVersion what the proxy says it holds, by state of the world; empty: nothing
    synchronized void subscribeExactly(XdsType type, List<String> names, String knownVersion) {
        arrive(!knownVersion.isEmpty());
        subscription(type).subscribeExactly(names);
        limitNames(type);
    }

    private void limitNames(XdsType type) {
        if (subscription(type).names().size() > MAX_NAMES) {
            close(
                    Status.RESOURCE_EXHAUSTED.withDescription(
                            "a proxy may ask for %d names of a type, this one asks for more (%s)"
                                    .formatted(MAX_NAMES, type.label())));
        }
    }

    /// The first request is for clusters: by what the proxy holds of them it is known whether it is new.
    private void arrive(boolean withConfig) {
        if (arrival == Arrival.UNKNOWN) {
            arrival = withConfig ? Arrival.RETURNING : Arrival.NEW;
        }
    }

    synchronized void ack(XdsType type, String nonce) {
        if (!subscription(type).accept(nonce)) {
            metrics.staleNonce(type);
        }
    }

    synchronized void nack(XdsType type, String nonce, String error) {
        var names = subscription(type).reject(nonce, error);
        if (names == null) {
            metrics.staleNonce(type);
            return;
        }
        wire.refused(type, names);
        metrics.rejected(type);
        moved.run();
        LOGGER.atWarn()
                .addKeyValue("proxy", proxy.id())
                .addKeyValue("type", type.label())
                .addKeyValue("nonce", nonce)
                .addKeyValue("name", names)
                .addKeyValue("error", error)
                .log("Proxy rejected config");
    }

    /// Makes `config` the goal and takes the first step towards it, unless it isn't for this proxy. Before its first
    /// request nobody knows what it is.
    synchronized void aim(ProxyConfig config, Audience audience) {
        if (audience == Audience.NEWCOMERS && arrival != Arrival.NEW) {
            return;
        }
        var old = target;
        if (old == null || !old.revision().equals(config.revision())) {
            targetSinceNanos = nanoTime.getAsLong();
        }
        target = config;
        advance();
    }

    synchronized void advance() {
        var goal = target;
        if (closed || goal == null) {
            return;
        }
        if (!wire.isReady()) {
            if (unreadSince.isEmpty()) {
                unreadSince = OptionalLong.of(nanoTime.getAsLong());
            }
            return;
        }
        unreadSince = OptionalLong.empty();
        sendClusters(goal);
        sendEndpoints(goal);
        sendReferring(goal, XdsType.LDS);
        sendReferring(goal, XdsType.RDS);
        sendReferring(goal, XdsType.ECDS);
        if (!goal.revision().equals(revisionInForce) && isInSync(goal)) {
            revisionInForce = goal.revision();
            metrics.converged(nanoTime.getAsLong() - targetSinceNanos);
            moved.run();
        }
    }

    /// Called about once a second: stops waiting for answers that are overdue.
    ///
    /// @return whether something may go on now
    synchronized boolean tick() {
        var now = nanoTime.getAsLong();
        var late = false;
        for (var type : XdsType.values()) {
            if (subscription(type).passBy(now, PATIENCE_NANOS)) {
                late = true;
                metrics.late(type);
                LOGGER.atWarn()
                        .addKeyValue("proxy", proxy.id())
                        .addKeyValue("type", type.label())
                        .log(
                                "Proxy has not acknowledged config in time, others no longer wait for it");
            }
        }
        return late;
    }

    /// It has had its turn to get its first config.
    synchronized boolean hasStarted() {
        return started;
    }

    synchronized void start() {
        started = true;
    }

    /// It has all of some revision, or is to get nothing for now.
    synchronized boolean isServed() {
        return target == null || !revisionInForce.isEmpty();
    }

    /// Whether something that was sent lies unread for longer than it takes a busy proxy to read.
    boolean isUnread() {
        return isUnreadFor(Duration.ofNanos(PATIENCE_NANOS));
    }

    boolean isUnreadFor(Duration time) {
        var since = unreadSince;
        return since.isPresent() && nanoTime.getAsLong() - since.getAsLong() > time.toNanos();
    }

    boolean isClosed() {
        return closed;
    }

    synchronized void close(@Nullable Status status) {
        if (closed) {
            return;
        }
        closed = true;
        if (status != null) {
            wire.close(status);
        }
    }

    private void sendClusters(ProxyConfig goal) {
        var clusters = subscription(XdsType.CDS);
        if (!clusters.isActive() || isBusy(clusters)) {
            return;
        }
        var changed = changes(clusters, goal, XdsType.CDS, false).ready();
        var gone = gone(clusters, goal, XdsType.CDS);
        var removed = gone.isEmpty() || mayRemoveClusters(goal) ? gone : List.<String>of();
        if (changed.isEmpty() && removed.isEmpty() && !clusters.needsFirstAnswer()) {
            return;
        }
        for (var cluster : changed) {
            var endpoints = goal.find(XdsType.EDS, cluster.name());
            if (endpoints != null) {
                warming.put(cluster.name(), endpoints);
            }
        }
        warming.keySet().removeAll(removed);
        send(XdsType.CDS, clusters, goal, changed, removed);
        clusters.settle(goal.sets(XdsType.CDS));
        if (removed.size() == gone.size()) {
            clusters.cleaned(goal.sets(XdsType.CDS));
        }
    }

    private void sendEndpoints(ProxyConfig goal) {
        var endpoints = subscription(XdsType.EDS);
        var clusters = subscription(XdsType.CDS);
        if (!endpoints.isActive()
                || isBusy(endpoints)
                || (endpoints.isSettled(goal.sets(XdsType.EDS))
                        && warming.isEmpty()
                        && endpoints.unanswered().isEmpty())) {
            return;
        }
        var sets = goal.sets(XdsType.EDS);
        var changed = new LinkedHashMap<String, XdsResource>();
        for (var resource : changes(endpoints, goal, XdsType.EDS, false).ready()) {
            changed.put(resource.name(), resource);
        }
        warming.forEach((name, atThatTime) -> {
            if (endpoints.wants(name)) {
                var now = goal.find(XdsType.EDS, name);
                changed.put(name, now == null ? atThatTime : now);
            }
        });
        var removed = new ArrayList<String>();
        for (var name : endpoints.unanswered()) {
            // the endpoints of a cluster that is about to go stay until it has gone
            if (goal.find(XdsType.EDS, name) == null && !clusters.held().containsKey(name)) {
                removed.add(name);
            }
        }
        if (changed.isEmpty() && removed.isEmpty()) {
            endpoints.settle(sets);
            return;
        }
        warming.keySet().removeAll(changed.keySet());
        send(XdsType.EDS, endpoints, goal, List.copyOf(changed.values()), removed);
        endpoints.settle(sets);
    }

    /// Listeners, routes and filters: each waits for the clusters that it names.
    private void sendReferring(ProxyConfig goal, XdsType type) {
        var subscription = subscription(type);
        if (!subscription.isActive() || isBusy(subscription)) {
            return;
        }
        var changes = changes(subscription, goal, type, true);
        var gone = gone(subscription, goal, type);
        var removed = new ArrayList<>(gone);
        if (type != XdsType.LDS && !removed.isEmpty() && !isInSync(goal, XdsType.LDS)) {
            removed.removeIf(
                    subscription.held()::containsKey); // a listener that goes may still use it
        }
        // "there is nothing" is an answer too, but not while something is on its way
        var answer =
                subscription.needsFirstAnswer() && subscription.isWildcard() && !changes.waiting();
        if (changes.ready().isEmpty() && removed.isEmpty() && !answer) {
            return;
        }
        send(type, subscription, goal, changes.ready(), removed);
        if (!changes.waiting()) {
            subscription.settle(goal.sets(type));
        }
        if (removed.size() == gone.size()) {
            subscription.cleaned(goal.sets(type));
        }
    }

    /// @param ready may go out now
    /// @param waiting others must wait for their clusters
    private record Changes(List<XdsResource> ready, boolean waiting) {
        static final Changes NONE = new Changes(List.of(), false);
    }

    private Changes changes(
            Subscription subscription, ProxyConfig goal, XdsType type, boolean waitForClusters) {
        var sets = goal.sets(type);
        if (subscription.isSettled(sets)) {
            return Changes.NONE;
        }
        var ready = new ArrayList<XdsResource>();
        var waiting = false;
        for (var resource : subscription.unsettled(sets)) {
            if (!subscription.wants(resource.name()) || !subscription.lacks(resource)) {
                continue;
            }
            if (waitForClusters && !areInForce(resource.clusters(), goal)) {
                waiting = true;
            } else {
                ready.add(resource);
            }
        }
        if (ready.isEmpty() && !waiting) {
            subscription.settle(sets);
        }
        return new Changes(ready, waiting);
    }

    /// Names that the proxy may hold and the goal does not have.
    private List<String> gone(Subscription subscription, ProxyConfig goal, XdsType type) {
        var gone = new ArrayList<String>();
        if (subscription.isClean(goal.sets(type))) {
            return gone;
        }
        for (var name : subscription.unclean(goal.sets(type))) {
            if (goal.find(type, name) == null) {
                gone.add(name);
            }
        }
        if (gone.isEmpty()) {
            subscription.cleaned(goal.sets(type));
        }
        return gone;
    }

    private boolean areInForce(Set<String> clusters, ProxyConfig goal) {
        var held = subscription(XdsType.CDS);
        var sets = goal.sets(XdsType.CDS);
        if (held.hasAll(sets) && sets.stream().anyMatch(set -> set.hasAll(clusters))) {
            return true;
        }
        for (var cluster : clusters) {
            if (!held.isInForce(cluster)) {
                return false;
            }
        }
        return true;
    }

    /// No route or listener in the proxy can still name a cluster that the goal no longer has. On a new stream that is
    /// known once listeners have been ACKed: by then the proxy has said which routes it holds.
    private boolean mayRemoveClusters(ProxyConfig goal) {
        return !subscription(XdsType.LDS).acked().equals(Mark.NONE)
                && isInSync(goal, XdsType.LDS)
                && isInSync(goal, XdsType.RDS)
                && isInSync(goal, XdsType.ECDS);
    }

    private boolean isInSync(ProxyConfig goal) {
        for (var type : XdsType.values()) {
            if (!isInSync(goal, type)) {
                return false;
            }
        }
        return true;
    }

    /// Everything of the type is held as wanted and acknowledged, and nothing is refused.
    private boolean isInSync(ProxyConfig goal, XdsType type) {
        var subscription = subscription(type);
        if (!subscription.isActive()) {
            return type != XdsType.CDS && type != XdsType.LDS;
        }
        if (subscription.outstanding() != null || !subscription.refused().isEmpty()) {
            return false;
        }
        if (!changes(subscription, goal, type, false).ready().isEmpty()) {
            return false;
        }
        // endpoints go with their clusters
        return type == XdsType.EDS || gone(subscription, goal, type).isEmpty();
    }

    private boolean isBusy(Subscription subscription) {
        return subscription.outstanding() != null && !subscription.isPassedBy();
    }

    private void send(
            XdsType type,
            Subscription subscription,
            ProxyConfig goal,
            List<XdsResource> changed,
            List<String> removed) {
        var nonce = subscription.nextNonce();
        var begin = nanoTime.getAsLong();
        var sent = wire.send(type, nonce, goal.revision(), changed, removed);
        subscription.sent(new Mark(goal.revision(), nonce), changed, removed, nanoTime.getAsLong());
        if (!sent) {
            subscription.accept(nonce);
            return;
        }
        metrics.pushed(type, nanoTime.getAsLong() - begin);
        LOGGER.atDebug()
                .addKeyValue("proxy", proxy.id())
                .addKeyValue("type", type.label())
                .addKeyValue("nonce", nonce)
                .addKeyValue("version", goal.revision())
                .addKeyValue("changed", changed.size())
                .addKeyValue("removed", removed)
                .log("Pushed config");
    }

    private Subscription subscription(XdsType type) {
        var subscription = subscriptions.get(type);
        if (subscription == null) {
            throw new IllegalStateException("no subscription for " + type);
        }
        return subscription;
    }

    /// How far this proxy has come.
    synchronized ConnectionStatus.Progress progress() {
        var refusals = new EnumMap<XdsType, ConnectionStatus.Refusal>(XdsType.class);
        var waiting = EnumSet.noneOf(XdsType.class);
        var refused = false;
        for (var type : XdsType.values()) {
            var subscription = subscription(type);
            refused |= !subscription.refused().isEmpty();
            if (subscription.outstanding() != null) {
                waiting.add(type);
            }
            var rejection = subscription.rejection();
            if (rejection != null) {
                refusals.put(type, refusal(subscription, rejection));
            }
        }
        var goal = target;
        var inForce = goal != null && goal.revision().equals(revisionInForce);
        var state =
                refused
                        ? ConnectionStatus.State.NACKED
                        : inForce && waiting.isEmpty()
                                ? ConnectionStatus.State.SYNCED
                                : ConnectionStatus.State.STALE;
        return new ConnectionStatus.Progress(proxy, state, revisionInForce, waiting, refusals);
    }

    private static ConnectionStatus.Refusal refusal(
            Subscription subscription, Subscription.Rejection rejection) {
        var names = new TreeMap<String, String>();
        subscription.refused().forEach((name, refused) -> names.put(name, refused.error()));
        return new ConnectionStatus.Refusal(rejection.error(), names);
    }

    /// A consistent picture for REST, without the names of what is held.
    synchronized ConnectionStatus status() {
        var now = nanoTime.getAsLong();
        var types = new TreeMap<XdsType, ConnectionStatus.TypeStatus>();
        for (var type : XdsType.values()) {
            var subscription = subscription(type);
            var waiting = subscription.outstanding();
            types.put(
                    type,
                    new ConnectionStatus.TypeStatus(
                            subscription.held().size(),
                            waiting == null ? 0 : waiting.sent().size(),
                            subscription.sentLast(),
                            subscription.acked(),
                            waiting == null ? null : Duration.ofNanos(now - waiting.sinceNanos())));
        }
        return new ConnectionStatus(proxy, protocol, connectedAt, progress(), types);
    }

    /// All that the proxy holds: name to version.
    synchronized Map<XdsType, Map<String, String>> held() {
        var held = new EnumMap<XdsType, Map<String, String>>(XdsType.class);
        subscriptions.forEach(
                (type, subscription) -> held.put(type, Map.copyOf(subscription.held())));
        return held;
    }

    /// What the proxy should hold; null before the first config.
    synchronized @Nullable ProxyConfig target() {
        return target;
    }
}
