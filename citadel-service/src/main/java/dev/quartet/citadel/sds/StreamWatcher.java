package dev.quartet.citadel.sds;

import io.envoyproxy.controlplane.cache.ConfigWatcher;
import io.envoyproxy.controlplane.cache.DeltaResponse;
import io.envoyproxy.controlplane.cache.DeltaWatch;
import io.envoyproxy.controlplane.cache.DeltaXdsRequest;
import io.envoyproxy.controlplane.cache.Response;
import io.envoyproxy.controlplane.cache.Watch;
import io.envoyproxy.controlplane.cache.XdsRequest;
import io.grpc.Context;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Leads the library's requests for a watch to the stream they belong to, which is in the gRPC context of the thread.
/// The maps the library hands over are live and not thread-safe, and its own idea of what is pending never forgets a
/// removed name; [SecretStream] keeps its own.
final class StreamWatcher implements ConfigWatcher {

    static final Context.Key<SecretStream> STREAM = Context.key("quartet-sds-stream");

    private static SecretStream stream() {
        var stream = STREAM.get();
        if (stream == null) {
            throw new IllegalStateException("no SDS stream is being worked on");
        }
        return stream;
    }

    @Override
    public Watch createWatch(
            boolean ads,
            XdsRequest request,
            Set<String> knownResourceNames,
            Consumer<Response> responseConsumer,
            boolean hasClusterChanged,
            boolean allowDefaultEmptyEdsUpdate) {
        return stream()
                .watch(new Watch(ads, allowDefaultEmptyEdsUpdate, request, responseConsumer));
    }

    @Override
    public DeltaWatch createDeltaWatch(
            DeltaXdsRequest request,
            String requesterVersion,
            Map<String, String> resourceVersions,
            Set<String> pendingResources,
            boolean isWildcard,
            Consumer<DeltaResponse> responseConsumer,
            boolean hasClusterChanged) {
        return stream()
                .watch(
                        new DeltaWatch(
                                request,
                                Map.of(),
                                Set.of(),
                                requesterVersion,
                                isWildcard,
                                responseConsumer));
    }
}
