package dev.quartet.pilot.translate;

import dev.quartet.pilot.node.HttpOptions;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Workload;
import java.util.Optional;

/// What the listeners of a proxy's client side depend on, beside what it sees. Proxies with equal ones share them.
///
/// @param speaker in whose name their spans speak, where the tracer has to be told
/// @param http how they speak HTTP with the application
record ClientSide(Proxy.Interception interception, Optional<String> speaker, HttpOptions http) {

    static ClientSide of(Facts facts, Proxy proxy) {
        var name = facts.workload(proxy.instance()).map(Workload::name).orElse(proxy.workload());
        return new ClientSide(
                proxy.interception(), Spans.speaker(facts, name, proxy.namespace()), proxy.http());
    }
}
