package dev.quartet.galley.change;

import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import dev.quartet.config.read.ReadResource;
import dev.quartet.galley.process.ConfigEntry;
import dev.quartet.galley.process.ConfigProcessor;
import dev.quartet.galley.process.JudgedConfig;
import dev.quartet.galley.snapshot.RevisionLog;
import dev.quartet.galley.source.AppliedSource;
import dev.quartet.galley.source.ConfigFile;
import dev.quartet.galley.source.Origin;
import dev.quartet.galley.source.SourceContent;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// Decides changes, one at a time and each as a whole.
///
/// A REST change is let in when it makes no new error anywhere; then it goes to disk, into force and out to the sinks, in
/// this order. An edited directory can't be refused: what is wrong with it is shown among [JudgedConfig#problems].
public final class ChangeDesk {
    /// Told of each decision, for metrics.
    public interface Observer {
        void accepted(Collection<ResourceKey> resources);

        void refused(Collection<Problem> errors);

        void sourceChanged();
    }

    private final AppliedSource applied;
    private final List<Supplier<SourceContent>> others;
    private final RevisionLog log;
    private final Observer observer;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile JudgedConfig config;

    private ChangeDesk(
            AppliedSource applied,
            List<Supplier<SourceContent>> others,
            JudgedConfig first,
            RevisionLog log,
            Observer observer) {
        this.applied = applied;
        this.others = List.copyOf(others);
        this.config = first;
        this.log = log;
        this.observer = observer;
    }

    /// Reads all sources and makes the first revision.
    public static ChangeDesk open(
            AppliedSource applied,
            List<Supplier<SourceContent>> others,
            Clock clock,
            Observer observer) {
        var first = judge(applied.content(), others);
        return new ChangeDesk(
                applied, others, first, new RevisionLog(resources(first), clock), observer);
    }

    public RevisionLog log() {
        return log;
    }

    /// The config in force.
    public JudgedConfig config() {
        return config;
    }

    /// Takes all documents of all files, or none.
    ///
    /// @throws IOException when the disk refuses; nothing has changed then
    public Outcome apply(List<ConfigFile> files, boolean dryRun) throws IOException {
        lock.lock();
        try {
            var ownProblems = new LinkedHashSet<Problem>(ConfigFile.duplicates(files));
            var next = applied.resources();
            var touched = new ArrayList<ResourceKey>();
            for (var file : files) {
                ownProblems.addAll(file.problems());
                for (var read : file.resources()) {
                    next.put(read.resource().key(), read);
                    touched.add(read.resource().key());
                }
            }
            return decide(next, touched, ownProblems, dryRun, List.of());
        } finally {
            lock.unlock();
        }
    }

    /// Deletes what was applied by REST, all or nothing.
    ///
    /// @throws IOException when the disk refuses; nothing has changed then
    public Outcome delete(Collection<ResourceKey> keys, boolean dryRun) throws IOException {
        lock.lock();
        try {
            var next = applied.resources();
            var missing = new ArrayList<ResourceKey>();
            var foreign = new ArrayList<ConfigEntry>();
            var touched = new ArrayList<ResourceKey>();
            for (var key : new LinkedHashSet<>(keys)) {
                var entry = config.entries().get(key);
                if (next.remove(key) != null) {
                    touched.add(key);
                } else if (entry == null) {
                    missing.add(key);
                } else {
                    foreign.add(entry);
                }
            }
            if (!foreign.isEmpty()) {
                return new Outcome.NotApplied(
                        foreign.stream().map(entry -> entry.resource().key()).toList(),
                        foreign.stream().map(ChangeDesk::place).toList());
            }
            return decide(next, touched, Set.of(), dryRun, missing);
        } finally {
            lock.unlock();
        }
    }

    private static String place(ConfigEntry entry) {
        return switch (entry.origin()) {
            case BUILT_IN -> "the built-in defaults";
            case DIRECTORY -> "the directory's file " + entry.read().position();
            case APPLIED -> "REST";
            case KUBERNETES -> "Kubernetes, " + entry.read().position();
        };
    }

    /// Takes what the other sources have now.
    public void refresh() {
        lock.lock();
        try {
            observer.sourceChanged();
            config = judge(applied.content(), others);
            log.publish(resources(config));
        } finally {
            lock.unlock();
        }
    }

    private Outcome decide(
            SortedMap<ResourceKey, ReadResource> next,
            List<ResourceKey> touched,
            Collection<Problem> ownProblems,
            boolean dryRun,
            List<ResourceKey> missing)
            throws IOException {
        var before = config;
        var after = judge(AppliedSource.content(next.values()), others);
        var problems = new LinkedHashSet<>(ownProblems);
        // A document that could not be read is missing from the set: what others then lack would
        // only confuse.
        var allRead =
                ownProblems.stream()
                        .filter(it -> it.severity() == Severity.ERROR)
                        .allMatch(it -> it.resource() != null && touched.contains(it.resource()));
        if (allRead) {
            problems.addAll(after.problemsNotIn(before));
            touched.forEach(key -> problems.addAll(after.problemsOf(key)));
        }
        var errors = problems.stream().filter(it -> it.severity() == Severity.ERROR).toList();
        var lesser = problems.stream().filter(it -> it.severity() != Severity.ERROR).toList();
        if (!errors.isEmpty()) {
            if (!dryRun) {
                observer.refused(errors);
            }
            var all = new ArrayList<>(errors);
            all.addAll(lesser);
            return new Outcome.Refused(all);
        }
        var revision = dryRun ? log.idOf(resources(after)) : putInForce(next, after);
        if (!dryRun) {
            observer.accepted(touched);
        }
        return describe(revision, before, after, touched, missing, lesser);
    }

    private String putInForce(Map<ResourceKey, ReadResource> next, JudgedConfig after)
            throws IOException {
        applied.replace(next);
        config = after;
        return log.publish(resources(after)).id();
    }

    private static Outcome.Accepted describe(
            String revision,
            JudgedConfig before,
            JudgedConfig after,
            List<ResourceKey> touched,
            List<ResourceKey> missing,
            List<Problem> warnings) {
        var created = new ArrayList<ResourceKey>();
        var changed = new ArrayList<ResourceKey>();
        var unchanged = new ArrayList<ResourceKey>();
        var deleted = new ArrayList<ResourceKey>();
        var uncovered = new ArrayList<ResourceKey>();
        for (var key : touched) {
            var old = before.entries().get(key);
            var now = after.entries().get(key);
            if (now == null) {
                deleted.add(key);
            } else if (old == null) {
                created.add(key);
            } else if (old.origin() == Origin.APPLIED && now.origin() != Origin.APPLIED) {
                deleted.add(key);
                uncovered.add(key);
            } else if (old.resource().version().equals(now.resource().version())) {
                unchanged.add(key);
            } else {
                changed.add(key);
            }
        }
        return new Outcome.Accepted(
                revision, created, changed, unchanged, deleted, missing, uncovered, warnings);
    }

    private static JudgedConfig judge(SourceContent applied, List<Supplier<SourceContent>> others) {
        var sources = new ArrayList<SourceContent>();
        others.forEach(other -> sources.add(other.get()));
        sources.add(applied);
        return ConfigProcessor.process(sources);
    }

    private static List<Resource<?>> resources(JudgedConfig config) {
        var resources = new ArrayList<Resource<?>>();
        config.entries().values().forEach(entry -> resources.add(entry.resource()));
        return resources;
    }
}
