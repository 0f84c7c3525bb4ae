package dev.quartet.pilot.translate;

import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.original_dst.v3.OriginalDst;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;

/// What looks at a connection before a filter chain is chosen for it.
final class ListenerFilters {
    private ListenerFilters() {}

    static ListenerFilter tlsInspector() {
        return ListenerFilter.newBuilder()
                .setName("envoy.filters.listener.tls_inspector")
                .setTypedConfig(Envoy.any(TlsInspector.getDefaultInstance()))
                .build();
    }

    static ListenerFilter httpInspector() {
        return ListenerFilter.newBuilder()
                .setName("envoy.filters.listener.http_inspector")
                .setTypedConfig(Envoy.any(HttpInspector.getDefaultInstance()))
                .build();
    }

    static ListenerFilter originalDestination() {
        return ListenerFilter.newBuilder()
                .setName("envoy.filters.listener.original_dst")
                .setTypedConfig(Envoy.any(OriginalDst.getDefaultInstance()))
                .build();
    }
}
