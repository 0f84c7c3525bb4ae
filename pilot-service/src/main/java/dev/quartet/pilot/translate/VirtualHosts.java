package dev.quartet.pilot.translate;

import dev.quartet.config.Problem;
import dev.quartet.config.networking.Protocol;
import dev.quartet.pilot.snapshot.Seen;
import dev.quartet.pilot.snapshot.Service;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/// One host of an outbound route table.
final class VirtualHosts {
    private static final String CLUSTER_DOMAIN = ".svc.cluster.local";

    /// @param clusters all clusters that it names
    /// @param problems why something that users asked for is not in it
    record Unit(VirtualHost host, Set<String> clusters, List<Problem> problems) {}

    private VirtualHosts() {}

    /// The virtual host for a name on a port, as clients with these labels in a namespace see it.
    ///
    /// @param bare whether requests that name no port belong to it too
    static Optional<Unit> outbound(
            Seen facts,
            String host,
            int port,
            String namespace,
            SortedMap<String, String> labels,
            boolean bare) {
        return routes(facts, host, port, namespace, labels)
                .map(result ->
                        new Unit(
                                VirtualHost.newBuilder()
                                        .setName(name(host, port))
                                        .addAllDomains(
                                                domains(
                                                        host,
                                                        facts.service(host),
                                                        port,
                                                        namespace,
                                                        bare))
                                        .addAllRoutes(result.routes())
                                        .setIncludeRequestAttemptCount(true)
                                        .build(),
                                result.clusters(),
                                result.problems()));
    }

    static String name(String host, int port) {
        return host + ":" + port;
    }

    /// The routes of a name on a port: its VirtualService's or, without one, straight to the service.
    static Optional<Routes.Result> routes(
            Seen facts, String host, int port, String namespace, SortedMap<String, String> labels) {
        var site = new Site(Site.MESH, namespace, port, labels);
        var routes = facts.routes(host);
        if (routes.isPresent() && !routes.get().spec().http().isEmpty()) {
            return Optional.of(Routes.of(facts, routes.get(), site));
        }
        var service = facts.service(host);
        return service.flatMap(found -> port(found, port))
                .map(servicePort ->
                        Routes.straightTo(facts, service.orElseThrow(), servicePort, site));
    }

    /// The service's only port is meant by every port that a listener was given for it.
    static Optional<Service.Port> port(Service service, int number) {
        var found = service.port(number);
        return found.isEmpty() && service.ports().size() == 1
                ? Optional.of(service.ports().getFirst())
                : found;
    }

    /// Also where that is found out of each connection's first bytes.
    static boolean mayBeHttp(Service.Port port) {
        return isHttp(port) || port.detected();
    }

    static boolean isHttp(Service.Port port) {
        return isHttp(port.protocol());
    }

    static boolean isHttp(Protocol protocol) {
        return protocol.isHttp() && protocol != Protocol.UDP;
    }

    /// `reviews` and its longer forms; the shortest only for clients in the service's own namespace. Its addresses too, and of a
    /// headless service each workload by its name.
    private static List<String> domains(
            String host, Optional<Service> service, int port, String namespace, boolean bare) {
        var names = names(host, namespace);
        if (service.isPresent()) {
            if (service.get().resolution() == Service.Resolution.HEADLESS) {
                List.copyOf(names).forEach(name -> names.add("*." + name));
            }
            service.get().hostAddresses().stream().map(VirtualHosts::bracketed).forEach(names::add);
        }
        var domains = new ArrayList<String>();
        for (var name : names) {
            if (bare) {
                domains.add(name);
            }
            if (port > 0) {
                domains.add(name + ":" + port);
            }
        }
        return domains;
    }

    private static String bracketed(String address) {
        return address.indexOf(':') >= 0 ? "[" + address + "]" : address;
    }

    private static LinkedHashSet<String> names(String host, String namespace) {
        var names = new LinkedHashSet<String>();
        names.add(host);
        if (host.endsWith(CLUSTER_DOMAIN)) {
            var shorter = host.substring(0, host.length() - CLUSTER_DOMAIN.length());
            names.add(shorter + ".svc");
            names.add(shorter);
            if (shorter.endsWith("." + namespace)
                    && shorter.indexOf('.') == shorter.length() - namespace.length() - 1) {
                names.add(shorter.substring(0, shorter.indexOf('.')));
            }
        }
        return names;
    }
}
