package dev.quartet.pilot.xds;

import dev.quartet.pilot.translate.XdsResource;
import dev.quartet.pilot.translate.XdsType;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.List;
import java.util.Set;

/// Incremental ADS: only what changed goes out.
final class DeltaWire extends GrpcWire<DeltaDiscoveryResponse> {

    DeltaWire(ServerCallStreamObserver<DeltaDiscoveryResponse> responses) {
        super(responses);
    }

    @Override
    public boolean send(
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
        return true;
    }

    @Override
    public void refused(XdsType type, Set<String> names) {}
}
