package dev.quartet.pilot.translate;

import com.google.protobuf.util.Durations;
import dev.quartet.config.Problem;
import dev.quartet.config.networking.Protocol;
import dev.quartet.config.networking.Sidecar;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Scope;
import dev.quartet.pilot.snapshot.Service;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/// The route tables of a sidecar's client side: one for each listener that takes HTTP.
final class RouteTables {
    private static final int HTTP_PORT = 80;

    /// Finds the virtual hosts of a table among the cached ones.
    @FunctionalInterface
    interface HostUnits {
        /// @param egress number of the listener
        Optional<VirtualHosts.Unit> unit(String host, int egress, int port, boolean bare);
    }

    private final Facts facts;
    private final Scope scope;
    private final HostUnits units;
    private final Set<Problem> problems = new LinkedHashSet<>();

    RouteTables(Facts facts, Scope scope, HostUnits units) {
        this.facts = facts;
        this.scope = scope;
        this.units = units;
    }

    /// Why something that users asked for is not in the tables that were made.
    List<Problem> problems() {
        return List.copyOf(problems);
    }

    /// Where traffic is captured.
    List<XdsResource> ofCaptured() {
        var tables = ofListeners();
        var taken = explicitPorts(scope);
        for (int egress = 0; egress < scope.egress().size(); egress++) {
            var listener = scope.egress().get(egress);
            if (listener.takesAll()) {
                for (var port : httpPorts(listener)) {
                    if (!taken.contains(port)) {
                        tables.add(table(name(listener, port), egress, port));
                    }
                }
                tables.addAll(detectedTables(egress));
            }
        }
        return tables;
    }

    /// Where it is not: of the HTTP proxy, and of the listeners that the Sidecar asks for.
    List<XdsResource> ofBound() {
        var tables = ofListeners();
        for (int egress = 0; egress < scope.egress().size(); egress++) {
            var listener = scope.egress().get(egress);
            if (listener.takesAll()) {
                tables.add(proxyTable(egress));
                if (bind(listener).isPresent()) {
                    for (var port : httpPorts(listener)) {
                        tables.add(table(name(listener, port), egress, port));
                    }
                }
            }
        }
        if (scope.egress().stream().noneMatch(Scope.Egress::takesAll)) {
            tables.add(new Table(Names.HTTP_PROXY_ROUTE).resource());
        }
        return tables;
    }

    /// Of the ports that have a listener for themselves, by the service's addresses, and may be HTTP or not.
    private List<XdsResource> detectedTables(int egress) {
        var tables = new ArrayList<XdsResource>();
        for (var service : facts.services(scope.egress().get(egress))) {
            for (var port : service.ports()) {
                if (port.detected() && hasAddresses(service)) {
                    var table = new Table(name(service, port));
                    units.unit(service.host(), egress, port.number(), true).ifPresent(table::add);
                    tables.add(table.resource());
                }
            }
        }
        return tables;
    }

    private static boolean hasAddresses(Service service) {
        return service.resolution() == Service.Resolution.HEADLESS
                || !service.hostAddresses().isEmpty();
    }

