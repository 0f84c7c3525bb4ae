package dev.quartet.pilot.translate;

import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.patch.PatchId;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.snapshot.View;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
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
        var selection = PatchSelection.of(units.snapshot(), proxy);
        var sets = new EnumMap<XdsType, List<ResourceSet>>(XdsType.class);
        pieces(proxy)
                .forEach((type, pieces) ->
                        sets.put(
                                type,
                                patched(pieces, type, selection).stream()
                                        .map(piece -> ResourceSet.part(units.get(piece), type))
                                        .toList()));
        return new ProxyConfig(units.snapshot().revision(), Map.copyOf(sets));
    }

    /// Of what a proxy's config is put together, by type.
    private Map<XdsType, List<UnitKey<?>>> pieces(Proxy proxy) {
        var view = Views.of(units.snapshot(), proxy);
        var where = Where.of(units.snapshot(), proxy);
        var client = client(proxy);
        var listeners = new ArrayList<UnitKey<?>>();
        var routes = new ArrayList<UnitKey<?>>();
        var served =
                switch (proxy.role()) {
                    case SIDECAR -> sidecar(proxy, view, listeners, routes);
                    case GATEWAY -> new UnitKey.GatewayOf(gateway(proxy), view);
                };
        listeners.add(served);
        routes.add(served);
        var clusters = new ArrayList<UnitKey<?>>();
        clusters.add(new UnitKey.MixerClusters());
        clusters.add(new UnitKey.OutboundClusters(view, client, where));
        clusters.add(new UnitKey.CollectorClusters());
        clusters.add(served);
        var endpoints = new ArrayList<UnitKey<?>>();
        endpoints.add(new UnitKey.AllEndpoints(view, client, where));
        if (proxy.role() == Proxy.Role.GATEWAY) {
            var passage = new UnitKey.Passage(gateway(proxy), view, where);
            clusters.add(passage);
            endpoints.add(passage);
        }
        return Map.of(
                XdsType.CDS,
                List.copyOf(clusters),
                XdsType.EDS,
                List.copyOf(endpoints),
                XdsType.LDS,
                List.copyOf(listeners),
                XdsType.RDS,
                List.copyOf(routes),
                XdsType.ECDS,
                List.of(new UnitKey.MixerExtensions(), served));
    }

    private static List<UnitKey<?>> patched(
            List<UnitKey<?>> pieces, XdsType type, PatchSelection selection) {
        if (selection.isEmpty() || type == XdsType.EDS) {
            return pieces;
        }
        var patched = new ArrayList<UnitKey<?>>();
        pieces.forEach(piece -> patched.add(new UnitKey.PatchedPart(piece, type, selection)));
        patched.add(new UnitKey.BroughtIn(type, selection));
        return patched;
    }

    /// The patches that did something to a resource that a proxy gets, or brought it in.
    public List<PatchId> patchesIn(Proxy proxy, XdsType type, String name) {
        var selection = PatchSelection.of(units.snapshot(), proxy);
        if (selection.isEmpty()) {
            return List.of();
        }
        var patching = units.get(new UnitKey.PatchingOf(selection));
        var found = new ArrayList<>(patching.bringing(type, name));
        for (var piece : pieces(proxy).getOrDefault(type, List.of())) {
            var plain = ResourceSet.part(units.get(piece), type).get(name);
            if (plain != null) {
                found.addAll(patching.of(plain).by());
            }
        }
        return found;
    }

    /// The EnvoyFilters that a proxy gets, with the paths of those of their patches that are for it.
    public SortedMap<ResourceKey, List<String>> patchesOf(Proxy proxy) {
        var paths = new TreeMap<ResourceKey, List<String>>();
        PatchSelection.of(units.snapshot(), proxy)
                .patches()
                .forEach(patch ->
                        paths.computeIfAbsent(patch.filter(), _ -> new ArrayList<>())
                                .add(patch.path().text()));
        return paths;
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
                    var selection = PatchSelection.of(units.snapshot(), proxy);
                    return patched(pieces(proxy).getOrDefault(type, List.of()), type, selection)
                            .stream()
                            .filter(piece ->
                                    made.equals(ResourceSet.part(units.get(piece), type).get(name)))
                            .findFirst()
                            .<SortedSet<ResourceKey>>map(
                                    piece -> Sources.of(piece, made, units, view))
                            .orElse(Collections.emptySortedSet());
                });
    }

    private UnitKey<?> sidecar(
            Proxy proxy, View view, List<UnitKey<?>> listeners, List<UnitKey<?>> routes) {
        var labels = RoutingLabels.of(units.snapshot(), proxy);
        var side = ClientSide.of(units.snapshot(), proxy);
        var port = proxy.httpProxyPort();
        if (proxy.interception() == Proxy.Interception.NONE && port != null) {
            var dynamic = units.get(new UnitKey.HasDynamicNames(view.bare()));
            listeners.add(new UnitKey.ProxyListener(proxy.address(), port, side, dynamic));
        }
        listeners.add(new UnitKey.OutboundListenersOf(view, labels, side));
        routes.add(new UnitKey.OutboundRoutes(view, labels, proxy.interception()));
        return new UnitKey.InboundOf(InboundScope.of(proxy, view));
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
