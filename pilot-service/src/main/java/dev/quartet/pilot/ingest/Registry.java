package dev.quartet.pilot.ingest;

import dev.quartet.pilot.node.Place;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a service registry beside the config knows, Kubernetes' for one, at one moment. Immutable.
///
/// @param services ordered by host, so that equal registries are equal
/// @param workloads all of them, those of no service too; ordered by instance
public record Registry(List<RegisteredService> services, List<RegisteredWorkload> workloads) {
    public static final Registry EMPTY = new Registry(List.of(), List.of());

    public Registry {
        services = List.copyOf(services);
        workloads = List.copyOf(workloads);
    }

    /// @param addresses virtual ones; empty where it has none
    /// @param elsewhere by registry: the addresses by which its own clients know the service, where they are others
    /// @param externalName of an EXTERNAL_NAME, else empty
    /// @param gateways by registry: addresses at which it is reached from other networks
    /// @param members instances of the workloads that serve it and are ready
    public record RegisteredService(
            String host,
            String namespace,
            String name,
            Kind kind,
            List<Port> ports,
            List<String> addresses,
            SortedMap<String, List<String>> elsewhere,
            String externalName,
            SortedMap<String, List<String>> gateways,
            Map<String, String> annotations,
            List<String> members) {
        /// A service that is reached by its name alone.
        public static RegisteredService named(
                String host,
                String namespace,
                String name,
                List<Port> ports,
                Map<String, String> annotations,
                List<String> members) {
            return new RegisteredService(
                    host,
                    namespace,
                    name,
                    Kind.ENDPOINTS,
                    ports,
                    List.of(),
                    Collections.emptySortedMap(),
                    "",
                    Collections.emptySortedMap(),
                    annotations,
                    members);
        }

        public RegisteredService withMembers(List<String> others) {
            return new RegisteredService(
                    host,
                    namespace,
                    name,
                    kind,
                    ports,
                    addresses,
                    elsewhere,
                    externalName,
                    gateways,
                    annotations,
                    others);
        }

        /// As one that other registries have too.
        public RegisteredService with(
                SortedMap<String, List<String>> otherGateways,
                SortedMap<String, List<String>> otherAddresses) {
            return new RegisteredService(
                    host,
                    namespace,
                    name,
                    kind,
                    ports,
                    addresses,
                    otherAddresses,
                    externalName,
                    otherGateways,
                    annotations,
                    members);
        }

        /// How clients come to its workloads.
        public enum Kind {
            /// By its addresses, or by its name.
            ENDPOINTS,

            /// Clients choose among the workloads' own addresses.
            HEADLESS,

            /// It is another name for something in DNS.
            EXTERNAL_NAME
        }

        public RegisteredService {
            addresses = List.copyOf(addresses);
            elsewhere = Collections.unmodifiableSortedMap(new TreeMap<>(elsewhere));
            ports = List.copyOf(ports);
            gateways = Collections.unmodifiableSortedMap(new TreeMap<>(gateways));
            annotations = Map.copyOf(annotations);
            members = List.copyOf(members);
        }
    }

    /// @param appProtocol what the user says that it speaks; null: its name says it, `http-admin`
    public record Port(int number, String name, @Nullable String appProtocol) {}

    /// @param instance unique in the mesh: `reviews-v1-5d8f-x2k.shop`
    /// @param name what it is an instance of: `reviews-v1`
    /// @param ports `host/port name` of a service to the port on which the workload listens for it
    /// @param hasSidecar whether it answers mTLS
    /// @param place with the network that it says itself
    /// @param registry that knows it, by which a network can be told
    public record RegisteredWorkload(
            String instance,
            String name,
            String namespace,
            String address,
            SortedMap<String, Integer> ports,
            SortedMap<String, String> labels,
            String serviceAccount,
            boolean hasSidecar,
            Place place,
            String registry) {}
}
