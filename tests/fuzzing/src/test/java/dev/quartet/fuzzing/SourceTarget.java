package dev.quartet.fuzzing;

import static dev.quartet.fuzzing.Laws.holds;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Status;
import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.galley.mcp.McpObserver;
import dev.quartet.galley.mcp.McpSource;
import dev.quartet.galley.snapshot.RevisionLog;
import dev.quartet.wire.mcp.RequestResources;
import dev.quartet.wire.mcp.Resources;
import dev.quartet.wire.mcp.SinkNode;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a sink may ask of Galley: the requests of a stream, with new revisions between them.
public final class SourceTarget {
    /// The collection in whose stead a revision is published.
    private static final String PUBLISH = "publish";

    private static final int MAX_COLLECTIONS = 128;
    private static final List<List<Resource<?>>> REVISIONS =
            List.of(
                    List.of(workload("a", 1)),
                    List.of(workload("a", 2), workload("b", 1)),
                    List.of(workload("b", 1)),
                    List.of());

    private final RevisionLog log = new RevisionLog(REVISIONS.getFirst(), Clock.systemUTC());
    private final McpSource source = new McpSource(log, new Unobserved(), Clock.systemUTC());
    private final Sink sink = new Sink();
    private final Set<String> asked = new HashSet<>();
    private final Map<String, String> underWay = new HashMap<>();
    private final Set<String> nonces = new HashSet<>();
    private int published;
    private boolean ended;

    private SourceTarget() {}

    public static void fuzzerTestOneInput(byte[] input) {
        new SourceTarget().run(input);
    }

    private static Resource<?> workload(String name, int version) {
        return new ResourceReader()
                .readJson(
                        Kind.WORKLOAD_ENTRY,
                        "shop/" + name,
                        Map.of("version", "v" + version),
                        Map.of(),
                        "{\"address\":\"10.0.0.1\"}".getBytes(StandardCharsets.UTF_8));
    }

    private void run(byte[] input) {
        var requests = source.establishResourceStream(sink);
        for (var request : requests(input)) {
            if (request.getCollection().equals(PUBLISH)) {
                published++;
                log.publish(log.of(REVISIONS.get(published % REVISIONS.size())));
            } else {
                answeredOrAsked(request);
                requests.onNext(request);
                holds(ended || underWay.size() <= asked.size(), "more pushes than collections");
            }
            holds(source.sinks().size() == (ended ? 0 : 1), "a sink is lost, or kept when gone");
            source.sinks()
                    .forEach(status ->
                            holds(
                                    status.collections().size() <= MAX_COLLECTIONS,
                                    "too many collections"));
        }
        requests.onCompleted();
        holds(ended && source.sinks().isEmpty(), "a sink that has gone is kept");
        log.publish(log.of(REVISIONS.get(1)));
    }

    private void answeredOrAsked(RequestResources request) {
        var collection = request.getCollection();
        if (request.getResponseNonce().isEmpty()) {
            asked.add(collection);
            underWay.remove(collection);
        } else {
            underWay.remove(collection, request.getResponseNonce());
        }
    }

    /// The other end of the stream. What it is sent must be what it may be sent.
    private final class Sink extends ServerCallStreamObserver<Resources> {
        @Override
        public void onNext(Resources message) {
            holds(!ended, "a message after the end");
            holds(asked.contains(message.getCollection()), "a collection that none asked for");
            holds(nonces.add(message.getNonce()), "a nonce again");
            holds(
                    underWay.put(message.getCollection(), message.getNonce()) == null,
                    "two pushes of a collection at once");
            holds(
                    message.getSystemVersionInfo().equals(log.current().id()),
                    "not the newest revision");
            holds(
                    message.getResourcesCount() == 0
                            || message.getCollection().equals(Kind.WORKLOAD_ENTRY.collection()),
                    "resources of another collection");
            holds(message.toByteArray().length > 0, "a message of nothing");
        }

        @Override
        public void onError(Throwable cause) {
            end();
        }

        @Override
        public void onCompleted() {
            end();
        }

        private void end() {
            holds(!ended, "a second end");
            ended = true;
        }

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setOnCancelHandler(@Nullable Runnable handler) {}

        @Override
        public void setOnReadyHandler(@Nullable Runnable handler) {}

        @Override
        public void setCompression(String compression) {}

        @Override
        public void setMessageCompression(boolean enable) {}

        @Override
        public void disableAutoInboundFlowControl() {}

        @Override
        public void disableAutoRequest() {}

        @Override
        public void request(int count) {}
    }

    private static final class Unobserved implements McpObserver {
        @Override
        public void sinks(int connected) {}

        @Override
        public void sent(String collection, int sizeBytes) {}

        @Override
        public void acknowledged(String collection) {}

        @Override
        public void refused(String collection) {}

        @Override
        public void streamFailed() {}
    }

    private static List<RequestResources> requests(byte[] input) {
        var requests = new ArrayList<RequestResources>();
        if (Parts.are(input)) {
            var parts = Parts.of(input);
            while (parts.more()) {
                requests.add(request(parts));
            }
            return requests;
        }
        var stream = new ByteArrayInputStream(input);
        try {
            for (var next = RequestResources.parseDelimitedFrom(stream);
                    next != null;
                    next = RequestResources.parseDelimitedFrom(stream)) {
                requests.add(next);
            }
        } catch (InvalidProtocolBufferException e) {
            // gRPC ends the stream there
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return requests;
    }

    private static RequestResources request(Parts parts) {
        var request =
                RequestResources.newBuilder()
                        .setCollection(parts.text())
                        .setResponseNonce(parts.text());
        var flags = parts.text();
        request.setIncremental(flags.contains("i"));
        if (flags.contains("e")) {
            request.setErrorDetail(Status.newBuilder().setCode(3).setMessage(flags));
        }
        if (flags.contains("n")) {
            request.setSinkNode(SinkNode.newBuilder().setId(flags));
        }
        if (flags.contains("h")) {
            request.putInitialResourceVersions(parts.text(), parts.text());
        }
        return request.build();
    }

    static List<byte[]> seeds() {
        var workloads = Kind.WORKLOAD_ENTRY.collection();
        var gateways = Kind.GATEWAY.collection();
        var seeds =
                new ArrayList<byte[]>(
                        List.of(
                                Parts.join(workloads, "", "in"),
                                Parts.join(workloads, "", "in", workloads, "1", ""),
                                Parts.join(workloads, "", "inh", "shop/a", "any"),
                                Parts.join(
                                        workloads, "", "i", workloads, "1", "", PUBLISH, "", "",
                                        workloads, "2", "e", PUBLISH, "", "", workloads, "3", ""),
                                Parts.join(
                                        workloads, "", "", PUBLISH, "", "", gateways, "", "i",
                                        workloads, "1", "", gateways, "2", "", workloads, "", "i"),
                                Parts.join("", "", ""),
                                Parts.join("a".repeat(300), "", "")));
        for (var seed : List.copyOf(seeds)) {
            var wire = new ByteArrayOutputStream();
            try {
                for (var request : requests(seed)) {
                    request.writeDelimitedTo(wire);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            seeds.add(wire.toByteArray());
        }
        return seeds;
    }
}
