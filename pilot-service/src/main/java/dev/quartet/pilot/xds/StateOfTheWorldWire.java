package dev.quartet.pilot.xds;

import dev.quartet.pilot.translate.XdsResource;
import dev.quartet.pilot.translate.XdsType;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The older form of ADS: clusters and listeners always go out as the whole set (what is missing is gone); of the
/// types asked for by name a response may hold some only.
final class StateOfTheWorldWire extends GrpcWire<DiscoveryResponse> {
    private final Map<XdsType, Map<String, XdsResource>> whole = new EnumMap<>(XdsType.class);
    private final Map<XdsType, Map<String, XdsResource>> previous = new EnumMap<>(XdsType.class);

    StateOfTheWorldWire(ServerCallStreamObserver<DiscoveryResponse> responses) {
        super(responses);
    }

    @Override
    public boolean send(
            XdsType type,
            String nonce,
            String revision,
            List<XdsResource> changed,
            List<String> removed) {
        var resources = isWhole(type) ? merged(type, changed, removed) : changed;
        if (resources.isEmpty() && !isWhole(type) && !removed.isEmpty()) {
            return false; // this form cannot say "gone" for a named resource: the parent's removal
            // does
        }
        var response =
                DiscoveryResponse.newBuilder()
                        .setTypeUrl(type.url())
                        .setNonce(nonce)
                        .setVersionInfo(revision);
        for (var resource : resources) {
            response.addResources(resource.content());
        }
        responses.onNext(response.build());
        return true;
    }

    private List<XdsResource> merged(
            XdsType type, List<XdsResource> changed, List<String> removed) {
        var held = whole.computeIfAbsent(type, ignored -> new LinkedHashMap<>());
        previous.put(type, new LinkedHashMap<>(held));
        removed.forEach(held::remove);
        changed.forEach(resource -> held.put(resource.name(), resource));
        return new ArrayList<>(held.values());
    }

    @Override
    public void refused(XdsType type, Set<String> names) {
        var held = whole.get(type);
        if (held == null) {
            return;
        }
        var before = previous.getOrDefault(type, Map.of());
        for (var name : names) {
            var old = before.get(name);
            if (old == null) {
                held.remove(name);
            } else {
                held.put(name, old);
            }
        }
    }

    private static boolean isWhole(XdsType type) {
        return type == XdsType.CDS || type == XdsType.LDS;
    }
}
