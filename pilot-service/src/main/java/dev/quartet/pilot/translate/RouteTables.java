package dev.quartet.pilot.translate;

import dev.quartet.config.networking.Protocol;
import dev.quartet.config.networking.Sidecar;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Scope;
import dev.quartet.pilot.snapshot.Service;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// The route tables of a sidecar's client side, one for each listener that takes HTTP, and who is in each. Without the routes: it
/// changes when a service or a listener does.
///
/// @param members by name of the table; of hosts that claim the same domain the first has it
record RouteTables(Map<String, List<Member>> members) {
    private static final int HTTP_PORT = 80;

    /// A host on a port.
    ///
    /// @param egress number of the listener that it is for
    /// @param bare whether requests that name no port belong to it too
    record Member(String host, int egress, int port, boolean bare) {}

    RouteTables {
        members = Collections.unmodifiableMap(members);
    }

    /// Where traffic is captured.
    static RouteTables captured(Facts facts, Scope scope) {
        var reader = new Reader(facts, scope);
        reader.addListeners();
        var taken = explicitPorts(scope);
        for (int egress = 0; egress < scope.egress().size(); egress++) {
            if (scope.egress().get(egress).takesAll()) {
                reader.addPorts(egress, taken);
                reader.addDetected(egress);
            }
        }
        return new RouteTables(reader.members);
    }

    /// Where it is not: of the HTTP proxy, and of the listeners that the Sidecar asks for.
    static RouteTables bound(Facts facts, Scope scope) {
        var reader = new Reader(facts, scope);
        reader.addListeners();
        for (int egress = 0; egress < scope.egress().size(); egress++) {
            var listener = scope.egress().get(egress);
            if (listener.takesAll()) {
                reader.addProxy(egress);
                if (bind(listener).isPresent()) {
                    reader.addPorts(egress, Set.of());
                }
            }
        }
        reader.members.putIfAbsent(Names.HTTP_PROXY_ROUTE, List.of());
        return new RouteTables(reader.members);
    }

    private static final class Reader {
        private final Facts facts;
        private final Scope scope;
        private final Map<String, List<Member>> members = new LinkedHashMap<>();

        Reader(Facts facts, Scope scope) {
            this.facts = facts;
            this.scope = scope;
        }

        void addListeners() {
            for (int egress = 0; egress < scope.egress().size(); egress++) {
                var listener = scope.egress().get(egress);
                var port = listener.listener().map(Sidecar.EgressListener::port).orElse(null);
                if (port != null && isHttp(port)) {
                    var number = port.number() == null ? 0 : port.number();
                    members.put(name(listener, number), ofListener(egress, number));
                }
            }
        }

        /// The hosts on the port of a listener of its own: the services that have it, one that has no other, and hosts that have
        /// routes only.
        private List<Member> ofListener(int egress, int port) {
            var listener = scope.egress().get(egress);
            var found = new ArrayList<Member>();
            for (var host : hosts(listener)) {
                var service = service(listener, host);
                if (service.isEmpty() || takes(service.get(), listener, port)) {
                    found.add(new Member(host, egress, port, true));
                }
            }
            return List.copyOf(found);
        }

        private static boolean takes(Service service, Scope.Egress listener, int port) {
            return service.port(port).filter(VirtualHosts::mayBeHttp).isPresent()
                    || (!listener.takesAll()
                            && service.ports().size() == 1
                            && VirtualHosts.mayBeHttp(service.ports().getFirst()));
        }

