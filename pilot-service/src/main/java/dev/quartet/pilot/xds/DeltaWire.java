package dev.quartet.pilot.xds;

import dev.quartet.pilot.translate.XdsResource;
import dev.quartet.pilot.translate.XdsType;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.List;
import java.util.Set;

/// Incremental ADS: only what changed goes out.
final class DeltaWire implements Wire {
    private final ServerCallStreamObserver<DeltaDiscoveryResponse> responses;

    DeltaWire(ServerCallStreamObserver<DeltaDiscoveryResponse> responses) {
        this.responses = responses;
    }

    @Override
    public void send(
            XdsType type,
            String nonce,
            String revision,
            List<XdsResource> changed,
            List<String> removed) {
        var response =
                DeltaDiscoveryResponse.newBuilder()
                        .setTypeUrl(type.url())
                        .setNonce(nonce)
                        .setSystemVersionInfo(revision)
                        .addAllRemovedResources(removed);
        for (var resource : changed) {
            response.addResources(resource.message());
        }
        responses.onNext(response.build());
    }

    @Override
    public void refused(XdsType type, Set<String> names) {}

    @Override
    public boolean isReady() {
        return responses.isReady();
    }

    @Override
    public void close(Status status) {
        responses.onError(status.asRuntimeException());
    }
}
