package dev.quartet.config.check;

import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.check.ConfigSetChecker.KnownService;
import dev.quartet.config.networking.HostTable;
import dev.quartet.config.read.ReadResource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What the resources of a set bring and name, by host, key and claim, and what has changed about it since it was last asked.
/// Where two bring the same, the first by key counts. Not thread-safe.
final class SetIndex {
    /// @param known services from elsewhere; they come before ServiceEntries
    SetIndex(Collection<KnownService> known) {
        known.forEach(service -> this.known.putIfAbsent(service.host(), service.ports()));
    }

    /// What only one can have.
    record Claimed(Kind kind, String namespace, Object what) {
        static Claimed of(SetFacts.Claim claim) {
            return switch (claim) {
                case SetFacts.Claim.OnHost onHost ->
                        new Claimed(
                                onHost.kind(),
                                onHost.namespace(),
                                onHost.callers() == null
                                        ? onHost.host()
                                        : List.of(onHost.host(), onHost.callers()));
                case SetFacts.Claim.OnWorkloads(var kind, var namespace, var labels) ->
                        new Claimed(kind, namespace, labels);
                case SetFacts.Claim.OnMesh(var kind) -> new Claimed(kind, "", "");
            };
        }
    }

    /// A resource, and its first claim on something.
    record Claimant(ReadResource resource, SetFacts.Claim claim) {}

    /// What has changed.
    ///
    /// @param everything a pattern came or went, which any host may match
    record Changed(
            boolean everything,
            Set<String> hosts,
            Set<ResourceKey> referables,
            Set<Claimed> claims) {}

    private final HostTable<Set<Integer>> known = new HostTable<>();
    private final HostTable<SortedMap<ResourceKey, Set<Integer>>> made = new HostTable<>();
    private final Map<String, SortedMap<ResourceKey, List<String>>> rules = new HashMap<>();
    private final SortedMap<ResourceKey, Integer> referables = new TreeMap<>();
    private final Map<Claimed, SortedMap<ResourceKey, Claimant>> claims = new HashMap<>();
    private final Map<String, Set<ReadResource>> namingHost = new HashMap<>();
    private final Map<ResourceKey, Set<ReadResource>> naming = new HashMap<>();

    private boolean everythingChanged;
    private final Set<String> changedHosts = new HashSet<>();
    private final Set<ResourceKey> changedReferables = new HashSet<>();
    private final Set<Claimed> changedClaims = new HashSet<>();

    void add(ReadResource read, SetFacts facts) {
        var key = read.resource().key();
        for (var service : facts.services()) {
            var makers = made.get(service.host());
            if (makers == null) {
                makers = new TreeMap<>();
                made.putIfAbsent(service.host(), makers);
            }
            makers.put(key, service.ports());
            changed(service.host());
        }
        if (facts.rule() != null) {
            rules.computeIfAbsent(facts.rule().host(), host -> new TreeMap<>())
                    .put(key, facts.rule().subsets());
            changedHosts.add(facts.rule().host());
        }
        if (facts.referable() != null) {
            referables.merge(facts.referable(), 1, Integer::sum);
            changedReferables.add(facts.referable());
        }
        for (var named : facts.named()) {
            switch (named) {
                case SetFacts.Named.Service service -> with(namingHost, service.host(), read);
                case SetFacts.Named.Target target -> with(namingHost, target.host(), read);
                case SetFacts.Named.Other other -> with(naming, other.key(), read);
            }
        }
        for (var claim : facts.claims()) {
            var claimed = Claimed.of(claim);
            claims.computeIfAbsent(claimed, c -> new TreeMap<>())
                    .putIfAbsent(key, new Claimant(read, claim));
            changedClaims.add(claimed);
        }
    }

    void remove(ReadResource read, SetFacts facts) {
        var key = read.resource().key();
        for (var service : facts.services()) {
            var makers = made.get(service.host());
            if (makers != null && makers.remove(key) != null && makers.isEmpty()) {
                made.remove(service.host());
            }
            changed(service.host());
        }
        if (facts.rule() != null) {
            without(rules, facts.rule().host(), key);
            changedHosts.add(facts.rule().host());
        }
        if (facts.referable() != null) {
            referables.computeIfPresent(
                    facts.referable(), (name, count) -> count == 1 ? null : count - 1);
            changedReferables.add(facts.referable());
        }
        for (var named : facts.named()) {
            switch (named) {
                case SetFacts.Named.Service service -> without(namingHost, service.host(), read);
                case SetFacts.Named.Target target -> without(namingHost, target.host(), read);
                case SetFacts.Named.Other other -> without(naming, other.key(), read);
            }
        }
        for (var claim : facts.claims()) {
            var claimed = Claimed.of(claim);
            without(claims, claimed, key);
            changedClaims.add(claimed);
        }
    }

    private void changed(String host) {
        everythingChanged |= Values.isWildcard(host);
        changedHosts.add(host);
    }

    private static <K, V> void without(
            Map<K, SortedMap<ResourceKey, V>> all, K name, ResourceKey key) {
        all.computeIfPresent(
                name,
                (same, ofName) -> {
                    ofName.remove(key);
                    return ofName.isEmpty() ? null : ofName;
                });
    }

    private static <K> void with(Map<K, Set<ReadResource>> all, K name, ReadResource who) {
        all.computeIfAbsent(name, same -> Collections.newSetFromMap(new IdentityHashMap<>()))
                .add(who);
    }

    private static <K> void without(Map<K, Set<ReadResource>> all, K name, ReadResource who) {
        all.computeIfPresent(
                name,
                (same, ofName) -> {
                    ofName.remove(who);
                    return ofName.isEmpty() ? null : ofName;
                });
    }

    /// What has changed since the last call.
    Changed changes() {
        var changed =
                new Changed(
                        everythingChanged,
                        Set.copyOf(changedHosts),
                        Set.copyOf(changedReferables),
                        Set.copyOf(changedClaims));
        everythingChanged = false;
        changedHosts.clear();
        changedReferables.clear();
        changedClaims.clear();
        return changed;
    }

    Collection<ReadResource> namingHost(String host) {
        return namingHost.getOrDefault(host, Set.of());
    }

    Collection<ReadResource> naming(ResourceKey referable) {
        return naming.getOrDefault(referable, Set.of());
    }

    /// The ports of a host; null when no service has it.
    @Nullable Set<Integer> ports(String host) {
        var own = known.covering(host);
        if (own != null) {
            return own;
        }
        var makers = made.covering(host);
        return makers == null ? null : makers.firstEntry().getValue();
    }

    /// Of every service, in their order.
    List<String> hosts() {
        var hosts = new ArrayList<>(known.hosts());
        hosts.addAll(made.hosts());
        Collections.sort(hosts);
        return hosts;
    }

    /// Of a host: those of all its rules, since those of a namespace are merged.
    Set<String> subsets(String host) {
        var ofHost = rules.get(host);
        if (ofHost == null) {
            return Set.of();
        }
        var subsets = new TreeSet<String>();
        ofHost.values().forEach(subsets::addAll);
        return subsets;
    }

    boolean has(ResourceKey referable) {
        return referables.containsKey(referable);
    }

    /// Names of the referable ones, `namespace/name`, in their order.
    List<String> names(Kind kind) {
        return referables.keySet().stream()
                .filter(key -> key.kind() == kind)
                .map(ResourceKey::namespacedName)
                .toList();
    }

    /// In the order of their keys: the first has it.
    Collection<Claimant> claimants(Claimed claimed) {
        var who = claims.get(claimed);
        return who == null ? List.of() : who.values();
    }
}
