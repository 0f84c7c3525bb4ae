package dev.quartet.config.analyze;

import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.Protocol;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.schema.SortedMaps;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// A service as callers see it, whoever says that it is there.
///
/// @param selector of its workloads, all in its namespace; empty when it selects none
/// @param endpoints the labels of workloads that stand in the service itself
/// @param inMesh whether its workloads have proxies
record MeshService(
        Source source,
        String host,
        String namespace,
        Map<String, String> selector,
        List<Map<String, String>> endpoints,
        List<Port> ports,
        boolean inMesh) {

    /// Where it is written.
    sealed interface Source {
        record Kube(KubeService service) implements Source {}

        record Entry(ReadResource read, ServiceEntry spec) implements Source {}
    }

    /// @param index its place among the ports of the source
    /// @param spoken empty when nothing says it
    /// @param target the workload's port, a number or a name
    record Port(int index, String name, int number, Optional<Protocol> spoken, String target) {
        /// What nobody knows is TCP.
        Protocol protocol() {
            return spoken.orElse(Protocol.TCP);
        }
    }

    static MeshService of(KubeService service) {
        var ports = service.ports();
        return new MeshService(
                new Source.Kube(service),
                service.host(),
                service.object().subject().namespace(),
                service.selector(),
                List.of(),
                IntStream.range(0, ports.size())
                        .filter(i -> ports.get(i).isTcp())
                        .mapToObj(i -> port(i, ports.get(i)))
                        .toList(),
                true);
    }

    private static Port port(int index, KubeService.Port port) {
        // a protocol that is said and not known is carried as TCP, and that was somebody's decision
        var spoken =
                Protocol.ofPort(port.name(), port.appProtocol())
                        .or(() ->
                                port.appProtocol() == null
                                        ? Optional.empty()
                                        : Optional.of(Protocol.TCP));
        return new Port(index, port.name(), port.number(), spoken, port.target());
    }

    static List<MeshService> of(ReadResource read, ServiceEntry spec) {
        var namespace = read.resource().namespace();
        var selector = spec.workloadSelector();
        return spec.hosts().stream()
                .map(host ->
                        new MeshService(
                                new Source.Entry(read, spec),
                                Hosts.resolve(host, namespace),
                                namespace,
                                selector == null ? Map.of() : selector.labels(),
                                spec.endpoints().stream()
                                        .<Map<String, String>>map(endpoint -> endpoint.labels())
                                        .toList(),
                                ports(spec),
                                spec.location() == ServiceEntry.Location.MESH_INTERNAL))
                .toList();
    }

    private static List<Port> ports(ServiceEntry spec) {
        return IntStream.range(0, spec.ports().size())
                .mapToObj(i -> {
                    var port = spec.ports().get(i);
                    var target = port.targetPort() == null ? port.number() : port.targetPort();
                    return new Port(
                            i,
                            port.name(),
                            port.number(),
                            Protocol.ofPort(port.name(), port.protocol()),
                            Integer.toString(target));
                })
                .toList();
    }

    MeshService {
        selector = SortedMaps.copyOf(selector);
        endpoints = List.copyOf(endpoints);
        ports = List.copyOf(ports);
    }

    /// The labels that all of its workloads have for certain, by what is written of them.
    Set<Map.Entry<String, String>> commonLabels() {
        if (endpoints.isEmpty()) {
            return selector.entrySet();
        }
        var common = new HashSet<>(endpoints.getFirst().entrySet());
        endpoints.forEach(endpoint -> common.retainAll(endpoint.entrySet()));
        return common;
    }
}
