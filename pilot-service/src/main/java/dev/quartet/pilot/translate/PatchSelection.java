package dev.quartet.pilot.translate;

import com.google.re2j.Pattern;
import dev.quartet.config.Resource;
import dev.quartet.config.networking.EnvoyFilter;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.patch.Context;
import dev.quartet.pilot.patch.PatchId;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Labels;
import dev.quartet.pilot.snapshot.Workload;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// The patches that a proxy gets, as a part of the keys of what it gets: proxies with equal ones share what is patched. Those of the root
/// namespace come first (Istio 1.4, `core/v1alpha3/envoyfilter`).
///
/// @param patches in the order in which they come into play; none for nearly every proxy there is
/// @param sides what the proxy has
record PatchSelection(List<PatchId> patches, Set<Context> sides) {
    private static final Set<Context> SIDECAR =
            EnumSet.of(Context.SIDECAR_INBOUND, Context.SIDECAR_OUTBOUND);

    static PatchSelection of(Facts facts, Proxy proxy) {
        var sides = proxy.role() == Proxy.Role.GATEWAY ? EnumSet.of(Context.GATEWAY) : SIDECAR;
        var root = facts.mesh().rootNamespace();
        var filters =
                proxy.namespace().equals(root)
                        ? facts.envoyFilters(root)
                        : Stream.concat(
                                        facts.envoyFilters(root).stream(),
                                        facts.envoyFilters(proxy.namespace()).stream())
                                .toList();
        if (filters.isEmpty()) {
            return new PatchSelection(List.of(), sides);
        }
        var labels =
                facts.workload(proxy.instance())
                        .<Map<String, String>>map(Workload::labels)
                        .orElse(Map.of());
        var chosen = new ArrayList<PatchId>();
        for (var filter : filters) {
            var selector = filter.spec().workloadSelector();
            if (selector == null || Labels.match(selector.labels(), labels)) {
                add(filter, proxy, chosen);
            }
        }
        chosen.removeAll(facts.patchesLeftOut());
        return new PatchSelection(List.copyOf(chosen), sides);
    }

    private static void add(Resource<EnvoyFilter> filter, Proxy proxy, List<PatchId> chosen) {
        for (var number = 0; number < filter.spec().configPatches().size(); number++) {
            var match = filter.spec().configPatches().get(number).match();
            if (match == null || match.proxy() == null || isMeant(match.proxy(), proxy)) {
                chosen.add(new PatchId(filter.key(), number));
            }
        }
    }

    private static boolean isMeant(EnvoyFilter.ProxyMatch wanted, Proxy proxy) {
        var version = wanted.proxyVersion();
        return (version == null || Pattern.compile(version).matcher(proxy.envoyVersion()).find())
                && proxy.metadata().entrySet().containsAll(wanted.metadata().entrySet());
    }

    boolean isEmpty() {
        return patches.isEmpty();
    }
}
