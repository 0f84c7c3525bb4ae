package dev.quartet.pilot.snapshot;

import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.Protocol;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A service: a name and its ports. Where its workloads are is a fact of its own.
///
/// @param name the service's short name: the first label of a cluster name, else the whole host
/// @param addresses virtual ones, or CIDRs; empty where it is reached by name only
/// @param elsewhere by registry: the addresses that its own clients know, where they are others
/// @param inMesh false for a service outside the mesh: no mTLS, no peer header
/// @param failOpen what an unreachable Mixer means for this service; empty: as the mesh says
/// @param identities names that its certificates may have beside those of its workloads' service accounts
/// @param origin the ServiceEntry that defines it; empty: the registry does
public record Service(
        String host,
        String namespace,
        String name,
        List<Port> ports,
        List<String> addresses,
        SortedMap<String, List<String>> elsewhere,
        Resolution resolution,
        boolean inMesh,
        Optional<Boolean> failOpen,
        List<String> identities,
        Optional<ResourceKey> origin) {

    /// @param protocol TCP where nobody says it
    /// @param serverFirst whether the server speaks before the client does
    /// @param detected whether nobody says it, so that it is found out of the first bytes
    /// @param targetPort where workloads listen that don't say otherwise
    public record Port(
            int number,
            String name,
            Protocol protocol,
            boolean detected,
            int targetPort,
            boolean serverFirst) {
        /// One whose protocol says who speaks first.
        public Port(int number, String name, Protocol protocol, boolean detected, int targetPort) {
            this(number, name, protocol, detected, targetPort, protocol == Protocol.MYSQL);
        }

        /// As one whose protocol is what it says.
        public Port known() {
            return detected
                    ? new Port(number, name, protocol, false, targetPort, serverFirst)
                    : this;
        }

        /// As a user declares it.
        Port declared(Set<Integer> serverFirstPorts) {
            return serverFirstPorts.contains(number) && !serverFirst
                    ? new Port(number, name, protocol, detected, targetPort, true)
                    : this;
        }

        /// @param said what the user says that it speaks; what nobody knows of that is TCP, and was somebody's decision
        static Port of(int number, String name, @Nullable String said, int targetPort) {
            var protocol = Protocol.ofPort(name, said);
            return new Port(
                    number,
                    name,
                    protocol.orElse(Protocol.TCP),
                    protocol.isEmpty() && (said == null || said.isEmpty()),
                    targetPort);
        }
    }

    /// How a caller finds its workloads.
    public enum Resolution {
        /// They are known.
        ENDPOINTS,

        /// They are known, and clients choose among their addresses themselves: a headless Service.
        HEADLESS,

        /// By their names, all addresses that DNS gives.
        DNS,

        /// By their names, one address at a time.
        DNS_ROUND_ROBIN,

        /// By the name that a request asks for, which the proxy looks up.
        DYNAMIC_DNS,

        /// It is where the client wanted to go.
        NONE
    }

    public Service {
        ports = List.copyOf(ports);
        addresses = List.copyOf(addresses);
        elsewhere = Collections.unmodifiableSortedMap(new TreeMap<>(elsewhere));
        identities = List.copyOf(identities);
    }

    /// One that has the same addresses for all.
    public Service(
            String host,
            String namespace,
            String name,
            List<Port> ports,
            List<String> addresses,
            Resolution resolution,
            boolean inMesh,
            Optional<Boolean> failOpen,
            List<String> identities,
            Optional<ResourceKey> origin) {
        this(
                host,
                namespace,
                name,
                ports,
                addresses,
                Collections.emptySortedMap(),
                resolution,
                inMesh,
                failOpen,
                identities,
                origin);
    }

    /// As a client of this registry knows it.
    public Service in(String registry) {
        var own = elsewhere.get(registry);
        return own == null
                ? this
                : new Service(
                        host,
                        namespace,
                        name,
                        ports,
                        own,
                        resolution,
                        inMesh,
                        failOpen,
                        identities,
                        origin);
    }

    /// Those of its addresses that are single ones.
    public List<String> hostAddresses() {
        return addresses.stream().filter(address -> address.indexOf('/') < 0).toList();
    }

    /// Those of its addresses that are CIDRs.
    public List<String> ranges() {
        return addresses.stream().filter(address -> address.indexOf('/') >= 0).toList();
    }

    public Optional<Port> port(int number) {
        return ports.stream().filter(port -> port.number() == number).findFirst();
    }
}
