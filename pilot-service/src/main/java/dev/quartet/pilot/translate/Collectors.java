package dev.quartet.pilot.translate;

import dev.quartet.config.networking.ClientTlsSettings;
import dev.quartet.pilot.snapshot.Collector;
import dev.quartet.pilot.snapshot.Facts;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.UpstreamConnectionOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The clusters of the servers that access logs and spans go to. In Istio 1.4 they are in the bootstrap; here they come and go while the
/// proxy runs.
final class Collectors {
    private Collectors() {}

    static List<XdsResource> clusters(Facts facts) {
        var clusters = new ArrayList<XdsResource>();
        facts.accessLogs()
                .service()
                .ifPresent(service ->
                        clusters.add(cluster(facts, Names.ACCESS_LOG_SERVICE, service, true)));
        facts.tracing()
                .ifPresent(tracing ->
                        clusters.add(
                                cluster(
                                        facts,
                                        Spans.cluster(tracing),
                                        tracing.tracer().collector(),
                                        Spans.speaksHttp2(tracing))));
        return clusters;
    }

    private static XdsResource cluster(
            Facts facts, String name, Collector collector, boolean http2) {
        var address = collector.address();
        var cluster =
                Clusters.server(name, address)
                        .setConnectTimeout(Envoy.duration(facts.mesh().connectTimeout()))
                        .setCircuitBreakers(
                                CircuitBreakers.newBuilder()
                                        .addThresholds(ClusterPolicy.unlimited()));
        if (cluster.getType() == Cluster.DiscoveryType.STRICT_DNS) {
            // a tracer wants its cluster to be there when a listener names it, and no listener
            // shall wait for DNS
            cluster.setDnsLookupFamily(Cluster.DnsLookupFamily.V4_PREFERRED)
                    .setWaitForWarmOnInit(Envoy.no());
        }
        if (http2) {
            cluster.putTypedExtensionProtocolOptions(
                    Clusters.PROTOCOL_OPTIONS, Envoy.any(Clusters.http2WithPings()));
        }
        collector
                .tls()
                .filter(tls -> tls.mode() != ClientTlsSettings.Mode.DISABLE)
                .ifPresent(tls ->
                        cluster.setTransportSocket(ClientTls.toServer(tls, address.host(), http2)));
        collector
                .keepalive()
                .ifPresent(keepalive ->
                        cluster.setUpstreamConnectionOptions(
                                UpstreamConnectionOptions.newBuilder()
                                        .setTcpKeepalive(ClusterPolicy.keepalive(keepalive))));
        return XdsResource.of(XdsType.CDS, name, cluster.build(), Set.of());
    }
}
