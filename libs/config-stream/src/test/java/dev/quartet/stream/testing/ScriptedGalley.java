package dev.quartet.stream.testing;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.write.CanonicalJson;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.wire.mcp.Metadata;
import dev.quartet.wire.mcp.RequestResources;
import dev.quartet.wire.mcp.ResourceSourceGrpc;
import dev.quartet.wire.mcp.Resources;
import dev.quartet.wire.status.ConfigReport;
import dev.quartet.wire.status.ConfigReportAck;
import dev.quartet.wire.status.ConfigStatusGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Galley as a sink sees it, on a real port: it writes down what it gets, and sends what a test tells it to, either
/// message by message or one whole revision to whoever subscribes.
public final class ScriptedGalley implements AutoCloseable {
    private final List<RequestResources> requests = new CopyOnWriteArrayList<>();
    private final List<ConfigReport> reports = new CopyOnWriteArrayList<>();
    private final List<Long> reportNanos = new CopyOnWriteArrayList<>();
    private final AtomicInteger reportStreams = new AtomicInteger();
    private final AtomicInteger nonces = new AtomicInteger();
    private final Server server;
    private final int port;
    private volatile @Nullable StreamObserver<Resources> sink;
    private volatile Function<Kind, @Nullable Resources> published = kind -> null;

    private ScriptedGalley(NettyServerBuilder builder) throws IOException {
        server = builder.addService(new Source()).addService(new Status()).build().start();
        port = server.getPort();
    }

    /// @param port 0 for any free one
    public static ScriptedGalley plaintext(int port) throws IOException {
        return new ScriptedGalley(
                NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port)));
    }

    /// A channel to a plaintext one.
    public static ManagedChannel channel(int port) {
        return NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    }

    /// Over mutual TLS, on any free port.
    public static ScriptedGalley as(ServiceIdentity identity) throws IOException {
        return new ScriptedGalley(identity.server(new InetSocketAddress("127.0.0.1", 0)));
    }

    public int port() {
        return port;
    }

    public String address() {
        return "127.0.0.1:" + port;
    }

    /// From now on each subscription is answered with this revision.
    public ScriptedGalley publish(String revision, Collection<Resource<?>> resources) {
        published =
                kind ->
                        Resources.newBuilder()
                                .setCollection(kind.collection())
                                .setSystemVersionInfo(revision)
                                .addAllResources(
                                        resources.stream()
                                                .filter(it -> it.key().kind() == kind)
                                                .map(ScriptedGalley::wire)
                                                .toList())
                                .build();
        return this;
    }

    /// A resource as MCP carries it.
    public static dev.quartet.wire.mcp.Resource wire(Resource<?> resource) {
        return dev.quartet.wire.mcp.Resource.newBuilder()
                .setMetadata(
                        Metadata.newBuilder()
                                .setName(resource.key().namespacedName())
                                .setVersion(resource.version())
                                .putAllLabels(resource.labels()))
                .setBody(
                        Any.pack(
                                BytesValue.of(
                                        ByteString.copyFrom(CanonicalJson.write(resource.spec())))))
                .build();
    }

    /// Sends a message to the sink that came last, and gives its nonce.
    public String send(Resources message) {
        var to = sink;
        if (to == null) {
            throw new IllegalStateException("no sink is connected");
        }
        return send(to, message);
    }

    private String send(StreamObserver<Resources> to, Resources message) {
        var nonce = "n" + nonces.incrementAndGet();
        to.onNext(message.toBuilder().setNonce(nonce).build());
        return nonce;
    }

    /// All that sinks have sent, in order.
    public List<RequestResources> requests() {
        return requests;
    }

    public List<RequestResources> subscriptions() {
        return requests.stream().filter(it -> it.getResponseNonce().isEmpty()).toList();
    }

    public RequestResources awaitAnswer(String nonce) {
        await().until(() -> requests.stream().anyMatch(it -> it.getResponseNonce().equals(nonce)));
        return requests.stream()
                .filter(it -> it.getResponseNonce().equals(nonce))
                .findFirst()
                .orElseThrow();
    }

    public void awaitSubscriptions(Collection<Kind> kinds) {
        await().until(() -> subscriptions().size() >= kinds.size());
    }

    /// All reports, in order.
    public List<ConfigReport> reports() {
        return reports;
    }

    /// When each of [#reports()] came, by `System.nanoTime()`.
    public List<Long> reportNanos() {
        return reportNanos;
    }

    /// How many report streams were opened so far.
    public int reportStreams() {
        return reportStreams.get();
    }

    /// As a kill: connections break, nothing says goodbye.
    @Override
    public void close() {
        server.shutdownNow();
        try {
            server.awaitTermination();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Source extends ResourceSourceGrpc.ResourceSourceImplBase {
        @Override
        public StreamObserver<RequestResources> establishResourceStream(
                StreamObserver<Resources> out) {
            sink = out;
            return new Recorder<>() {
                @Override
                public void onNext(RequestResources request) {
                    requests.add(request);
                    if (request.getResponseNonce().isEmpty()) {
                        Kind.ofCollection(request.getCollection())
                                .map(published)
                                .ifPresent(message -> send(out, message));
                    }
                }
            };
        }
    }

    private final class Status extends ConfigStatusGrpc.ConfigStatusImplBase {
        @Override
        public StreamObserver<ConfigReport> report(StreamObserver<ConfigReportAck> out) {
            reportStreams.incrementAndGet();
            return new Recorder<>() {
                @Override
                public void onNext(ConfigReport report) {
                    reportNanos.add(System.nanoTime());
                    reports.add(report);
                    out.onNext(ConfigReportAck.getDefaultInstance());
                }
            };
        }
    }

    private abstract static class Recorder<T> implements StreamObserver<T> {
        @Override
        public void onError(Throwable cause) {
            // the sink went away, as a test wanted
        }

        @Override
        public void onCompleted() {
            // the sink said goodbye
        }
    }
}