    private List<XdsResource> ofListeners() {
        var tables = new ArrayList<XdsResource>();
        for (int egress = 0; egress < scope.egress().size(); egress++) {
            var listener = scope.egress().get(egress);
            var port = listener.listener().map(Sidecar.EgressListener::port).orElse(null);
            if (port != null && isHttp(port)) {
                var number = port.number() == null ? 0 : port.number();
                tables.add(table(name(listener, number), egress, number));
            }
        }
        return tables;
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

    /// The ports on which some service of the listener speaks HTTP.
    private SortedSet<Integer> httpPorts(Scope.Egress listener) {
        var ports = new TreeSet<Integer>();
        for (var service : facts.services(listener)) {
            service.ports().stream()
                    .filter(VirtualHosts::mayBeHttp)
                    .forEach(port -> ports.add(port.number()));
        }
        return ports;
    }

    private static boolean takes(Service service, Scope.Egress listener, int port) {
        return service.port(port).filter(VirtualHosts::mayBeHttp).isPresent()
                || (!listener.takesAll()
                        && service.ports().size() == 1
                        && VirtualHosts.mayBeHttp(service.ports().getFirst()));
    }

    /// All hosts on one port: the services that have it, and hosts that have routes only.
    private XdsResource table(String name, int egress, int port) {
        var listener = scope.egress().get(egress);
        var table = new Table(name);
        for (var host : hosts(listener)) {
            var service = service(listener, host);
            if (service.isEmpty() || takes(service.get(), listener, port)) {
                units.unit(host, egress, port, true).ifPresent(table::add);
            }
        }
        return table.resource();
    }

    /// The route table of the HTTP proxy port: all hosts on all ports. A request without a port means port 80, or the
    /// only port there is.
    private XdsResource proxyTable(int egress) {
        var listener = scope.egress().get(egress);
        var table = new Table(Names.HTTP_PROXY_ROUTE);
        for (var host : hosts(listener)) {
            var service = service(listener, host);
            if (service.isEmpty()) {
                units.unit(host, egress, HTTP_PORT, true).ifPresent(table::add);
                continue;
            }
            var ports = service.get().ports().stream().filter(VirtualHosts::mayBeHttp).toList();
            for (var port : ports) {
                units.unit(
                                host,
                                egress,
                                port.number(),
                                ports.size() == 1 || port.number() == HTTP_PORT)
                        .ifPresent(table::add);
            }
        }
        return table.resource();
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

    /// Collects virtual hosts. A domain belongs to the first that claims it: Envoy refuses a table with doubles.
    private final class Table {
        private final String name;
        private final RouteConfiguration.Builder routes;
        private final Set<String> clusters = new HashSet<>();
        private final Set<String> domains = new HashSet<>();

        Table(String name) {
            this.name = name;
            this.routes =
                    RouteConfiguration.newBuilder().setName(name).setValidateClusters(Envoy.no());
        }

        void add(VirtualHosts.Unit unit) {
            problems.addAll(unit.problems());
            var free = unit.host().getDomainsList().stream().filter(domains::add).toList();
            if (free.isEmpty()) {
                return;
            }
            routes.addVirtualHosts(
                    free.size() == unit.host().getDomainsCount()
                            ? unit.host()
                            : unit.host().toBuilder().clearDomains().addAllDomains(free).build());
            clusters.addAll(unit.clusters());
        }

        XdsResource resource() {
            var outside = Outside.cluster(facts, scope);
            outside.ifPresent(clusters::add);
            routes.addVirtualHosts(
                    outside.map(RouteTables::allowAny).orElseGet(RouteTables::blockAll));
            return XdsResource.of(XdsType.RDS, name, routes.build(), clusters);
        }
    }

    private static VirtualHost allowAny(String cluster) {
        return VirtualHost.newBuilder()
                .setName("allow_any")
                .addDomains("*")
                .addRoutes(
                        Route.newBuilder()
                                .setName("allow_any")
                                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                                .setRoute(
                                        RouteAction.newBuilder()
                                                .setCluster(cluster)
                                                .setTimeout(Durations.ZERO)))
                .build();
    }

    private static VirtualHost blockAll() {
        return VirtualHost.newBuilder()
                .setName("block_all")
                .addDomains("*")
                .addRoutes(
                        Route.newBuilder()
                                .setName("block_all")
                                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                                .setDirectResponse(
                                        DirectResponseAction.newBuilder()
                                                .setStatus(502)
                                                .setBody(
                                                        DataSource.newBuilder()
                                                                .setInlineString(
                                                                        "quartet: no service has this host, and the mesh allows no other (outboundTrafficPolicy REGISTRY_ONLY)\n"))))
                .build();
    }
}
