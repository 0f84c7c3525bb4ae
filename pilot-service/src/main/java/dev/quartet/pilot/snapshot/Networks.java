package dev.quartet.pilot.snapshot;

import com.google.common.net.InetAddresses;
import dev.quartet.config.mesh.MeshNetworks;
import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.pilot.node.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The networks of the mesh: which workloads are in which, and through which gateways the others reach them.
/// After Istio 1.4, `mesh/v1alpha1/network.proto`.
public final class Networks {
    public static final Networks NONE = new Networks(Optional.empty());

    /// Where a network is entered. Workloads of a network that has none are reached at their own addresses.
    ///
    /// @param place its locality; unknown: that of the workloads behind it
    public record Gateway(String address, int port, Place place) {}

    private record Range(Subnet subnet, String network) {}

    /// The narrowest first.
    private final List<Range> ranges = new ArrayList<>();

    private final Map<String, String> byRegistry = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final Optional<MeshNetworks> config;

    private Networks(Optional<MeshNetworks> config) {
        this.config = config;
        config.ifPresent(networks -> networks.networks().forEach(this::add));
        ranges.sort(Comparator.<Range>comparingInt(range -> range.subnet().length()).reversed());
    }

    static Networks of(Optional<MeshNetworks> config) {
        return config.isEmpty() ? NONE : new Networks(config);
    }

    private void add(String name, MeshNetworks.Network network) {
        for (var endpoints : network.endpoints()) {
            if (endpoints.fromCidr() != null) {
                ranges.add(new Range(Subnet.of(endpoints.fromCidr()), name));
            }
            if (endpoints.fromRegistry() != null) {
                byRegistry.putIfAbsent(endpoints.fromRegistry(), name);
            }
        }
    }

    /// The network of a workload that does not say it: by the narrowest subnet with its address, else by its registry.
    ///
    /// @param registry empty where no registry knows it
    String of(String address, String registry) {
        if (!ranges.isEmpty() && InetAddresses.isInetAddress(address)) {
            var own = Subnet.of(address);
            for (var range : ranges) {
                if (range.subnet().contains(own)) {
                    return range.network();
                }
            }
        }
        return byRegistry.getOrDefault(cluster(registry), "");
    }

    /// A registry as users name it: `east` is the cluster behind `kubernetes/east`.
    private static String cluster(String registry) {
        return registry.substring(registry.indexOf('/') + 1);
    }

    /// By network, those that have any. A gateway that is a service is where registries of its network say that it is reached from
    /// outside.
    Map<String, List<Gateway>> gateways(Registry registry) {
        var found = new HashMap<String, List<Gateway>>();
        if (config.isEmpty()) {
            return found;
        }
        var services = new HashMap<String, RegisteredService>();
        config.get()
                .networks()
                .forEach((name, network) -> {
                    var gateways = new ArrayList<Gateway>();
                    for (var gateway : network.gateways()) {
                        var place =
                                Place.of(
                                        gateway.locality() == null ? "" : gateway.locality(), name);
                        if (gateway.address() != null) {
                            gateways.add(new Gateway(gateway.address(), gateway.port(), place));
                        } else if (gateway.registryServiceName() != null) {
                            if (services.isEmpty()) {
                                services.putAll(byHost(registry));
                            }
                            addresses(
                                            services.get(gateway.registryServiceName()),
                                            registries(network))
                                    .forEach(address ->
                                            gateways.add(
                                                    new Gateway(address, gateway.port(), place)));
                        }
                    }
                    if (!gateways.isEmpty()) {
                        found.put(name, List.copyOf(gateways));
                    }
                });
        return Map.copyOf(found);
    }

    private static Map<String, RegisteredService> byHost(Registry registry) {
        return registry.services().stream()
                .collect(Collectors.toMap(RegisteredService::host, Function.identity()));
    }

    private static Set<String> registries(MeshNetworks.Network network) {
        var names = new HashSet<String>();
        for (var endpoints : network.endpoints()) {
            if (endpoints.fromRegistry() != null) {
                names.add(endpoints.fromRegistry().toLowerCase(Locale.ROOT));
            }
        }
        return names;
    }

    private static List<String> addresses(
            @Nullable RegisteredService service, Set<String> registries) {
        if (service == null) {
            return List.of();
        }
        return service.gateways().entrySet().stream()
                .filter(entry ->
                        registries.contains(cluster(entry.getKey()).toLowerCase(Locale.ROOT)))
                .flatMap(entry -> entry.getValue().stream())
                .toList();
    }
}
