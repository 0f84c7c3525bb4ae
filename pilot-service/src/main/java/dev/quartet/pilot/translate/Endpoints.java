package dev.quartet.pilot.translate;

import dev.quartet.config.Resource;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.Protocol;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Labels;
import dev.quartet.pilot.snapshot.MeshSettings;
import dev.quartet.pilot.snapshot.Service;
import dev.quartet.pilot.snapshot.Workload;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Where the workloads of a service are, as a cluster of it has them.
final class Endpoints {
    private static final String MATCH = "envoy.transport_socket_match";

    private Endpoints() {}

    /// Of a host, for the clusters that ask Pilot for them.
    static List<XdsResource> of(
            Facts facts, String host, String namespace, Discovery.Client client, Where where) {
        var service = facts.service(host);
        if (service.isEmpty() || !Discovery.byPilot(service.get(), client)) {
            return List.of();
        }
        var rule = DestinationRules.of(facts, host, namespace);
        var endpoints = new ArrayList<XdsResource>();
        for (var port : service.get().ports()) {
            if (port.protocol() != Protocol.UDP) {
                endpoints.add(resource(facts, service.get(), port, rule, "", where));
                for (var subset : DestinationRules.subsets(rule)) {
                    endpoints.add(resource(facts, service.get(), port, rule, subset.name(), where));
                }
            }
        }
        return endpoints;
    }

    private static XdsResource resource(
            Facts facts,
            Service service,
            Service.Port port,
            Optional<Resource<DestinationRule>> rule,
            String subset,
            Where where) {
        var name = Names.outbound(port.number(), subset, service.host());
        return XdsResource.of(
                XdsType.EDS, name, assignment(facts, service, port, rule, subset, where), Set.of());
    }

    static ClusterLoadAssignment assignment(
            Facts facts,
            Service service,
            Service.Port port,
            Optional<Resource<DestinationRule>> rule,
            String subset,
            Where where) {
        var labels = DestinationRules.labels(rule, subset);
        var targets = new Targets(facts.placement(), where);
        for (var workload : facts.workloads(service)) {
            if (!workload.address().isEmpty() && Labels.match(labels, workload.labels())) {
                targets.add(
                        workload, () -> endpoint(facts, workload, workload.portFor(service, port)));
            }
        }
        var policy =
                Localities.policy(
                        facts, service, TrafficPolicies.layers(rule, subset, port.number()));
        return ClusterLoadAssignment.newBuilder()
                .setClusterName(Names.outbound(port.number(), subset, service.host()))
                .addAllEndpoints(Localities.of(targets.all(), policy, where))
                .build();
    }

    private static LbEndpoint.Builder endpoint(Facts facts, Workload workload, int port) {
        var endpoint = at(workload.address(), port);
        var metadata = endpoint.getMetadataBuilder();
        metadata.putFilterMetadata("istio", Envoy.struct(destination(facts.mesh(), workload)));
        if (facts.isSentMutualTls(workload, port)) {
            takesMutualTls(endpoint);
        }
        return endpoint;
    }

    static LbEndpoint.Builder at(String address, int port) {
        return LbEndpoint.newBuilder()
                .setEndpoint(Endpoint.newBuilder().setAddress(Envoy.address(address, port)));
    }

    static void takesMutualTls(LbEndpoint.Builder endpoint) {
        endpoint.getMetadataBuilder()
                .putFilterMetadata(MATCH, Envoy.struct(Map.of("tlsMode", "istio")));
    }

    /// Who the destination is, for the access log of the caller's proxy.
    private static Map<String, String> destination(MeshSettings mesh, Workload workload) {
        var values = new TreeMap<String, String>();
        values.put("workload", workload.name());
        values.put("namespace", workload.namespace());
        values.put("uid", workload.instance());
        values.put("app", workload.labels().getOrDefault("app", ""));
        values.put("version", workload.labels().getOrDefault("version", ""));
        values.put("principal", mesh.principal(workload.account()));
        values.values().removeIf(String::isEmpty);
        return values;
    }
}
