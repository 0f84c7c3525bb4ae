package dev.quartet.pilot.xds;

import com.google.protobuf.UnknownFieldSet;
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
        if (!changed.isEmpty()) {
            response.setUnknownFields(resources(changed));
        }
        responses.onNext(response.build());
        return true;
    }

    /// The field `resources`, as bytes that are there already: protobuf writes a field that it does not know as it stands.
    private static UnknownFieldSet resources(List<XdsResource> changed) {
        var field = UnknownFieldSet.Field.newBuilder();
        changed.forEach(resource -> field.addLengthDelimited(resource.wire()));
        return UnknownFieldSet.newBuilder()
                .addField(DeltaDiscoveryResponse.RESOURCES_FIELD_NUMBER, field.build())
                .build();
    }

    @Override
    public void refused(XdsType type, Set<String> names) {}
}
