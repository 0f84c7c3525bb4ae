package dev.quartet.pilot.trial;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.check.ConfigSetChecker;
import dev.quartet.config.check.ConfigSetChecker.KnownService;
import dev.quartet.config.read.ReadResource;
import dev.quartet.pilot.ingest.MeshInputs;
import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.SnapshotBuilder;
import dev.quartet.pilot.translate.ProxyConfig;
import dev.quartet.pilot.translate.ResourceSet;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.stream.ConfigSnapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Makes, beside the real one, the config that a change would give. It works on the caller's thread with a snapshot builder of
/// its own, takes over the pieces that would stay as they are, and keeps nothing. Thread-safe; one at a time, since each costs
/// about what a new snapshot does.
public final class Trial {
    private static final long PATIENCE_SECONDS = 10;

    private final Semaphore one = new Semaphore(1, true);

    /// @param applied in the place of what has their names; of a kind that the mesh has one of, in the place of that one
    /// @param deleted taken out; what is not there is not missed
    public record Change(List<ReadResource> applied, Set<ResourceKey> deleted) {
        public Change {
            applied = List.copyOf(applied);
            deleted = Set.copyOf(deleted);
        }
    }

    /// @throws BusyException when others take too long
    public Outlook of(Current current, Collection<Proxy> proxies, Change change)
            throws InterruptedException {
        if (!one.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new BusyException();
        }
        try {
            return outlook(current, proxies, change);
        } finally {
            one.release();
        }
    }

    /// Others are being tried.
    public static final class BusyException extends RuntimeException {
        private static final long serialVersionUID = 1;

        BusyException() {
            super(
                    "other changes are being tried, and this one has waited for %d s; try again"
                            .formatted(PATIENCE_SECONDS));
        }
    }

    private static Outlook outlook(Current current, Collection<Proxy> proxies, Change change) {
        var inputs = current.inputs();
        var config = changed(inputs.config(), change);
        var before = current.translation();
        var after =
                before.trial(
                        new SnapshotBuilder()
                                .build(
                                        new MeshInputs(
                                                config,
                                                inputs.presences(),
                                                inputs.registry(),
                                                inputs.issuers(),
                                                inputs.leftOut())));

        var differences = new Differences();
        var touched = new ArrayList<Outlook.Touched>();
        for (var proxy : proxies) {
            var changes = differences.of(before.configFor(proxy), after.configFor(proxy));
            if (!changes.isEmpty()) {
                touched.add(new Outlook.Touched(proxy, changes));
            }
        }
        touched.sort(
                Comparator.comparing((Outlook.Touched it) -> it.proxy().namespace())
                        .thenComparing(it -> it.proxy().instance()));

        var known = new ArrayList<>(before.problems());
        known.addAll(checked(inputs.config(), inputs.registry(), Map.of()));
        var found = new ArrayList<>(after.problems());
        found.addAll(checked(config, inputs.registry(), read(change)));
        return new Outlook(
                inputs.config().revision(),
                List.copyOf(touched),
                proxies.size() - touched.size(),
                without(found, known),
                without(known, found));
    }

    private static ConfigSnapshot changed(ConfigSnapshot config, Change change) {
        var resources = new TreeMap<ResourceKey, Resource<?>>(config.resources());
        for (var read : change.applied()) {
            var key = read.resource().key();
            if (key.kind().scope() == Kind.Scope.MESH) {
                resources.keySet().removeIf(other -> other.kind() == key.kind());
            }
            resources.put(key, read.resource());
        }
        resources.keySet().removeAll(change.deleted());
        return new ConfigSnapshot(config.revision(), resources);
    }

    private static Map<ResourceKey, ReadResource> read(Change change) {
        return change.applied().stream()
                .collect(
                        Collectors.toMap(read -> read.resource().key(), read -> read, (_, b) -> b));
    }

    /// What is wrong with resources together.
    ///
    /// @param read those that have lines
    private static List<Problem> checked(
            ConfigSnapshot config, Registry registry, Map<ResourceKey, ReadResource> read) {
        var services =
                registry.services().stream()
                        .map(service ->
                                new KnownService(
                                        service.host(),
                                        service.ports().stream()
                                                .map(Registry.Port::number)
                                                .collect(Collectors.toSet())))
                        .toList();
        var resources = new ArrayList<ReadResource>();
        config.resources()
                .forEach((key, resource) -> {
                    var own = read.get(key);
                    resources.add(own != null ? own : ReadResource.at("in force", resource));
                });
        return ConfigSetChecker.checkRead(resources, services);
    }

    private record Said(
            Reason reason, @Nullable ResourceKey resource, FieldPath path, String fault) {
        static Said of(Problem problem) {
            return new Said(problem.reason(), problem.resource(), problem.path(), problem.fault());
        }
    }

    /// The same problem may stand in another line.
    private static List<Problem> without(List<Problem> problems, List<Problem> others) {
        var said = new HashSet<Said>();
        others.forEach(problem -> said.add(Said.of(problem)));
        return problems.stream()
                .filter(problem -> !said.contains(Said.of(problem)))
                .sorted(Comparator.comparing(Problem::severity).thenComparing(Problem::toString))
                .toList();
    }

    /// Proxies share sets, so what lies between two of them is looked for once.
    private static final class Differences {
        private final Map<ResourceSet, Map<ResourceSet, List<Outlook.Change>>> known =
                new IdentityHashMap<>();

        List<Outlook.Change> of(ProxyConfig before, ProxyConfig after) {
            var changes = new ArrayList<Outlook.Change>();
            for (var type : XdsType.values()) {
                var old = before.sets(type);
                var now = after.sets(type);
                if (old.size() == now.size()) {
                    for (var i = 0; i < now.size(); i++) {
                        changes.addAll(between(old.get(i), now.get(i)));
                    }
                } else {
                    changes.addAll(
                            between(
                                    together(old),
                                    together(now))); // a proxy that another Sidecar selects
                }
            }
            return changes;
        }

        private static ResourceSet together(List<ResourceSet> sets) {
            return ResourceSet.of(sets.stream().flatMap(set -> set.all().stream()).toList());
        }

        private List<Outlook.Change> between(ResourceSet before, ResourceSet after) {
            if (before == after) {
                return List.of();
            }
            return known.computeIfAbsent(before, _ -> new IdentityHashMap<>())
                    .computeIfAbsent(after, _ -> compared(before, after));
        }

        private static List<Outlook.Change> compared(ResourceSet before, ResourceSet after) {
            var changes = new ArrayList<Outlook.Change>();
            var difference = after.since(before);
            for (var resource : difference.changed()) {
                changes.add(new Outlook.Change(before.get(resource.name()), resource));
            }
            for (var name : difference.removed()) {
                changes.add(new Outlook.Change(before.get(name), null));
            }
            return List.copyOf(changes);
        }
    }
}
