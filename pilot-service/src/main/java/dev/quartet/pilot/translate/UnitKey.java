package dev.quartet.pilot.translate;

import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.Facts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/// Names one piece of config and knows how to make it from facts and other pieces. Nothing here can see a proxy: all
/// that a piece depends on is in its key or asked of the facts.
sealed interface UnitKey<T> {
    T compute(Facts facts, Units.Reader units);

    /// The earlier value when it has the same content: then nothing that is made of it changes either.
    default T prefer(T earlier, T fresh) {
        return earlier.equals(fresh) ? earlier : fresh;
    }

    /// A piece that is a set keeps the earlier objects of whatever in it is unchanged.
    sealed interface OfSet extends UnitKey<ResourceSet> {
        @Override
        default ResourceSet prefer(ResourceSet earlier, ResourceSet fresh) {
            return fresh.or(earlier);
        }
    }

    /// The clusters of one host for clients in a namespace.
    record HostClusters(String host, String namespace) implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            return ResourceSet.of(Clusters.outbound(facts, host, namespace));
        }
    }

    /// All clusters of the client side.
    record OutboundClusters(String namespace, Proxy.Interception interception) implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            var clusters = new ArrayList<XdsResource>(Outbound.clusters(facts, interception));
            for (var host : facts.hosts()) {
                clusters.addAll(units.get(new HostClusters(host, namespace)).all());
            }
            return ResourceSet.of(clusters);
        }
    }

    /// Mixer's addresses.
    record MixerClusters() implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            var mesh = facts.mesh();
            var clusters = new ArrayList<XdsResource>();
            if (mesh.checksEnabled()) {
                mesh.checkServer()
                        .ifPresent(at ->
                                clusters.add(
                                        Clusters.mixer(Names.MIXER_CHECK, at, mesh.trustDomain())));
            }
            mesh.reportServer()
                    .ifPresent(at ->
                            clusters.add(
                                    Clusters.mixer(Names.MIXER_REPORT, at, mesh.trustDomain())));
            return ResourceSet.of(clusters);
        }
    }

    record MixerExtensions() implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            return facts.mesh().checksEnabled()
                    ? ResourceSet.of(MixerFilters.extensions(facts.mesh()))
                    : ResourceSet.EMPTY;
        }
    }

    record Endpoints(String cluster, String namespace) implements UnitKey<Optional<XdsResource>> {
        @Override
        public Optional<XdsResource> compute(Facts facts, Units.Reader units) {
            return Names.OutboundName.parse(cluster)
                    .flatMap(name -> Clusters.endpoints(facts, name, namespace));
        }
    }

    /// One virtual host of a route table.
    record Host(
            String host, int port, boolean bare, String namespace, SortedMap<String, String> labels)
            implements UnitKey<Optional<VirtualHosts.Unit>> {
        @Override
        public Optional<VirtualHosts.Unit> compute(Facts facts, Units.Reader units) {
            return VirtualHosts.outbound(facts, host, port, namespace, labels, bare);
        }
    }

    /// The route tables of the client side.
    record OutboundRoutes(
            String namespace, SortedMap<String, String> labels, Proxy.Interception interception)
            implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            Outbound.HostUnits hosts =
                    (host, port, bare) -> units.get(new Host(host, port, bare, namespace, labels));
            return switch (interception) {
                case NONE -> ResourceSet.of(List.of(Outbound.proxyTable(facts, hosts)));
                case REDIRECT ->
                        ResourceSet.of(
                                Outbound.httpPorts(facts).stream()
                                        .map(port -> Outbound.routeTable(facts, port, hosts))
                                        .toList());
            };
        }
    }

    record CapturedListeners() implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            return ResourceSet.of(Outbound.capturedListeners(facts));
        }
    }

    record ProxyListener(String address, int port) implements OfSet {
        @Override
        public ResourceSet compute(Facts facts, Units.Reader units) {
            return ResourceSet.of(List.of(Outbound.proxyListener(facts, address, port)));
        }
    }

    /// A piece that has clusters, listeners and routes of its own.
    record Served(ResourceSet clusters, ResourceSet listeners, ResourceSet routes) {
        Served or(Served earlier) {
            return new Served(
                    clusters.or(earlier.clusters),
                    listeners.or(earlier.listeners),
                    routes.or(earlier.routes));
        }
    }

    record InboundOf(InboundScope scope) implements UnitKey<Served> {
        @Override
        public Served compute(Facts facts, Units.Reader units) {
            var result = Inbound.of(facts, scope);
            return new Served(
                    ResourceSet.of(result.clusters()),
                    ResourceSet.of(result.listeners()),
                    ResourceSet.of(result.routes()));
        }

        @Override
        public Served prefer(Served earlier, Served fresh) {
            return fresh.or(earlier);
        }
    }

    record GatewayOf(Gateways.Scope scope) implements UnitKey<Served> {
        @Override
        public Served compute(Facts facts, Units.Reader units) {
            var result = Gateways.of(facts, scope);
            return new Served(
                    ResourceSet.EMPTY,
                    ResourceSet.of(result.listeners()),
                    ResourceSet.of(result.routes()));
        }

        @Override
        public Served prefer(Served earlier, Served fresh) {
            return fresh.or(earlier);
        }
    }
}
