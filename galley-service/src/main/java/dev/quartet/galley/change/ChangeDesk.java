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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// Decides changes, one at a time and each as a whole.
///
/// A REST change is let in when it makes no new error anywhere; then it goes to disk, into force and out to the sinks, in
/// this order. An edited directory can't be refused: what is wrong with it is shown among [JudgedConfig#problems]. An
/// object of Kubernetes is judged before the apiserver stores it, and comes as a change of its source when it has.
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
    private final Condition moved = lock.newCondition();
    private volatile InForce inForce;

    /// @param sources what the config was made of
    private record InForce(List<SourceContent> sources, JudgedConfig config) {}

    private ChangeDesk(
            AppliedSource applied,
            List<Supplier<SourceContent>> others,
            InForce first,
            RevisionLog log,
            Observer observer) {
        this.applied = applied;
        this.others = List.copyOf(others);
        this.inForce = first;
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
                applied,
                others,
                first,
                new RevisionLog(resources(first.config()), clock),
                observer);
    }

    public RevisionLog log() {
        return log;
    }

    /// The config in force.
    public JudgedConfig config() {
        return inForce.config();
    }

    /// What the config would be with more resources; nothing changes here, and nothing is refused.
    public JudgedConfig with(SourceContent more) {
        var sources = new ArrayList<>(inForce.sources());
        sources.add(more);
        return ConfigProcessor.process(sources);
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
                var entry = config().entries().get(key);
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
            inForce = judge(applied.content(), others);
            log.publish(resources(config()));
            moved.signalAll();
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
        var before = config();
        var after = judge(AppliedSource.content(next.values()), others);
        var verdict = Verdict.of(before, after.config(), touched, ownProblems);
        if (!verdict.good()) {
            if (!dryRun) {
                observer.refused(verdict.errors());
            }
            return new Outcome.Refused(verdict.problems());
        }
        var revision = dryRun ? log.idOf(resources(after.config())) : putInForce(next, after);
        if (!dryRun) {
            observer.accepted(touched);
        }
        return describe(revision, before, after.config(), touched, missing, verdict.warnings());
    }

    private String putInForce(Map<ResourceKey, ReadResource> next, InForce after)
            throws IOException {
        applied.replace(next);
        inForce = after;
        moved.signalAll();
        return log.publish(resources(after.config())).id();
    }

    /// What it would mean if Kubernetes stored this object; nothing changes here.
    ///
    /// @param patience how long an error that other objects could cure is waited for: they may have been stored a moment
    ///     ago, and not have come here yet
    public Verdict judge(ConfigFile object, Duration patience) throws InterruptedException {
        var keys = object.resources().stream().map(read -> read.resource().key()).toList();
        return judge(keys, object.resources(), object.problems(), patience);
    }

    /// The same for an object that Kubernetes is about to delete.
    public Verdict judgeDelete(ResourceKey key, Duration patience) throws InterruptedException {
        return judge(List.of(key), List.of(), List.of(), patience);
    }

    private Verdict judge(
            List<ResourceKey> touched,
            List<ReadResource> now,
            List<Problem> ownProblems,
            Duration patience)
            throws InterruptedException {
        long left = patience.toNanos();
        while (true) {
            var seen = inForce;
            var after = ConfigProcessor.process(inKubernetes(seen.sources(), touched, now));
            var verdict = Verdict.of(seen.config(), after, touched, ownProblems);
            var incurable = ownProblems.stream().anyMatch(it -> it.severity() == Severity.ERROR);
            if (verdict.good() || incurable || left <= 0) {
                return verdict;
            }
            left = awaitMove(seen, left);
        }
    }

    private static List<SourceContent> inKubernetes(
            List<SourceContent> sources, List<ResourceKey> touched, List<ReadResource> now) {
        var changed = new ArrayList<SourceContent>();
        sources.stream().filter(it -> it.origin() != Origin.KUBERNETES).forEach(changed::add);
        changed.add(
                sources.stream()
                        .filter(it -> it.origin() == Origin.KUBERNETES)
                        .findFirst()
                        .orElseGet(() -> new SourceContent(Origin.KUBERNETES, List.of(), List.of()))
                        .changed(touched, now));
        return changed;
    }

    /// @return what is left of the time
    @SuppressWarnings("ReferenceEquality") // another moment, though its content may be the same
    private long awaitMove(InForce seen, long nanos) throws InterruptedException {
        long left = nanos;
        lock.lockInterruptibly();
        try {
            while (inForce == seen && left > 0) {
                left = moved.awaitNanos(left);
            }
            return left;
        } finally {
            lock.unlock();
        }
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

    private static InForce judge(SourceContent applied, List<Supplier<SourceContent>> others) {
        var sources = new ArrayList<SourceContent>();
        others.forEach(other -> sources.add(other.get()));
        sources.add(applied);
        return new InForce(List.copyOf(sources), ConfigProcessor.process(sources));
    }

    private static List<Resource<?>> resources(JudgedConfig config) {
        var resources = new ArrayList<Resource<?>>();
        config.entries().values().forEach(entry -> resources.add(entry.resource()));
        return resources;
    }
}
