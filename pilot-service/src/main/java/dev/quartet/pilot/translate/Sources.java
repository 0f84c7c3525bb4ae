package dev.quartet.pilot.translate;

import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.Hosts;
import dev.quartet.pilot.patch.PatchId;
import dev.quartet.pilot.snapshot.DelegateRoutes;
import dev.quartet.pilot.snapshot.FactKey;
import dev.quartet.pilot.snapshot.RouteIndex;
import dev.quartet.pilot.snapshot.Service;
import dev.quartet.pilot.snapshot.View;
import dev.quartet.pilot.snapshot.Workload;
import dev.quartet.stream.ConfigSnapshot;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Of which resources that users write a resource of Envoy's is made, as far as the facts that its piece was made from tell it.
/// What concerns a whole mesh (its settings, Mixer's rules) is not named: it is in everything.
final class Sources {
    private final ConfigSnapshot config;
    private final RouteIndex index;
    private final View view;

    /// Hosts that the resource is about, or sends to.
    private final Set<String> hosts;

    private final SortedSet<ResourceKey> found = new TreeSet<>();

    private Sources(ConfigSnapshot config, RouteIndex index, View view, Set<String> hosts) {
        this.config = config;
        this.index = index;
        this.view = view;
        this.hosts = hosts;
    }

    /// @param piece has the resource
    static SortedSet<ResourceKey> of(
            UnitKey<?> piece, XdsResource resource, Units units, View view) {
        return switch (piece) {
            case UnitKey.PatchedPart patched -> ofPatched(patched, resource, units, view);
            case UnitKey.BroughtIn(var type, var selection) ->
                    filters(
                            units.get(new UnitKey.PatchingOf(selection))
                                    .bringing(type, resource.name()));
            default -> ofPlain(piece, resource, units, view);
        };
    }

    private static SortedSet<ResourceKey> ofPatched(
            UnitKey.PatchedPart patched, XdsResource resource, Units units, View view) {
        var before =
                ResourceSet.part(units.get(patched.piece()), patched.type()).get(resource.name());
        if (before == null) {
            return Collections.emptySortedSet();
        }
        var found =
                new TreeSet<>(
                        filters(
                                units.get(new UnitKey.PatchingOf(patched.selection()))
                                        .of(before)
                                        .by()));
        found.addAll(ofPlain(patched.piece(), before, units, view));
        return Collections.unmodifiableSortedSet(found);
    }

    private static SortedSet<ResourceKey> filters(Collection<PatchId> patches) {
        return patches.stream().map(PatchId::filter).collect(Collectors.toCollection(TreeSet::new));
    }

    private static SortedSet<ResourceKey> ofPlain(
            UnitKey<?> piece, XdsResource resource, Units units, View view) {
        var sources =
                new Sources(
                        units.snapshot().config(),
                        units.snapshot().routes(),
                        // the selectors are about callers
                        piece instanceof UnitKey.InboundOf ? view.bare() : view,
                        hosts(resource));
        var facts = units.factsOf(piece, resource);
        switch (piece) {
            case UnitKey.OutboundListenersOf _, UnitKey.OutboundRoutes _ -> {
                sources.addClientSide(facts);
                view.sidecar().ifPresent(sources.found::add);
            }
            case UnitKey.InboundOf _ -> {
                sources.addAll(facts, resource.type());
                view.sidecar().ifPresent(sources.found::add);
            }
            default -> sources.addAll(facts, resource.type());
        }
        return Collections.unmodifiableSortedSet(sources.found);
    }

    /// A listener or a table of routes is made of what is known of every service: what is meant is that of its hosts.
    private void addClientSide(Map<FactKey, Object> facts) {
        var routes = new HashSet<ResourceKey>();
        for (var entry : index.entries()) {
            if (entry.hosts().stream().anyMatch(this::concerns)
                    || entry.destinations().stream().anyMatch(this::concerns)) {
                routes.add(entry.key());
                routes.addAll(entry.delegates());
            }
        }
        facts.forEach((fact, value) -> {
            switch (fact) {
                case FactKey.ServiceAt(var host, _) when concerns(host) -> add(value);
                case FactKey.RulesOf(var host) when concerns(host) -> addRules(value);
                case FactKey.RoutesAt(var key) when routes.contains(key) -> add(value);
                case FactKey.DelegateAt(var key) when routes.contains(key) -> add(value);
                default -> {} // of other hosts, or of none
            }
        });
    }

    private void addAll(Map<FactKey, Object> facts, XdsType type) {
        facts.forEach((fact, value) -> {
            switch (fact) {
                case FactKey.RoutesOfGateway(var gateway) -> {
                    found.add(gateway);
                    add(value);
                }
                case FactKey.RulesOf _ -> addRules(value);
                case FactKey.WorkloadsOf _ when type == XdsType.EDS -> add(value);
                case FactKey.ServiceAt _,
                        FactKey.RoutesAt _,
                        FactKey.DelegateAt _,
                        FactKey.PeerAuthentications _,
                        FactKey.RequestAuthentications _,
                        FactKey.AuthenticationPolicies _,
                        FactKey.MeshAuthentication _,
                        FactKey.WorkloadAt _,
                        FactKey.ServicesOfWorkload _ ->
                        add(value);
                default -> {} // what there is, and not what it is
            }
        });
    }

    private void add(Object value) {
        switch (value) {
            case Resource<?> resource -> found.add(resource.key());
            case DelegateRoutes delegate -> found.add(delegate.routes().key());
            case Service service -> service.origin().ifPresent(found::add);
            case Workload workload -> {
                addIfThere(Kind.WORKLOAD_GROUP, workload);
                addIfThere(Kind.WORKLOAD_ENTRY, workload);
            }
            case List<?> list -> list.forEach(this::add);
            default -> {} // no user's
        }
    }

    /// @param value of a [FactKey.RulesOf]
    @SuppressWarnings("unchecked")
    private void addRules(Object value) {
        if (value instanceof List<?> rules) {
            DestinationRules.counting(
                            ((List<Resource<DestinationRule>>) rules)
                                    .stream().filter(view::isSelectedBy).toList())
                    .forEach(this::add);
        }
    }

    private void addIfThere(Kind kind, Workload workload) {
        var key = new ResourceKey(kind, workload.namespace(), workload.name());
        if (config.resources().containsKey(key)) {
            found.add(key);
        }
    }

    private boolean concerns(String host) {
        return hosts.contains(host)
                || host.startsWith("*")
                        && hosts.stream().anyMatch(concerned -> Hosts.covers(host, concerned));
    }

    private static Set<String> hosts(XdsResource resource) {
        var hosts = new HashSet<String>();
        resource.clusters().forEach(cluster -> hosts.add(host(cluster)));
        hosts.add(host(resource.name()));
        return hosts;
    }

    /// The last part of `outbound|9080|v1|reviews.shop.svc.cluster.local`.
    private static String host(String cluster) {
        return cluster.substring(cluster.lastIndexOf('|') + 1);
    }
}
