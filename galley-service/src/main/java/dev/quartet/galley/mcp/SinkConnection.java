package dev.quartet.galley.mcp;

import dev.quartet.galley.snapshot.Revision;
import dev.quartet.wire.mcp.RequestResources;
import dev.quartet.wire.mcp.Resources;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One sink's stream. What it holds in memory is bounded by one push per collection, however slow the sink is: of a sink
/// that does not read what it was sent, no further request is read, since each may be answered at once.
/// Thread-safe: requests come from gRPC, revisions from the publisher.
final class SinkConnection implements StreamObserver<RequestResources> {
    private static final Logger LOGGER = LoggerFactory.getLogger(SinkConnection.class);
    private static final int MAX_COLLECTIONS = 128;
    private static final int MAX_NAME_CHARS = 256;

    private final String caller;
    private final ServerCallStreamObserver<Resources> out;
    private final Supplier<Revision> newest;
    private final McpObserver observer;
    private final Clock clock;
    private final Consumer<SinkConnection> onEnd;
    private final Instant connectedAt;
    private final Map<String, CollectionPush> pushes = new LinkedHashMap<>();
    private String id = "";
    private long nonces;
    private boolean ended;

    /// The next request is read when the sink has read on.
    private boolean paused;

    SinkConnection(
            String caller,
            ServerCallStreamObserver<Resources> out,
            Supplier<Revision> newest,
            McpObserver observer,
            Clock clock,
            Consumer<SinkConnection> onEnd) {
        this.caller = caller;
        this.out = out;
        this.newest = newest;
        this.observer = observer;
        this.clock = clock;
        this.onEnd = onEnd;
        this.connectedAt = clock.instant();
        out.setOnCancelHandler(this::end);
        out.setOnReadyHandler(this::resume);
        out.disableAutoRequest();
        out.request(1);
    }

    @Override
    public synchronized void onNext(RequestResources request) {
        if (!ended) {
            take(request);
            paused = true;
            resume();
        }
    }

    private synchronized void resume() {
        if (paused && !ended && out.isReady()) {
            paused = false;
            out.request(1);
        }
    }

    private void take(RequestResources request) {
        if (request.hasSinkNode() && id.isEmpty()) {
            id = shortened(request.getSinkNode().getId());
            LOGGER.atInfo()
                    .addKeyValue("name", id)
                    .addKeyValue("caller", caller)
                    .log("Sink connected");
        }
        var collection = request.getCollection();
        if (collection.isEmpty() || collection.length() > MAX_NAME_CHARS) {
            fail(
                    Status.INVALID_ARGUMENT.withDescription(
                            "a request names a collection of 1 to "
                                    + MAX_NAME_CHARS
                                    + " characters"));
            return;
        }
        if (request.getResponseNonce().isEmpty()) {
            if (!pushes.containsKey(collection) && pushes.size() >= MAX_COLLECTIONS) {
                fail(
                        Status.RESOURCE_EXHAUSTED.withDescription(
                                "a sink may ask for " + MAX_COLLECTIONS + " collections"));
                return;
            }
            var push = new CollectionPush(request);
            pushes.put(collection, push);
            push(push);
            return;
        }
        var push = pushes.get(collection);
        if (push == null) {
            return; // an answer to what was never sent
        }
        switch (push.answer(request)) {
            case ACKNOWLEDGED -> {
                observer.acknowledged(collection);
                push(push);
            }
            case REFUSED -> {
                observer.refused(collection);
                LOGGER.atWarn()
                        .addKeyValue("name", id)
                        .addKeyValue("kind", collection)
                        .addKeyValue("nonce", request.getResponseNonce())
                        .addKeyValue("error", request.getErrorDetail().getMessage())
                        .log("Sink refused config");
                push(push);
            }
            case STALE ->
                    LOGGER.atDebug()
                            .addKeyValue("name", id)
                            .addKeyValue("kind", collection)
                            .addKeyValue("nonce", request.getResponseNonce())
                            .log("Stale nonce");
        }
    }

    private static String shortened(String text) {
        return text.length() <= MAX_NAME_CHARS ? text : text.substring(0, MAX_NAME_CHARS);
    }

    /// A new revision is there. Whatever is under way goes on; the sink gets the newest afterwards.
    synchronized void publish() {
        if (!ended) {
            pushes.values().forEach(this::push);
        }
    }

    private void push(CollectionPush push) {
        push.next(newest.get(), Long.toString(nonces + 1), clock.instant())
                .ifPresent(message -> {
                    nonces++;
                    observer.sent(message.getCollection(), message.getSerializedSize());
                    out.onNext(message);
                });
    }

    @Override
    public void onError(Throwable cause) {
        observer.streamFailed();
        end();
    }

    @Override
    public synchronized void onCompleted() {
        if (!ended) {
            end();
            out.onCompleted();
        }
    }

    synchronized void shutDown() {
        if (!ended) {
            fail(Status.UNAVAILABLE.withDescription("Galley shuts down"));
        }
    }

    private void fail(Status status) {
        end();
        out.onError(status.asRuntimeException());
    }

    private synchronized void end() {
        if (!ended) {
            ended = true;
            LOGGER.atInfo().addKeyValue("name", id).addKeyValue("caller", caller).log("Sink gone");
            onEnd.accept(this);
        }
    }

    synchronized SinkStatus status() {
        return new SinkStatus(
                id,
                caller,
                connectedAt,
                pushes.values().stream().map(CollectionPush::status).toList());
    }
}
