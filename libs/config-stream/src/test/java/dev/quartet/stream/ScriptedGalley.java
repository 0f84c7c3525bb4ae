package dev.quartet.stream;

import static org.awaitility.Awaitility.await;

import dev.quartet.config.Kind;
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
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A Galley on a real port that sends what a test tells it to and writes down what it gets.
final class ScriptedGalley implements AutoCloseable {
    final List<RequestResources> requests = new CopyOnWriteArrayList<>();
    final List<ConfigReport> reports = new CopyOnWriteArrayList<>();
    final List<Long> reportNanos = new CopyOnWriteArrayList<>();
    final AtomicInteger reportStreams = new AtomicInteger();
    private final AtomicInteger nonces = new AtomicInteger();
    private final Server server;
    private final int port;
    private volatile @Nullable StreamObserver<Resources> sink;

    /// @param wanted its port, 0 for any free one
    ScriptedGalley(int wanted) throws IOException {
        server =
                NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", wanted))
                        .addService(new Source())
                        .addService(new Status())
                        .build()
                        .start();
        this.port = server.getPort();
    }

    int port() {
        return port;
    }

    static ManagedChannel channel(int port) {
        return NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    }

    /// Sends a message and gives its nonce.
    String send(Resources message) {
        var nonce = "n" + nonces.incrementAndGet();
        var to = sink;
        if (to == null) {
            throw new IllegalStateException("no sink is connected");
        }
        to.onNext(message.toBuilder().setNonce(nonce).build());
        return nonce;
    }

    List<RequestResources> subscriptions() {
        return requests.stream().filter(it -> it.getResponseNonce().isEmpty()).toList();
    }

    RequestResources awaitAnswer(String nonce) {
        await().until(() -> requests.stream().anyMatch(it -> it.getResponseNonce().equals(nonce)));
        return requests.stream()
                .filter(it -> it.getResponseNonce().equals(nonce))
                .findFirst()
                .orElseThrow();
    }

    void awaitSubscriptions(List<Kind> kinds) {
        await().until(() -> subscriptions().size() >= kinds.size());
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
                    reports.add(report);
                    reportNanos.add(System.nanoTime());
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
