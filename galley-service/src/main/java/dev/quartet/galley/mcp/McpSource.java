package dev.quartet.galley.mcp;

import dev.quartet.galley.snapshot.Revision;
import dev.quartet.galley.snapshot.RevisionLog;
import dev.quartet.identity.CallerIdentity;
import dev.quartet.identity.SpiffeId;
import dev.quartet.wire.mcp.RequestResources;
import dev.quartet.wire.mcp.ResourceSourceGrpc;
import dev.quartet.wire.mcp.Resources;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// MCP's source (`istio.mcp.v1alpha1.ResourceSource`): every sink gets every collection it asks for, stamped with
/// the newest revision. Who may call is the server's access list to say.
public final class McpSource extends ResourceSourceGrpc.ResourceSourceImplBase {
    private final RevisionLog log;
    private final McpObserver observer;
    private final Clock clock;
    private final Set<SinkConnection> sinks = ConcurrentHashMap.newKeySet();

    public McpSource(RevisionLog log, McpObserver observer, Clock clock) {
        this.log = log;
        this.observer = observer;
        this.clock = clock;
        log.subscribe(this::published);
    }

    private void published(Revision revision) {
        sinks.forEach(SinkConnection::publish);
    }

    @Override
    public StreamObserver<RequestResources> establishResourceStream(StreamObserver<Resources> out) {
        var caller = CallerIdentity.current().map(SpiffeId::uri).orElse("");
        var sink =
                new SinkConnection(
                        caller,
                        (ServerCallStreamObserver<Resources>) out,
                        log::current,
                        observer,
                        clock,
                        this::gone);
        sinks.add(sink);
        observer.sinks(sinks.size());
        return sink;
    }

    private void gone(SinkConnection sink) {
        sinks.remove(sink);
        observer.sinks(sinks.size());
    }

    public List<SinkStatus> sinks() {
        return sinks.stream().map(SinkConnection::status).toList();
    }

    /// Ends all streams, so that sinks look for another Galley at once.
    public void shutDown() {
        sinks.forEach(SinkConnection::shutDown);
    }
}
