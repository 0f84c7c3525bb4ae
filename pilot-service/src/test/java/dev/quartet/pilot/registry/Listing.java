package dev.quartet.pilot.registry;

import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.Registry.Port;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.pilot.ingest.Registry.RegisteredWorkload;
import dev.quartet.pilot.node.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// A registry's content, written down: services in namespace `shop`, each with its workloads.
final class Listing {
    private final SortedMap<String, RegisteredService> services = new TreeMap<>();
    private final SortedMap<String, RegisteredWorkload> workloads = new TreeMap<>();

    static Listing of() {
        return new Listing();
    }

    /// @param number of its workloads `<name>-0`, `<name>-1` …
    Listing with(String service, int number) {
        return with(
                service,
                new Port(80, "http", null),
                IntStream.range(0, number).mapToObj(i -> service + "-" + i).toList());
    }

    Listing with(String service, Port port, List<String> members) {
        var host = host(service);
        services.put(
                host,
                RegisteredService.named(
                        host,
                        "shop",
                        service,
                        List.of(port),
                        Map.of(),
                        members.stream().map(it -> it + ".shop").toList()));
        members.forEach(it -> workload(service, it, address(it), host + "/" + port.name()));
        return this;
    }

    /// One that serves nothing.
    Listing with(String workload) {
        workloads.put(workload + ".shop", workload(workload, workload, address(workload)));
        return this;
    }

    /// @param ports its keys; it listens at 8080
    RegisteredWorkload workload(String name, String instance, String address, String... ports) {
        var own = new TreeMap<String, Integer>();
        for (var port : ports) {
            own.put(port, 8080);
        }
        var workload =
                new RegisteredWorkload(
                        instance + ".shop",
                        name,
                        "shop",
                        address,
                        own,
                        new TreeMap<>(),
                        "default",
                        false,
                        Place.UNKNOWN,
                        "test");
        workloads.put(workload.instance(), workload);
        return workload;
    }

    static String address(String instance) {
        return "10." + instance.hashCode();
    }

    static String host(String service) {
        return service + ".shop.svc.cluster.local";
    }

    Registry registry() {
        return new Registry(
                new ArrayList<>(services.values()), new ArrayList<>(workloads.values()));
    }

    /// What serves it, without the namespace.
    static List<String> members(Registry registry, String service) {
        return registry.services().stream()
                .filter(it -> it.name().equals(service))
                .flatMap(it -> it.members().stream())
                .map(it -> it.replace(".shop", ""))
                .toList();
    }
}
