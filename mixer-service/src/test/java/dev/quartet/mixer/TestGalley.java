package dev.quartet.mixer;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.config.write.CanonicalJson;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.wire.mcp.Metadata;
import dev.quartet.wire.mcp.RequestResources;
import dev.quartet.wire.mcp.ResourceSourceGrpc;
import dev.quartet.wire.mcp.Resources;
import dev.quartet.wire.status.ConfigReport;
import dev.quartet.wire.status.ConfigReportAck;
import dev.quartet.wire.status.ConfigStatusGrpc;
import io.grpc.Server;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// As much of Galley as Mixer sees: over mutual TLS, it answers each subscription with one revision and notes what
/// Mixer reports.
final class TestGalley implements AutoCloseable {
    final List<ConfigReport> reports = new CopyOnWriteArrayList<>();
    private final List<Resource<?>> resources;
    private final Server server;

    TestGalley(ServiceIdentity identity, String yaml) throws IOException {
        this.resources = new ResourceReader("shop").readYaml("galley.yaml", yaml).plainResources();
        this.server =
                identity.server(new InetSocketAddress("127.0.0.1", 0))
                        .addService(new Source())
                        .addService(new Status())
                        .build()
                        .start();
    }

    String address() {
        return "127.0.0.1:" + server.getPort();
    }

    private Resources collection(Kind kind) {
        var message =
                Resources.newBuilder()
                        .setCollection(kind.collection())
                        .setSystemVersionInfo("rev-1")
                        .setNonce(kind.name());
        for (var resource : resources) {
            if (resource.key().kind() == kind) {
                message.addResources(
                        dev.quartet.wire.mcp.Resource.newBuilder()
                                .setMetadata(
                                        Metadata.newBuilder()
                                                .setName(resource.key().namespacedName())
                                                .setVersion(resource.version()))
                                .setBody(
                                        Any.pack(
                                                BytesValue.of(
                                                        ByteString.copyFrom(
                                                                CanonicalJson.write(
                                                                        resource.spec()))))));
            }
        }
        return message.build();
    }

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
            return new Reader<>() {
                @Override
                public void onNext(RequestResources request) {
                    if (request.getResponseNonce().isEmpty()) {
                        Kind.ofCollection(request.getCollection())
                                .ifPresent(kind -> out.onNext(collection(kind)));
                    }
                }
            };
        }
    }

    private final class Status extends ConfigStatusGrpc.ConfigStatusImplBase {
        @Override
        public StreamObserver<ConfigReport> report(StreamObserver<ConfigReportAck> out) {
            return new Reader<>() {
                @Override
                public void onNext(ConfigReport report) {
                    reports.add(report);
                    out.onNext(ConfigReportAck.getDefaultInstance());
                }
            };
        }
    }

    private abstract static class Reader<T> implements StreamObserver<T> {
        @Override
        public void onError(Throwable cause) {
            // Mixer went away, as a test wanted
        }

        @Override
        public void onCompleted() {
            // Mixer said goodbye
        }
    }
}
