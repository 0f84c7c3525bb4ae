package dev.quartet.pilot.snapshot;

import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.Destination;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.Sidecar;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;

/// What a [View] sees: of each host the service that it means and the VirtualService that routes it. `exportTo` says what its namespace may see at
/// all, a Sidecar names what of that it takes. Names only: what is behind them are facts of their own.
/// After Istio 1.4, `pilot/pkg/model/sidecar.go`.
///
/// @param services host to namespace, for clusters: what some listener takes, and where routes send
/// @param egress in the Sidecar's order; one that takes all where nothing is written
/// @param outside what happens to other requests; empty: as the mesh says
public record Scope(
        SortedMap<String, String> services, List<Egress> egress, Optional<Outside> outside) {

    /// The services and routes of one listener of the client side.
    ///
    /// @param listener as the Sidecar has it; empty: the one that takes all
    /// @param services host to namespace
    /// @param routes by host, those without a service too
    public record Egress(
            Optional<Sidecar.EgressListener> listener,
            SortedMap<String, String> services,
            SortedMap<String, ResourceKey> routes) {
        /// Whether it takes what no other listener does.
        public boolean takesAll() {
            return listener.filter(found -> found.port() != null).isEmpty();
        }
    }

    /// @param anywhere whether requests for unknown hosts leave the mesh
    /// @param proxy through which they leave
    public record Outside(boolean anywhere, Optional<Destination> proxy) {}

    public Scope {
        egress = List.copyOf(egress);
    }

    public static Scope of(Facts facts, View view) {
        return new Reader(facts, view).scope();
    }

    private static final class Reader {
        private final Facts facts;
        private final View view;
        private final ServiceIndex services;

        /// Those that the namespace may see: its own first.
        private final List<RouteIndex.Entry> routes;

        Reader(Facts facts, View view) {
            this.facts = facts;
            this.view = view;
            this.services = facts.services();
            this.routes =
                    facts.routes().entries().stream()
                            .filter(entry -> entry.visibility().from(view.namespace()))
                            .sorted(Comparator.comparing(entry -> entry.visibility().all()))
                            .toList();
        }

        Scope scope() {
            var sidecar = sidecar().map(Resource::spec);
            var egress = new ArrayList<Egress>();
            var listeners = sidecar.map(Sidecar::egress).orElse(List.of());
            for (var listener : listeners) {
                egress.add(egress(Optional.of(listener), imports(listener.hosts())));
            }
            if (egress.isEmpty()) {
                egress.add(egress(Optional.empty(), List.of(new Import("*", "*"))));
            }
            var all = new TreeMap<String, String>();
            egress.forEach(listener -> listener.services().forEach(all::putIfAbsent));
            var outside =
                    sidecar.map(Sidecar::outboundTrafficPolicy).map(policy -> outside(policy));
            if (!listeners.isEmpty()) {
                addDestinations(egress, all);
                outside.flatMap(Outside::proxy).ifPresent(proxy -> add(proxy.host(), all));
            }
            return new Scope(Collections.unmodifiableSortedMap(all), egress, outside);
        }

        private Outside outside(Sidecar.OutboundTrafficPolicy policy) {
            var proxy = policy.egressProxy();
            return new Outside(
                    policy.mode() == Sidecar.OutboundTrafficPolicy.Mode.ALLOW_ANY,
                    Optional.ofNullable(proxy)
                            .map(it ->
                                    new Destination(
                                            Hosts.resolve(it.host(), view.namespace()),
                                            it.subset(),
                                            it.port())));
        }

        private Optional<Resource<Sidecar>> sidecar() {
            return view.sidecar()
                    .flatMap(key ->
                            facts.sidecars(key.namespace()).stream()
                                    .filter(found -> found.key().equals(key))
                                    .findFirst());
        }

        /// `namespace/host` of a Sidecar; `*` is any of them.
        private record Import(String namespace, String host) {
            boolean takes(String name, String from) {
                return (namespace.equals("*") || namespace.equals(from))
                        && Hosts.covers(host, name);
            }

            /// A wildcard of the VirtualService may be wider than what is imported.
            boolean meets(String name, String from) {
                return (namespace.equals("*") || namespace.equals(from))
                        && (Hosts.covers(host, name) || Hosts.covers(name, host));
            }
        }

        private List<Import> imports(List<String> hosts) {
            return hosts.stream()
                    .map(text -> {
                        var slash = text.indexOf('/');
                        var namespace = text.substring(0, slash);
                        return new Import(
                                namespace.equals(".") ? view.namespace() : namespace,
                                text.substring(slash + 1));
                    })
                    .toList();
        }

        private Egress egress(Optional<Sidecar.EgressListener> listener, List<Import> imports) {
            var taken = new TreeMap<String, String>();
            services.byHost()
                    .forEach((host, entries) ->
                            choose(
                                            entries,
                                            entry ->
                                                    imports.stream()
                                                            .anyMatch(it ->
                                                                    it.takes(
                                                                            host,
                                                                            entry.namespace())))
                                    .ifPresent(namespace -> taken.put(host, namespace)));
            return new Egress(
                    listener,
                    Collections.unmodifiableSortedMap(taken),
                    Collections.unmodifiableSortedMap(routes(imports, taken)));
        }

        /// Of several services of one host: what only some namespaces see goes before what all see.
        private Optional<String> choose(
                List<ServiceIndex.Entry> entries, Predicate<ServiceIndex.Entry> wanted) {
            return entries.stream()
                    .filter(entry -> entry.visibility().from(view.namespace()))
                    .filter(wanted)
                    .min(Comparator.comparing(entry -> entry.visibility().all()))
                    .map(ServiceIndex.Entry::namespace);
        }

        /// The VirtualService that names a host exactly, else the one with the longest wildcard; among equals the first.
        private SortedMap<String, ResourceKey> routes(
                List<Import> imports, SortedMap<String, String> taken) {
            var byHost = new TreeMap<String, ResourceKey>();
            var wildcards =
                    new TreeMap<String, ResourceKey>(
                            Comparator.comparingInt(String::length)
                                    .reversed()
                                    .thenComparing(Function.identity()));
            for (var entry : routes) {
                if (imports.stream()
                        .noneMatch(it ->
                                entry.hosts().stream()
                                        .anyMatch(
                                                host -> it.meets(host, entry.key().namespace())))) {
                    continue;
                }
                for (var host : entry.hosts()) {
                    byHost.putIfAbsent(host, entry.key());
                    if (host.startsWith("*")) {
                        wildcards.putIfAbsent(host, entry.key());
                    }
                }
            }
            for (var host : taken.keySet()) {
                if (!byHost.containsKey(host)) {
                    wildcards.entrySet().stream()
                            .filter(wildcard -> Hosts.covers(wildcard.getKey(), host))
                            .findFirst()
                            .ifPresent(wildcard -> byHost.put(host, wildcard.getValue()));
                }
            }
            return byHost;
        }

        /// Where the routes of a host send needs no import of its own.
        private void addDestinations(List<Egress> egress, Map<String, String> all) {
            var used = new HashSet<ResourceKey>();
            egress.forEach(listener -> used.addAll(listener.routes().values()));
            for (var entry : routes) {
                if (!used.contains(entry.key())) {
                    continue;
                }
                entry.destinations().forEach(host -> add(host, all));
            }
        }

        private void add(String host, Map<String, String> all) {
            if (!all.containsKey(host)) {
                choose(services.byHost().getOrDefault(host, List.of()), any -> true)
                        .ifPresent(namespace -> all.put(host, namespace));
            }
        }
    }
}
