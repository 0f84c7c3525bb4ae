package dev.quartet.e2e;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.quartet.identity.IdentitySettings;
import dev.quartet.identity.JoinToken;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.MutualTls;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.identity.SpiffeId;
import dev.quartet.testkit.Folders;
import dev.quartet.testkit.MeshUnderTest;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/// Somebody with a workload's real token: gets a certificate from Citadel and uses it.
final class Caller implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(20);

    private final Path folder;
    private final ServiceIdentity identity;
    private final int citadelPort;

    private Caller(Path folder, ServiceIdentity identity, int citadelPort) {
        this.folder = folder;
        this.identity = identity;
        this.citadelPort = citadelPort;
    }

    static Caller of(MeshUnderTest mesh, String namespace, String serviceAccount)
            throws IOException, InterruptedException {
        return of(mesh.home().resolve("trust"), mesh.port(8060), namespace, serviceAccount);
    }

    /// @param trust the folder that `citadel init-trust` has filled
    static Caller of(Path trust, int citadelPort, String namespace, String serviceAccount)
            throws IOException, InterruptedException {
        var own = trust.resolve(namespace).resolve(serviceAccount);
        var folder = Files.createTempDirectory("caller");
        var identity =
                ServiceIdentity.start(
                        new IdentitySettings(
                                folder.resolve("state"),
                                "cluster.local",
                                namespace,
                                serviceAccount,
                                own.resolve("token"),
                                own.resolve("root-cert.pem"),
                                "127.0.0.1:" + citadelPort),
                        Clock.systemUTC());
        if (!identity.awaitReady(START)) {
            identity.close();
            throw new IllegalStateException(
                    "no certificate from Citadel for " + namespace + "/" + serviceAccount);
        }
        return new Caller(folder, identity, citadelPort);
    }

    static Path trust(MeshUnderTest mesh, String namespace, String serviceAccount) {
        return mesh.home().resolve("trust").resolve(namespace).resolve(serviceAccount);
    }

    ServiceIdentity identity() {
        return identity;
    }

    /// A TLS connection as a sidecar opens it to another; the server's certificate is checked against the mesh's roots.
    ///
    /// @param withCertificate whether to show one's own
    SSLSocket connect(InetSocketAddress sidecar, boolean withCertificate)
            throws GeneralSecurityException, IOException {
        var socket = (SSLSocket) context(withCertificate).getSocketFactory().createSocket();
        var parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"istio"});
        socket.setSSLParameters(parameters);
        socket.setSoTimeout((int) START.toMillis());
        socket.connect(sidecar, (int) START.toMillis());
        socket.startHandshake();
        return socket;
    }

    private SSLContext context(boolean withCertificate)
            throws GeneralSecurityException, IOException {
        var material = KeyMaterial.fromPem(Files.readString(folder.resolve("state/identity.pem")));
        var keys = KeyStore.getInstance(KeyStore.getDefaultType());
        keys.load(null);
        keys.setKeyEntry(
                "own",
                material.key(),
                new char[0],
                material.chain().toArray(X509Certificate[]::new));
        var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(keys, new char[0]);
        var roots = KeyStore.getInstance(KeyStore.getDefaultType());
        roots.load(null);
        for (var root : identity.roots()) {
            roots.setCertificateEntry(root.getSerialNumber().toString(), root);
        }
        var trustManagers =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trustManagers.init(roots);
        var context = SSLContext.getInstance("TLSv1.3");
        context.init(
                withCertificate ? keyManagers.getKeyManagers() : null,
                trustManagers.getTrustManagers(),
                null);
        return context;
    }

    /// Asks Citadel for a secret by SDS, with a token as all that it shows.
    ///
    /// @return OK when the secret came, NOT_FOUND for an answer without it, else what ended the call
    Status.Code secret(JoinToken token, String name) {
        var channel =
                NettyChannelBuilder.forAddress("127.0.0.1", citadelPort)
                        .sslContext(
                                new MutualTls(() -> null, identity::roots, Clock.systemUTC())
                                        .client(SpiffeId.citadel("cluster.local")))
                        .proxyDetector(_ -> null)
                        .build();
        try {
            var headers = new Metadata();
            headers.put(
                    Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                    token.authorization());
            var answer =
                    SecretDiscoveryServiceGrpc.newBlockingStub(channel)
                            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                            .withDeadlineAfter(5, TimeUnit.SECONDS)
                            .fetchSecrets(
                                    DiscoveryRequest.newBuilder()
                                            .setTypeUrl(
                                                    "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret")
                                            .addResourceNames(name)
                                            .build());
            return answer.getResourcesCount() == 0 ? Status.Code.NOT_FOUND : Status.Code.OK;
        } catch (StatusRuntimeException refused) {
            return refused.getStatus().getCode();
        } finally {
            channel.shutdownNow();
        }
    }

    /// Asks Pilot for clusters, as the proxy that `node` says it is.
    ///
    /// @return OK when config came, else how Pilot ended the stream
    Status.Code clusters(int pilotPort, Node node)
            throws InterruptedException, ExecutionException, TimeoutException {
        var channel = identity.channel("127.0.0.1:" + pilotPort, SpiffeId.pilot("cluster.local"));
        try {
            var end = new CompletableFuture<Status.Code>();
            var requests =
                    AggregatedDiscoveryServiceGrpc.newStub(channel)
                            .deltaAggregatedResources(
                                    new StreamObserver<DeltaDiscoveryResponse>() {
                                        @Override
                                        public void onNext(DeltaDiscoveryResponse response) {
                                            end.complete(Status.Code.OK);
                                        }

                                        @Override
                                        public void onError(Throwable cause) {
                                            end.complete(Status.fromThrowable(cause).getCode());
                                        }

                                        @Override
                                        public void onCompleted() {
                                            end.complete(Status.Code.UNKNOWN);
                                        }
                                    });
            requests.onNext(
                    DeltaDiscoveryRequest.newBuilder()
                            .setNode(node)
                            .setTypeUrl("type.googleapis.com/envoy.config.cluster.v3.Cluster")
                            .build());
            return end.get(10, TimeUnit.SECONDS);
        } finally {
            channel.shutdownNow();
        }
    }

    /// The node of a sidecar that says so of itself.
    static Node node(String workload, String namespace, String serviceAccount) {
        return Node.newBuilder()
                .setId(
                        "sidecar~127.200.0.9~%s-v1-9.%s~%s.svc.cluster.local"
                                .formatted(workload, namespace, namespace))
                .setMetadata(
                        Struct.newBuilder()
                                .putFields("NAMESPACE", text(namespace))
                                .putFields("SERVICE_ACCOUNT", text(serviceAccount))
                                .putFields("WORKLOAD_NAME", text(workload + "-v1"))
                                .putFields("INTERCEPTION_MODE", text("NONE")))
                .build();
    }

    private static Value text(String value) {
        return Value.newBuilder().setStringValue(value).build();
    }

    static Socket plain(InetSocketAddress address) throws IOException {
        var socket = new Socket();
        socket.setSoTimeout((int) START.toMillis());
        socket.connect(address, (int) START.toMillis());
        return socket;
    }

    @Override
    public void close() {
        identity.close();
        Folders.delete(folder);
    }
}
