package dev.quartet.pilot.translate;

import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.snapshot.View;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;

/// One snapshot's config for any proxy: a proxy is a list of keys, and proxies with equal keys share what they name.
/// Thread-safe; the successor made by [#next] shares whatever has not changed.
public final class Translation {
    private final Units units;

    /// What was asked by [#madeFrom].
    private final Map<XdsResource, SortedSet<ResourceKey>> sources = new ConcurrentHashMap<>();

    private Translation(Units units) {
        this.units = units;
    }

    public static Translation of(MeshSnapshot snapshot) {
        return new Translation(Units.first(snapshot));
    }

    public Translation next(MeshSnapshot snapshot) {
        return new Translation(units.next(snapshot));
    }

    /// What this would be with another snapshot, by any builder: for a look at it. It shares what has not changed, and this
    /// one's successors do not notice it.
    public Translation trial(MeshSnapshot snapshot) {
        return new Translation(units.trial(snapshot));
    }

    public MeshSnapshot snapshot() {
        return units.snapshot();
    }

    /// How many pieces had to be made for this snapshot so far.
    public int computed() {
        return units.computed();
    }

    /// What could not be made as users asked, in the config that proxies have been given so far.
    public Set<Problem> problems() {
        return units.problems();
    }

    public ProxyConfig configFor(Proxy proxy) {
        var sets = new EnumMap<XdsType, List<ResourceSet>>(XdsType.class);
        var view = Views.of(units.snapshot(), proxy);
        var where = Where.of(units.snapshot(), proxy);
        var clusters = new ArrayList<ResourceSet>();
        clusters.add(units.get(new UnitKey.MixerClusters()));
        clusters.add(units.get(new UnitKey.OutboundClusters(view, client(proxy), where)));
        clusters.add(units.get(new UnitKey.CollectorClusters()));
        var listeners = new ArrayList<ResourceSet>();
        var routes = new ArrayList<ResourceSet>();
        var served =
                switch (proxy.role()) {
                    case SIDECAR -> sidecar(proxy, view, listeners, routes);
                    case GATEWAY -> units.get(new UnitKey.GatewayOf(gateway(proxy), view));
                };
        clusters.add(served.clusters());
        var endpoints = new ArrayList<ResourceSet>();
        endpoints.add(units.get(new UnitKey.AllEndpoints(view, client(proxy), where)));
        if (proxy.role() == Proxy.Role.GATEWAY) {
            var passage = units.get(new UnitKey.Passage(gateway(proxy), view, where));
            clusters.add(passage.clusters());
            endpoints.add(passage.endpoints());
        }
        listeners.add(served.listeners());
        routes.add(served.routes());
        sets.put(XdsType.CDS, List.copyOf(clusters));
        sets.put(XdsType.LDS, List.copyOf(listeners));
        sets.put(XdsType.RDS, List.copyOf(routes));
        sets.put(
                XdsType.ECDS,
                List.of(units.get(new UnitKey.MixerExtensions()), served.extensions()));
        sets.put(XdsType.EDS, List.copyOf(endpoints));
        return new ProxyConfig(units.snapshot().revision(), Map.copyOf(sets));
    }

    /// What users wrote that the config of a proxy comes from. Worked out when asked.
    public Provenance provenance(Proxy proxy) {
        return new Provenance(units, proxy);
    }

    /// Of which of the users' resources something that a proxy gets is made, as far as it can be told; empty for what the proxy does
    /// not get, and for what is made of nobody's. For people and refusals: it walks what pieces remember.
    public SortedSet<ResourceKey> madeFrom(Proxy proxy, XdsType type, String name) {
        var resource = configFor(proxy).find(type, name);
        if (resource == null) {
            return Collections.emptySortedSet();
        }
        return sources.computeIfAbsent(
                resource,
                made -> {
                    var view = Views.of(units.snapshot(), proxy);
                    return piecesOf(units, proxy, view, type).stream()
                            .filter(piece -> made.equals(set(piece, type).get(name)))
                            .findFirst()
                            .<SortedSet<ResourceKey>>map(
                                    piece -> Sources.of(piece, made, units, view))
                            .orElse(Collections.emptySortedSet());
                });
    }

    /// The pieces of one type that depend on the config.
    private static List<UnitKey<?>> piecesOf(Units units, Proxy proxy, View view, XdsType type) {
        var where = Where.of(units.snapshot(), proxy);
        var pieces = new ArrayList<UnitKey<?>>();
        if (proxy.role() == Proxy.Role.GATEWAY) {
            pieces.add(new UnitKey.Passage(gateway(proxy), view, where));
        }
        if (type == XdsType.EDS) {
            pieces.addFirst(new UnitKey.AllEndpoints(view, client(proxy), where));
            return pieces;
        }
        if (type == XdsType.CDS) {
            pieces.add(new UnitKey.OutboundClusters(view, client(proxy), where));
        }
        switch (proxy.role()) {
            case GATEWAY -> pieces.add(new UnitKey.GatewayOf(gateway(proxy), view));
            case SIDECAR -> {
                var labels = RoutingLabels.of(units.snapshot(), proxy);
                if (type == XdsType.LDS) {
                    pieces.add(
                            new UnitKey.OutboundListenersOf(
                                    view, labels, ClientSide.of(units.snapshot(), proxy)));
                }
                if (type == XdsType.RDS) {
                    pieces.add(new UnitKey.OutboundRoutes(view, labels, proxy.interception()));
                }
                pieces.add(new UnitKey.InboundOf(InboundScope.of(proxy, view)));
            }
        }
        return pieces;
    }

    private ResourceSet set(UnitKey<?> piece, XdsType type) {
        return switch (units.get(piece)) {
            case ResourceSet set -> set;
            case UnitKey.Served served -> served.of(type);
            default -> ResourceSet.EMPTY;
        };
    }

    private UnitKey.Served sidecar(
            Proxy proxy, View view, List<ResourceSet> listeners, List<ResourceSet> routes) {
        var labels = RoutingLabels.of(units.snapshot(), proxy);
        var side = ClientSide.of(units.snapshot(), proxy);
        var port = proxy.httpProxyPort();
        if (proxy.interception() == Proxy.Interception.NONE && port != null) {
            var dynamic = units.get(new UnitKey.HasDynamicNames(view.bare()));
            listeners.add(
                    units.get(new UnitKey.ProxyListener(proxy.address(), port, side, dynamic)));
        }
        listeners.add(units.get(new UnitKey.OutboundListenersOf(view, labels, side)));
        routes.add(units.get(new UnitKey.OutboundRoutes(view, labels, proxy.interception())));
        return units.get(new UnitKey.InboundOf(InboundScope.of(proxy, view)));
    }

    private static Discovery.Client client(Proxy proxy) {
        if (proxy.role() == Proxy.Role.GATEWAY) {
            return Discovery.Client.GATEWAY;
        }
        return switch (proxy.interception()) {
            case REDIRECT -> Discovery.Client.CAPTURED;
            case NONE -> Discovery.Client.HTTP_PROXY;
        };
    }

    static Gateways.Scope gateway(Proxy proxy) {
        return new Gateways.Scope(
                proxy.instance(),
                proxy.namespace(),
                proxy.interception() == Proxy.Interception.NONE ? proxy.address() : "0.0.0.0",
                proxy.http());
    }
}
