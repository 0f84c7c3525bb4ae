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
import java.time.Clock;
import java.time.Duration;

/// Citadel's place in tests of Pilot alone: gives every proxy the same certificate.
public final class TestSecrets extends SecretDiscoveryServiceImplBase {
    private final TestAuthority authority = new TestAuthority(Clock.systemUTC());
    private final KeyMaterial material =
            authority.issue(new SpiffeId("cluster.local", "shop", "reviews"), Duration.ofHours(1));

    public TestAuthority authority() {
        return authority;
    }

    public KeyMaterial material() {
        return material;
    }

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaSecrets(
            StreamObserver<DeltaDiscoveryResponse> responses) {
        return new StreamObserver<>() {
            @Override
            public void onNext(DeltaDiscoveryRequest request) {
                var response =
                        DeltaDiscoveryResponse.newBuilder()
                                .setTypeUrl(request.getTypeUrl())
                                .setNonce("1");
                for (var name : request.getResourceNamesSubscribeList()) {
                    response.addResources(
                            Resource.newBuilder()
                                    .setName(name)
                                    .setVersion("1")
                                    .setResource(Any.pack(secret(name))));
                }
                if (response.getResourcesCount() > 0) {
                    responses.onNext(response.build());
                }
            }

            @Override
            public void onError(Throwable error) {}

            @Override
            public void onCompleted() {
                responses.onCompleted();
            }
        };
    }

    private Secret secret(String name) {
        var secret = Secret.newBuilder().setName(name);
        return name.equals("ROOTCA")
                ? secret.setValidationContext(
                                CertificateValidationContext.newBuilder()
                                        .setTrustedCa(text(Pem.encode(authority.root()))))
                        .build()
                : secret.setTlsCertificate(
                                TlsCertificate.newBuilder()
                                        .setCertificateChain(text(Pem.encode(material.chain())))
                                        .setPrivateKey(text(Pem.encode(material.key()))))
                        .build();
    }

    private static DataSource text(String pem) {
        return DataSource.newBuilder().setInlineString(pem).build();
    }
}
