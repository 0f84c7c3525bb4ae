package dev.quartet.stream;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.quartet.config.Kind;
import dev.quartet.wire.mcp.RequestResources;
import dev.quartet.wire.mcp.ResourceSourceGrpc;
import dev.quartet.wire.mcp.Resources;
import dev.quartet.wire.mcp.SinkNode;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// A sink of Galley's config (MCP, `istio.mcp.v1alpha1.ResourceSource`).
///
/// One stream carries one incremental subscription per collection. A message is ACKed as soon as its bodies are read
/// and NACKed, with everything that is wrong, when one can't be; the collection's last good content then stays. The
/// listener gets a [ConfigSnapshot] whenever all collections bear the same revision, never a mixture. The last one lies
/// on disk, so that the service starts while Galley is away. A lost stream is opened again after 0.5 to 3 s, and tells
/// Galley what is held, so that only differences come.
///
/// Thread-safe. The channels belong to the caller and must outlive the stream.
public final class ConfigStream implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ConfigStream.class);
    private static final int MAX_MESSAGE_BYTES = 256 << 20;
    private static final int MAX_ERROR_CHARS = 16_000;

    private final ConfigStreamSettings settings;
    private final Clock clock;
    private final ConfigListener listener;
    private final LastGoodFile file;
    private final ScheduledExecutorService connector =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("config-stream-connect").factory());
    private final Thread deliverer;
    private final Dialer dialer;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    // All below is guarded by the lock.
    private final RevisionAssembler assembler;
    private final Map<Kind, List<String>> rejected = new EnumMap<>(Kind.class);
    private @Nullable Subscription subscription;
    private @Nullable Delivery due;
    private @Nullable String revision;
    private boolean fromDisk;

    /// `revision` is known to be Galley's newest.
    private boolean current;

    /// When `revision` was last known to be the newest; counts while not `current`.
    private @Nullable Instant confirmed;

    private @Nullable Instant incompleteSince;
    private @Nullable String error;
    private boolean closed;

    /// What waits for the listener: a slot for one, since only the newest counts.
    private record Delivery(ConfigSnapshot snapshot, LastGoodFile.Content content) {}

    private ConfigStream(
            ConfigStreamSettings settings,
            Supplier<ManagedChannel> channel,
            Clock clock,
            ConfigListener listener) {
        this.settings = settings;
        this.clock = clock;
        this.listener = listener;
        this.file = new LastGoodFile(settings.stateDir());
        this.assembler = new RevisionAssembler(settings.kinds());
        this.dialer = new Dialer(channel, connector, this::open, cause -> ended(null, cause));
        this.deliverer = Thread.ofVirtual().name("config-stream-deliver").unstarted(this::deliver);
    }

    /// Starts with the last good revision from disk, if there is one, and then follows Galley until closed.
    ///
    /// @param channel asked at each attempt to connect, on the stream's own thread; what it throws is logged, shown in
    ///     the status and tried again
    public static ConfigStream start(
            ConfigStreamSettings settings,
            Supplier<ManagedChannel> channel,
            Clock clock,
            ConfigListener listener) {
        var stream = new ConfigStream(settings, channel, clock, listener);
        stream.loadFromDisk();
        stream.deliverer.start();
        stream.dialer.dial();
        return stream;
    }

    public static ConfigStream start(
            ConfigStreamSettings settings,
            ManagedChannel channel,
            Clock clock,
            ConfigListener listener) {
        return start(settings, () -> channel, clock, listener);
    }

    public ConfigStreamStatus status() {
        lock.lock();
        try {
            var connected = subscription != null && subscription.answered;
            var now = clock.instant();
            Duration age = null;
            if (confirmed != null) {
                age = current ? Duration.ZERO : Duration.between(confirmed, now);
            }
            var isLate =
                    incompleteSince != null
                            && Duration.between(incompleteSince, now)
                                            .compareTo(settings.lateAfter())
                                    >= 0;
            var late = isLate ? Set.copyOf(lagging()) : Set.<Kind>of();
            return new ConfigStreamStatus(
                    connected,
                    revision,
                    age,
                    fromDisk,
                    late,
                    Map.copyOf(rejected),
                    connected ? null : error);
        } finally {
            lock.unlock();
        }
    }

    /// Ends the stream. No listener call begins after this returns.
    @Override
    public void close() {
        Subscription open;
        lock.lock();
        try {
            closed = true;
            open = subscription;
            subscription = null;
            due = null;
            work.signalAll();
        } finally {
            lock.unlock();
        }
        connector.shutdownNow();
        if (open != null) {
            open.cancel();
        }
        if (Thread.currentThread() != deliverer) {
            try {
                deliverer.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void loadFromDisk() {
        var stored = file.load(settings.kinds()).orElse(null);
        if (stored == null) {
            return;
        }
        var contents = new EnumMap<Kind, List<HeldResource>>(Kind.class);
        for (var collection : stored.collections()) {
            var kind = Kind.ofCollection(collection.getCollection()).orElseThrow();
            var decoded = WireDecoder.decode(kind, collection.getResourcesList());
            contents.put(kind, decoded.resources());
            if (!decoded.problems().isEmpty()) {
                LOGGER.atWarn()
                        .addKeyValue("name", file.path())
                        .addKeyValue("error", decoded.problems())
                        .log("Last good config on disk is not used");
                return;
            }
        }
        contents.forEach((kind, resources) ->
                assembler.accept(kind, stored.revision(), false, resources, List.of()));
        revision = stored.revision();
        fromDisk = true;
        confirmed = stored.confirmed();
        LOGGER.atInfo()
                .addKeyValue("version", revision)
                .addKeyValue("age", Duration.between(confirmed, clock.instant()))
                .log("Starting with the last good config from disk");
        tell(new ConfigSnapshot(stored.revision(), assembler.resources(), true));
    }

    private void open(ManagedChannel target) {
        var next = new Subscription();
        lock.lock();
        try {
            if (closed) {
                return;
            }
            subscription = next;
        } finally {
            lock.unlock();
        }
        ResourceSourceGrpc.newStub(target)
                .withMaxInboundMessageSize(MAX_MESSAGE_BYTES)
                .establishResourceStream(next);
        next.subscribe();
    }

    private void ended(@Nullable Subscription which, Throwable cause) {
        lock.lock();
        try {
            if (closed || (which != null && which != subscription)) {
                return;
            }
            var wasConnected = subscription != null && subscription.answered;
            subscription = null;
            notCurrent();
            incompleteSince = null;
            var text = String.valueOf(cause.getMessage());
            var news = wasConnected || !text.equals(error);
            error = text;
            LOGGER.atLevel(news ? Level.WARN : Level.DEBUG)
                    .addKeyValue("error", text)
                    .addKeyValue("retryIn", dialer.redial())
                    .log("Config stream to Galley is down, going on with the last config");
        } finally {
            lock.unlock();
        }
    }

    /// Takes one message. Returns what is wrong with it, nothing when it is to be ACKed.
    private List<String> take(Subscription from, Kind kind, Resources message) {
        var decoded = WireDecoder.decode(kind, message.getResourcesList());
        lock.lock();
        try {
            if (from != subscription) {
                return List.of();
            }
            if (!from.answered) {
                from.answered = true;
                dialer.connected();
                LOGGER.atInfo()
                        .addKeyValue("version", message.getSystemVersionInfo())
                        .log("Config stream to Galley is up");
            }
            if (!decoded.problems().isEmpty()) {
                rejected.put(kind, List.copyOf(decoded.problems()));
                incomplete();
                return decoded.problems();
            }
            rejected.remove(kind);
            assembler.accept(
                    kind,
                    message.getSystemVersionInfo(),
                    message.getIncremental(),
                    decoded.resources(),
                    message.getRemovedResourcesList());
            from.answeredKinds.add(kind);
            var whole = assembler.wholeRevision().orElse(null);
            // A new stream proves a revision only when each collection has answered on it.
            if (whole == null || !lagging().isEmpty()) {
                incomplete();
            } else {
                incompleteSince = null;
                current = true;
                var now = clock.instant();
                confirmed = now;
                if (!whole.equals(revision) || fromDisk) {
                    revision = whole;
                    fromDisk = false;
                    due = delivery(whole, now);
                    work.signalAll();
                }
            }
            return List.of();
        } finally {
            lock.unlock();
        }
    }

    private void incomplete() {
        notCurrent();
        if (incompleteSince == null) {
            var since = clock.instant();
            incompleteSince = since;
            connector.schedule(
                    () -> reportLate(since),
                    settings.lateAfter().toMillis() + 1,
                    TimeUnit.MILLISECONDS);
        }
    }

    private void notCurrent() {
        if (current) {
            current = false;
            confirmed = clock.instant();
        }
    }

    private Set<Kind> lagging() {
        var lagging = EnumSet.copyOf(settings.kinds());
        if (subscription != null) {
            lagging.removeAll(subscription.answeredKinds);
        }
        lagging.addAll(assembler.lagging());
        return lagging;
    }

    private void reportLate(Instant since) {
        lock.lock();
        try {
            if (since.equals(incompleteSince)) {
                LOGGER.atWarn()
                        .addKeyValue("kind", lagging())
                        .addKeyValue("version", revision)
                        .log("Collections are late, the last whole revision stays in force");
            }
        } finally {
            lock.unlock();
        }
    }

    private Delivery delivery(String whole, Instant at) {
        var snapshot = new ConfigSnapshot(whole, assembler.resources(), false);
        var collections = new ArrayList<ByteString>();
        for (var kind : assembler.kinds()) {
            collections.add(assembler.wire(kind));
        }
        return new Delivery(snapshot, new LastGoodFile.Content(whole, at, collections));
    }

    private void deliver() {
        while (true) {
            Delivery next;
            lock.lock();
            try {
                while (due == null && !closed) {
                    work.awaitUninterruptibly();
                }
                if (closed || due == null) {
                    return;
                }
                next = due;
                due = null;
            } finally {
                lock.unlock();
            }
            tell(next.snapshot());
            try {
                file.save(next.content());
            } catch (IOException e) {
                LOGGER.atWarn()
                        .addKeyValue("name", file.path())
                        .addKeyValue("version", next.snapshot().revision())
                        .addKeyValue("error", e.toString())
                        .log("Last good config could not be written to disk");
            }
        }
    }

    private void tell(ConfigSnapshot snapshot) {
        try {
            listener.onSnapshot(snapshot);
        } catch (RuntimeException e) {
            LOGGER.atError()
                    .addKeyValue("version", snapshot.revision())
                    .setCause(e)
                    .log("Listener failed on a config snapshot");
        }
    }

    /// One stream's life. gRPC calls it from one thread at a time.
    private final class Subscription
            implements ClientResponseObserver<RequestResources, Resources> {
        private @Nullable ClientCallStreamObserver<RequestResources> requests;
        // Guarded by the lock of the stream.
        private final Set<Kind> answeredKinds = EnumSet.noneOf(Kind.class);
        private boolean answered;

        @Override
        public void beforeStart(ClientCallStreamObserver<RequestResources> stream) {
            this.requests = stream;
        }

        void subscribe() {
            for (var kind : settings.kinds()) {
                Map<String, String> held;
                lock.lock();
                try {
                    held = assembler.versions(kind);
                } finally {
                    lock.unlock();
                }
                send(
                        request(kind)
                                .setSinkNode(SinkNode.newBuilder().setId(settings.sinkId()))
                                .setIncremental(true)
                                .putAllInitialResourceVersions(held)
                                .build());
            }
        }

        @Override
        public void onNext(Resources message) {
            var kind = Kind.ofCollection(message.getCollection()).orElse(null);
            if (kind == null || !settings.kinds().contains(kind)) {
                LOGGER.atWarn()
                        .addKeyValue("kind", message.getCollection())
                        .log("Galley sent a collection that was not asked for");
                return;
            }
            var problems = take(this, kind, message);
            var answer = request(kind).setResponseNonce(message.getNonce());
            if (!problems.isEmpty()) {
                LOGGER.atWarn()
                        .addKeyValue("kind", kind.label())
                        .addKeyValue("version", message.getSystemVersionInfo())
                        .addKeyValue("nonce", message.getNonce())
                        .addKeyValue("error", problems)
                        .log("Refused config from Galley, the last good one stays");
                answer.setErrorDetail(
                        Status.newBuilder()
                                .setCode(Code.INVALID_ARGUMENT_VALUE)
                                .setMessage(shortened(String.join("\n", problems))));
            }
            send(answer.build());
        }

        @Override
        public void onError(Throwable cause) {
            ended(this, cause);
        }

        @Override
        public void onCompleted() {
            ended(this, new IOException("Galley ended the stream"));
        }

        void cancel() {
            if (requests != null) {
                requests.cancel("the sink closes", null);
            }
        }

        private RequestResources.Builder request(Kind kind) {
            return RequestResources.newBuilder().setCollection(kind.collection());
        }

        /// Two threads send at the start of a stream: the one that subscribes and the one that answers.
        private synchronized void send(RequestResources message) {
            if (requests != null) {
                requests.onNext(message);
            }
        }

        private static String shortened(String text) {
            return text.length() <= MAX_ERROR_CHARS ? text : text.substring(0, MAX_ERROR_CHARS);
        }
    }
}
