package dev.quartet.pilot.translate;

import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.node.HttpOptions;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.View;
import java.util.Optional;
import java.util.SortedMap;

/// What a server's config depends on, beside the facts about its workload.
///
/// @param sidecar the Sidecar that may say what it listens to
/// @param address bound by listeners where traffic is not captured
record InboundScope(
        String instance,
        String address,
        Proxy.Interception interception,
        Optional<ResourceKey> sidecar,
        SortedMap<Integer, String> appEndpoints,
        HttpOptions http) {

    static InboundScope of(Proxy proxy, View view) {
        return new InboundScope(
                proxy.instance(),
                proxy.address(),
                proxy.interception(),
                view.sidecar(),
                proxy.appEndpoints(),
                proxy.http());
    }

    /// Where the application listens for a port of the workload.
    String appEndpoint(int servicePort, int workloadPort) {
        var told = appEndpoints.get(servicePort);
        return told != null ? told : "127.0.0.1:" + workloadPort;
    }
}
