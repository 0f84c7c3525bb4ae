package dev.quartet.pilot;

import com.google.protobuf.Any;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.Pem;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.TestAuthority;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc.SecretDiscoveryServiceImplBase;
import io.grpc.stub.StreamObserver;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Citadel's place in tests of Pilot alone: gives every proxy the same certificate, and the secrets that a test puts here. It does not answer for others.
public final class TestSecrets extends SecretDiscoveryServiceImplBase {
    private static final String TYPE =
            "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

    private final TestAuthority authority = new TestAuthority(Clock.systemUTC());
    private final KeyMaterial material =
            authority.issue(new SpiffeId("cluster.local", "shop", "reviews"), Duration.ofHours(1));

    private final Map<String, Secret> secrets = new ConcurrentHashMap<>();
    private final AtomicInteger version = new AtomicInteger();
    private final Set<Stream> streams = ConcurrentHashMap.newKeySet();

    public TestSecrets() {
        put("default", certificate(material));
        put("ROOTCA", trust(authority.root()));
    }

    public TestAuthority authority() {
        return authority;
    }

    public KeyMaterial material() {
        return material;
    }

    /// As Citadel gives the Secret of a gateway's namespace: `name`, and `name-cacert` for whose certificates are good. Who has asked gets it at once.
    public void put(String name, KeyMaterial material, X509Certificate authority) {
        put(name, certificate(material));
        put(name + "-cacert", trust(authority));
    }

    private void put(String name, Secret.Builder content) {
        secrets.put(name, content.setName(name).build());
        version.incrementAndGet();
        streams.forEach(stream -> stream.send(Set.of(name)));
    }

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaSecrets(
            StreamObserver<DeltaDiscoveryResponse> responses) {
        var stream = new Stream(responses);
        streams.add(stream);
        return stream;
    }

    /// Of one proxy.
    private final class Stream implements StreamObserver<DeltaDiscoveryRequest> {
        private final StreamObserver<DeltaDiscoveryResponse> responses;
        private final Set<String> subscribed = new HashSet<>();
        private int nonce;

        Stream(StreamObserver<DeltaDiscoveryResponse> responses) {
            this.responses = responses;
        }

        @Override
        public void onNext(DeltaDiscoveryRequest request) {
            synchronized (this) {
                subscribed.addAll(request.getResourceNamesSubscribeList());
                request.getResourceNamesUnsubscribeList().forEach(subscribed::remove);
            }
            send(request.getResourceNamesSubscribeList());
        }

        synchronized void send(Collection<String> names) {
            var response =
                    DeltaDiscoveryResponse.newBuilder()
                            .setTypeUrl(TYPE)
                            .setNonce(String.valueOf(++nonce));
            for (var name : names) {
                var secret = secrets.get(name);
                if (secret != null && subscribed.contains(name)) {
                    response.addResources(
                            Resource.newBuilder()
                                    .setName(name)
                                    .setVersion(version.toString())
                                    .setResource(Any.pack(secret)));
                }
            }
            if (response.getResourcesCount() > 0) {
                responses.onNext(response.build());
            }
        }

        @Override
        public void onError(Throwable error) {
            streams.remove(this);
        }

        @Override
        public void onCompleted() {
            streams.remove(this);
            responses.onCompleted();
        }
    }

    private static Secret.Builder trust(X509Certificate authority) {
        return Secret.newBuilder()
                .setValidationContext(
                        CertificateValidationContext.newBuilder()
                                .setTrustedCa(text(Pem.encode(authority))));
    }

    private static Secret.Builder certificate(KeyMaterial material) {
        return Secret.newBuilder()
                .setTlsCertificate(
                        TlsCertificate.newBuilder()
                                .setCertificateChain(text(Pem.encode(material.chain())))
                                .setPrivateKey(text(Pem.encode(material.key()))));
    }

    private static DataSource text(String pem) {
        return DataSource.newBuilder().setInlineString(pem).build();
    }
}
