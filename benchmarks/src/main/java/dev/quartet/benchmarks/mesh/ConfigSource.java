package dev.quartet.benchmarks.mesh;

import dev.quartet.config.Kind;
import dev.quartet.wire.mcp.RequestResources;
import dev.quartet.wire.mcp.Resource;
import dev.quartet.wire.mcp.ResourceSourceGrpc;
import dev.quartet.wire.mcp.Resources;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Galley's place in a measurement: it speaks MCP as Galley does, and knows the very moment at which a change goes out.
/// Thread-safe.
public final class ConfigSource extends ResourceSourceGrpc.ResourceSourceImplBase {
    private final Map<Kind, SortedMap<String, Resource>> collections;
    private final Map<StreamObserver<Resources>, Map<String, Boolean>> sinks = new HashMap<>();
    private int revision = 1;
    private long nonces;

    public ConfigSource(Map<Kind, SortedMap<String, Resource>> collections) {
        this.collections = collections;
    }

    @Override
    public StreamObserver<RequestResources> establishResourceStream(
            StreamObserver<Resources> sink) {
        return new StreamObserver<>() {
            @Override
            public void onNext(RequestResources request) {
                if (request.getResponseNonce().isEmpty()) {
                    subscribe(sink, request);
                } else if (request.hasErrorDetail()) {
                    System.err.println(
                            "the sink refuses "
                                    + request.getCollection()
                                    + ": "
                                    + request.getErrorDetail().getMessage());
                }
            }

            @Override
            public void onError(Throwable cause) {
                forget(sink);
            }

            @Override
            public void onCompleted() {
                forget(sink);
                sink.onCompleted();
            }
        };
    }

    private synchronized void subscribe(StreamObserver<Resources> sink, RequestResources request) {
        sinks.computeIfAbsent(sink, _ -> new HashMap<>()).put(request.getCollection(), true);
        var content = Kind.ofCollection(request.getCollection()).map(collections::get);
        var message =
                message(
                        request.getCollection(),
                        !request.getInitialResourceVersionsMap().isEmpty());
        content.ifPresent(resources -> message.addAllResources(resources.values()));
        sink.onNext(message.build());
    }

    private synchronized void forget(StreamObserver<Resources> sink) {
        sinks.remove(sink);
    }

    /// Publishes a revision in which one resource is another.
    ///
    /// @return `System.nanoTime()` just before the first byte went out
    public synchronized long publish(Kind kind, Resource changed) {
        revision++;
        collections
                .computeIfAbsent(kind, _ -> new TreeMap<>())
                .put(changed.getMetadata().getName(), changed);
        var start = System.nanoTime();
        sinks.forEach((sink, subscribed) ->
                subscribed
                        .keySet()
                        .forEach(collection -> {
                            var message = message(collection, true);
                            if (collection.equals(kind.collection())) {
                                message.addResources(changed);
                            }
                            sink.onNext(message.build());
                        }));
        return start;
    }

    public synchronized boolean hasSinks() {
        return !sinks.isEmpty();
    }

    private Resources.Builder message(String collection, boolean incremental) {
        return Resources.newBuilder()
                .setCollection(collection)
                .setSystemVersionInfo("bench-" + revision)
                .setNonce(Long.toString(++nonces))
                .setIncremental(incremental);
    }
}