        /// A table for each port on which some service speaks HTTP: the services that have it, and hosts that have routes only.
        ///
        /// @param taken ports that have another listener
        void addPorts(int egress, Set<Integer> taken) {
            var listener = scope.egress().get(egress);
            var byPort = new TreeMap<Integer, List<Member>>();
            var withoutService = new ArrayList<String>();
            for (var host : hosts(listener)) {
                var service = service(listener, host);
                if (service.isEmpty()) {
                    withoutService.add(host);
                    byPort.forEach((port, list) -> list.add(new Member(host, egress, port, true)));
                    continue;
                }
                for (var port : service.get().ports()) {
                    if (VirtualHosts.mayBeHttp(port)) {
                        var list =
                                byPort.computeIfAbsent(
                                        port.number(),
                                        number -> members(withoutService, egress, number));
                        if (service.get().port(port.number()).filter(port::equals).isPresent()) {
                            list.add(new Member(host, egress, port.number(), true));
                        }
                    }
                }
            }
            byPort.forEach((port, list) -> {
                if (!taken.contains(port)) {
                    members.put(name(listener, port), List.copyOf(list));
                }
            });
        }

        private static List<Member> members(List<String> hosts, int egress, int port) {
            var members = new ArrayList<Member>();
            hosts.forEach(host -> members.add(new Member(host, egress, port, true)));
            return members;
        }

        /// Of the ports that have a listener for themselves, by the service's addresses, and may be HTTP or not.
        void addDetected(int egress) {
            for (var service : facts.services(scope.egress().get(egress))) {
                for (var port : service.ports()) {
                    if (port.detected() && hasAddresses(service)) {
                        members.put(
                                name(service, port),
                                List.of(new Member(service.host(), egress, port.number(), true)));
                    }
                }
            }
        }

        private static boolean hasAddresses(Service service) {
            return service.resolution() == Service.Resolution.HEADLESS
                    || !service.hostAddresses().isEmpty();
        }

        /// The table of the HTTP proxy port: all hosts on all ports. A request without a port means port 80, or the only port
        /// there is.
        void addProxy(int egress) {
            var listener = scope.egress().get(egress);
            var found = new ArrayList<Member>();
            for (var host : hosts(listener)) {
                var service = service(listener, host);
                if (service.isEmpty()) {
                    found.add(new Member(host, egress, HTTP_PORT, true));
                    continue;
                }
                var ports = service.get().ports().stream().filter(VirtualHosts::mayBeHttp).toList();
                for (var port : ports) {
                    found.add(
                            new Member(
                                    host,
                                    egress,
                                    port.number(),
                                    ports.size() == 1 || port.number() == HTTP_PORT));
                }
            }
            members.put(Names.HTTP_PROXY_ROUTE, List.copyOf(found));
        }

        private static SortedSet<String> hosts(Scope.Egress listener) {
            var hosts = new TreeSet<>(listener.services().keySet());
            hosts.addAll(listener.routes().keySet());
            return hosts;
        }

        private Optional<Service> service(Scope.Egress listener, String host) {
            return Optional.ofNullable(listener.services().get(host))
                    .flatMap(namespace -> facts.service(host, namespace));
        }
    }

    static boolean isHttp(Sidecar.SidecarPort port) {
        return port.protocol() != null
                && Protocol.parse(port.protocol()).filter(Protocol::isHttp).isPresent();
    }

    static Optional<String> bind(Scope.Egress listener) {
        return listener.listener().map(Sidecar.EgressListener::bind).filter(it -> !it.isEmpty());
    }

    /// The table of a listener's port.
    static String name(Scope.Egress listener, int port) {
        return bind(listener)
                .map(bind -> port == 0 ? bind : bind + "_" + port)
                .orElse(Integer.toString(port));
    }

    /// The table of a service's port, on an address of the service's own.
    static String name(Service service, Service.Port port) {
        return service.host() + ":" + port.number();
    }

    /// Ports that the Sidecar gives a listener of their own on all addresses.
    static Set<Integer> explicitPorts(Scope scope) {
        var ports = new HashSet<Integer>();
        for (var listener : scope.egress()) {
            if (!listener.takesAll() && bind(listener).isEmpty()) {
                listener.listener()
                        .map(Sidecar.EgressListener::port)
                        .map(Sidecar.SidecarPort::number)
                        .ifPresent(ports::add);
            }
        }
        return ports;
    }
}
