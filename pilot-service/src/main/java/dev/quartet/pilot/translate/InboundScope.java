package dev.quartet.pilot.translate;

import dev.quartet.pilot.node.Proxy;
import java.util.SortedMap;

/// What a server's config depends on, beside the facts about its workload.
///
/// @param address bound by listeners where traffic is not captured
record InboundScope(
        String instance,
        String address,
        Proxy.Interception interception,
        SortedMap<Integer, String> appEndpoints) {

    static InboundScope of(Proxy proxy) {
        return new InboundScope(
                proxy.instance(), proxy.address(), proxy.interception(), proxy.appEndpoints());
    }

    /// Where the application listens for a port of the workload.
    String appEndpoint(int servicePort, int workloadPort) {
        var told = appEndpoints.get(servicePort);
        return told != null ? told : "127.0.0.1:" + workloadPort;
    }
}
