package dev.quartet.config.mesh;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import dev.quartet.config.networking.LocalityRules;
import dev.quartet.config.schema.Names;
import java.util.Locale;

/// When the mesh's networks are right by themselves. After Istio 1.4, `validation.go` `ValidateMeshNetworks`.
public final class MeshNetworksRules {
    private MeshNetworksRules() {}

    public static void check(MeshNetworks spec, Problems problems) {
        spec.networks()
                .forEach((name, network) ->
                        network(network, FieldPath.SPEC.field("networks").key(name), problems));
    }

    private static void network(MeshNetworks.Network network, FieldPath path, Problems problems) {
        for (int i = 0; i < network.endpoints().size(); i++) {
            var endpoints = network.endpoints().get(i);
            var inner = path.field("endpoints").index(i);
            if (endpoints.fromCidr() == null && endpoints.fromRegistry() == null) {
                problems.missing(
                        inner, "nothing says which workloads", "add fromCidr or fromRegistry");
            }
            Values.subnet(problems, inner.field("fromCidr"), endpoints.fromCidr());
            // Istio's own name of the first cluster is Kubernetes, with a capital
            Values.dnsLabel(
                    problems,
                    inner.field("fromRegistry"),
                    endpoints.fromRegistry() == null
                            ? null
                            : endpoints.fromRegistry().toLowerCase(Locale.ROOT));
        }
        for (int i = 0; i < network.gateways().size(); i++) {
            var gateway = network.gateways().get(i);
            var inner = path.field("gateways").index(i);
            if (gateway.registryServiceName() == null && gateway.address() == null) {
                problems.missing(
                        inner, "the gateway has no address", "add address or registryServiceName");
            }
            if (gateway.registryServiceName() != null
                    && !Names.isDnsName(gateway.registryServiceName())) {
                problems.invalid(
                        inner.field("registryServiceName"),
                        quoted(gateway.registryServiceName()) + " is no host",
                        "write the service's full name");
            }
            if (gateway.address() != null && !Values.isIpAddress(gateway.address())) {
                problems.invalid(
                        inner.field("address"),
                        quoted(gateway.address()) + " is no IP address",
                        "write one, or registryServiceName");
            }
            Values.port(problems, inner.field("port"), gateway.port());
            LocalityRules.place(gateway.locality(), inner.field("locality"), problems);
        }
    }
}
