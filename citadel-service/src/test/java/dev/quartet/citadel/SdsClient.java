package dev.quartet.citadel;

import com.google.protobuf.Message;
import com.google.rpc.Status;
import dev.quartet.identity.KeyMaterial;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One SDS stream as a proxy would open it.
final class SdsClient<Q extends Message, A extends Message> {

    private final BlockingQueue<A> responses = new LinkedBlockingQueue<>();
    private final CompletableFuture<io.grpc.Status> end = new CompletableFuture<>();
    private final StreamObserver<Q> requests;

    private SdsClient(Function<StreamObserver<A>, StreamObserver<Q>> open) {
        requests = open.apply(receiver());
    }

    private StreamObserver<A> receiver() {
        return new StreamObserver<>() {
            @Override
            public void onNext(A response) {
                responses.add(response);
            }

            @Override
            public void onError(Throwable error) {
                end.complete(io.grpc.Status.fromThrowable(error));
            }

            @Override
            public void onCompleted() {
                end.complete(io.grpc.Status.OK);
            }
        };
    }

    static SdsClient<DeltaDiscoveryRequest, DeltaDiscoveryResponse> delta(Channel channel) {
        return new SdsClient<>(SecretDiscoveryServiceGrpc.newStub(channel)::deltaSecrets);
    }

    static SdsClient<DiscoveryRequest, DiscoveryResponse> world(Channel channel) {
        return new SdsClient<>(SecretDiscoveryServiceGrpc.newStub(channel)::streamSecrets);
    }

    SdsClient<Q, A> send(Q request) {
        requests.onNext(request);
        return this;
    }

    A next() throws InterruptedException {
        var response = responses.poll(10, TimeUnit.SECONDS);
        if (response == null) {
            throw new AssertionError("no response came; the stream's end: " + end.getNow(null));
        }
        return response;
    }

    /// What comes within `time`, if anything.
    @Nullable A within(Duration time) throws InterruptedException {
        return responses.poll(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    io.grpc.Status end() throws Exception {
        return end.get(10, TimeUnit.SECONDS);
    }

    boolean isOpen() {
        return !end.isDone();
    }

    void close() {
        requests.onCompleted();
    }

    static DeltaDiscoveryRequest subscribe(String... names) {
        return DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret")
                .setNode(Node.newBuilder().setId("proxy"))
                .addAllResourceNamesSubscribe(List.of(names))
                .build();
    }

    static DeltaDiscoveryRequest ack(DeltaDiscoveryResponse response) {
        return DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(response.getTypeUrl())
                .setResponseNonce(response.getNonce())
                .build();
    }

    static DeltaDiscoveryRequest nack(DeltaDiscoveryResponse response) {
        return ack(response).toBuilder()
                .setErrorDetail(Status.newBuilder().setCode(3).setMessage("bad secret"))
                .build();
    }

    static KeyMaterial material(Secret secret) throws GeneralSecurityException {
        return KeyMaterial.fromPem(
                secret.getTlsCertificate().getPrivateKey().getInlineBytes().toStringUtf8()
                        + secret.getTlsCertificate()
                                .getCertificateChain()
                                .getInlineBytes()
                                .toStringUtf8());
    }
}
