package dev.quartet.pilot.translate;

import dev.quartet.config.networking.Protocol;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Labels;
import dev.quartet.pilot.snapshot.MeshSettings;
import dev.quartet.pilot.snapshot.Service;
import dev.quartet.pilot.snapshot.Workload;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Where the workloads of a service are, as a cluster of it has them.
final class Endpoints {
    private static final String MATCH = "envoy.transport_socket_match";

    private Endpoints() {}

    /// Of a host, for the clusters that ask Pilot for them.
    static List<XdsResource> of(
            Facts facts, String host, String namespace, Discovery.Client client) {
        var service = facts.service(host);
        if (service.isEmpty() || !Discovery.byPilot(service.get(), client)) {
            return List.of();
        }
        var subsets =
                DestinationRules.of(facts, host, namespace).map(rule -> rule.spec().subsets());
        var endpoints = new ArrayList<XdsResource>();
        for (var port : service.get().ports()) {
            if (port.protocol() != Protocol.UDP) {
                endpoints.add(resource(facts, service.get(), port, "", Map.of()));
                for (var subset : subsets.orElse(List.of())) {
                    endpoints.add(
                            resource(facts, service.get(), port, subset.name(), subset.labels()));
                }
            }
        }
        return endpoints;
    }

    private static XdsResource resource(
            Facts facts,
            Service service,
            Service.Port port,
            String subset,
            Map<String, String> labels) {
        var name = Names.outbound(port.number(), subset, service.host());
        return XdsResource.of(
                XdsType.EDS, name, assignment(facts, service, port, name, labels), Set.of());
    }

    /// @param name of the cluster
    /// @param labels of its subset
    static ClusterLoadAssignment assignment(
            Facts facts,
            Service service,
            Service.Port port,
            String name,
            Map<String, String> labels) {
        var assignment = ClusterLoadAssignment.newBuilder().setClusterName(name);
        var group = LocalityLbEndpoints.newBuilder();
        for (var workload : facts.workloads(service)) {
            if (!workload.address().isEmpty() && Labels.match(labels, workload.labels())) {
                group.addLbEndpoints(
                        endpoint(facts.mesh(), workload, workload.portFor(service, port)));
            }
        }
        if (group.getLbEndpointsCount() > 0) {
            assignment.addEndpoints(group);
        }
        return assignment.build();
    }

    private static LbEndpoint endpoint(MeshSettings mesh, Workload workload, int port) {
        var endpoint =
                LbEndpoint.newBuilder()
                        .setEndpoint(
                                Endpoint.newBuilder()
                                        .setAddress(Envoy.address(workload.address(), port)))
                        .setLoadBalancingWeight(Envoy.number(Math.max(1, workload.weight())));
        var metadata = endpoint.getMetadataBuilder();
        metadata.putFilterMetadata("istio", Envoy.struct(destination(mesh, workload)));
        if (workload.hasSidecar()) {
            metadata.putFilterMetadata(MATCH, Envoy.struct(Map.of("tlsMode", "istio")));
        }
        return endpoint.build();
    }

    /// Who the destination is, for the access log of the caller's proxy.
    private static Map<String, String> destination(MeshSettings mesh, Workload workload) {
        var values = new TreeMap<String, String>();
        values.put("workload", workload.name());
        values.put("namespace", workload.namespace());
        values.put("uid", workload.instance());
        values.put("app", workload.labels().getOrDefault("app", ""));
        values.put("version", workload.labels().getOrDefault("version", ""));
        values.put("principal", Clusters.spiffe(mesh, workload).substring("spiffe://".length()));
        values.values().removeIf(String::isEmpty);
        return values;
    }
}
