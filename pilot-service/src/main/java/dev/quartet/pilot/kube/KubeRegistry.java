package dev.quartet.pilot.kube;

import dev.quartet.kube.Mirror;
import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.RegistrySource;
import dev.quartet.pilot.registry.Member;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Follows a cluster's Services, EndpointSlices and Pods in all namespaces, and its Nodes for where they are. While the apiserver is
/// away the last state stays. Thread-safe.
public final class KubeRegistry implements RegistrySource, AutoCloseable {
    private final String name;
    private final Mirror<Service> services;
    private final Mirror<EndpointSlice> slices;
    private final Mirror<Pod> pods;
    private final Mirror<Node> nodes;

    /// @param name of the registry, for people
    /// @param changed called after each change; must not block
    public KubeRegistry(String name, KubernetesClient client, Runnable changed) {
        this.name = name;
        this.services = Mirror.start(client.services().inAnyNamespace(), "services", changed);
        this.slices =
                Mirror.start(
                        client.discovery().v1().endpointSlices().inAnyNamespace(),
                        "endpoint slices",
                        changed);
        this.pods = Mirror.start(client.pods().inAnyNamespace(), "pods", changed);
        // a node's heartbeat is a change of it
        this.nodes =
                Mirror.start(
                        client.nodes(),
                        "nodes",
                        (before, after) -> !Places.of(before).equals(Places.of(after)),
                        changed);
    }

    @Override
    public Optional<Registry> registry() {
        return isWhole()
                ? Optional.of(
                        KubeObjects.registry(
                                name,
                                services.objects(),
                                slices.objects(),
                                pods.objects(),
                                nodes.objects()))
                : Optional.empty();
    }

    /// Its first lists are there. A cluster may refuse to show its nodes: its workloads are nowhere then, and serve as well.
    boolean isWhole() {
        return Stream.of(services, slices, pods).allMatch(Mirror::complete)
                && (nodes.complete() || nodes.hasFailed());
    }

    public Member member() {
        return new Member(name, this, this::trouble);
    }

    /// Why it does not follow the apiserver now.
    private Optional<String> trouble() {
        var lost = mirrors().filter(mirror -> !mirror.watching()).map(Mirror::type).toList();
        return lost.isEmpty()
                ? Optional.empty()
                : Optional.of("kube-apiserver is not watched for " + String.join(", ", lost));
    }

    /// For people: how each kind stands.
    public Map<String, String> status() {
        var status = new LinkedHashMap<String, String>();
        mirrors().forEach(mirror -> status.put(mirror.type(), mirror.status()));
        return status;
    }

    private Stream<Mirror<?>> mirrors() {
        return Stream.of(services, slices, pods, nodes);
    }

    @Override
    public void close() {
        mirrors().forEach(Mirror::close);
    }
}
