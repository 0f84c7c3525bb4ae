package dev.quartet.galley.change;

import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import dev.quartet.config.read.ReadResource;
import dev.quartet.galley.history.Cause;
import dev.quartet.galley.history.History;
import dev.quartet.galley.history.LoggedRevision;
import dev.quartet.galley.history.RevisionContent;
import dev.quartet.galley.process.ConfigEntry;
import dev.quartet.galley.process.ConfigProcessor;
import dev.quartet.galley.process.JudgedConfig;
import dev.quartet.galley.snapshot.Revision;
import dev.quartet.galley.snapshot.RevisionLog;
import dev.quartet.galley.source.AppliedSource;
import dev.quartet.galley.source.ConfigFile;
import dev.quartet.galley.source.DirectorySource;
import dev.quartet.galley.source.Origin;
import dev.quartet.galley.source.SourceContent;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Decides changes, one at a time and each as a whole.
///
/// A REST change is let in when it makes no new error anywhere; then it goes to disk (recorded, applied), into force and
/// out to the sinks, in this order. An edited directory can't be refused: what is wrong with it is shown among [JudgedConfig#problems]. An
/// object of Kubernetes is judged before the apiserver stores it, and comes as a change of its source when it has.
public final class ChangeDesk implements ConfigChanges, AutoCloseable {
    /// Told of each decision, for metrics.
    public interface Observer {
        void accepted(Collection<ResourceKey> resources);

        void refused(Collection<Problem> errors);

        void sourceChanged();
    }

    private final ConfigProcessor processor;
    private final AppliedSource applied;
    private final List<Supplier<SourceContent>> others;
    private final RevisionLog log;
    private final RevisionRecorder recorder;
    private final Observer observer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private final List<BiConsumer<Cause, ConfigState>> followers = new CopyOnWriteArrayList<>();
    private volatile InForce inForce;
    private @Nullable Cause lastRefresh;

    /// @param sources what the config was made of
    private record InForce(List<SourceContent> sources, ConfigState state, Revision revision) {
        static InForce of(List<SourceContent> sources, JudgedConfig config, Revision revision) {
            return new InForce(sources, new ConfigState(config, revision.id()), revision);
        }

        JudgedConfig config() {
            return state.config();
        }

        /// The sources that REST does not change.
        List<SourceContent> others() {
            return sources.stream().filter(it -> it.origin() != Origin.APPLIED).toList();
        }
    }

    private ChangeDesk(
            ConfigProcessor processor,
            AppliedSource applied,
            List<Supplier<SourceContent>> others,
            InForce first,
            RevisionLog log,
            History history,
            Observer observer) {
        this.processor = processor;
        this.applied = applied;
        this.others = List.copyOf(others);
        this.inForce = first;
        this.log = log;
        this.recorder = new RevisionRecorder(history);
        this.observer = observer;
    }

    /// Reads all sources and makes the first revision. What has changed since the last one that was recorded is recorded
    /// as found at the start.
    public static ChangeDesk open(
            AppliedSource applied,
            List<Supplier<SourceContent>> others,
            History history,
            Clock clock,
            Observer observer) {
        var processor = new ConfigProcessor();
        var sources = sources(applied.content(), contents(others));
        var config = processor.process(sources);
        var log = new RevisionLog(resources(config), clock);
        var first = InForce.of(sources, config, log.current());
        var desk = new ChangeDesk(processor, applied, others, first, log, history, observer);
        desk.recorder.recordSoon(Cause.start(), first.state());
        return desk;
    }

    public RevisionLog log() {
        return log;
    }

    /// What was in force, and who made it so.
    public History history() {
        return recorder.history();
    }

    /// The config in force.
    public JudgedConfig config() {
        return inForce.config();
    }

    /// The config in force and its revision, of one moment.
    public ConfigState state() {
        return inForce.state();
    }

    /// The resource that is in force.
    public Optional<Resource<?>> resource(ResourceKey key) {
        return Optional.ofNullable(config().entries().get(key)).map(ConfigEntry::resource);
    }

    /// What the config would be with more resources; nothing changes here, and nothing is refused.
    public JudgedConfig with(SourceContent more) {
        var sources = new ArrayList<>(inForce.sources());
        sources.add(more);
        // another one, so that this one goes on remembering what is in force
        return new ConfigProcessor().process(sources);
    }

    private interface Attempt {
        Outcome make() throws IOException;
    }

    @Override
    public Outcome apply(List<ConfigFile> files, Terms terms) throws IOException {
        return alone(terms, () -> decide(Proposal.apply(applied.resources(), files), terms));
    }

    @Override
    public Outcome delete(Collection<ResourceKey> keys, Terms terms) throws IOException {
        return alone(
                terms,
                () -> {
                    var proposal = Proposal.delete(applied.resources(), keys);
                    var foreign =
                            proposal.missing().stream()
                                    .map(config().entries()::get)
                                    .filter(Objects::nonNull)
                                    .toList();
                    return foreign.isEmpty()
                            ? decide(proposal, terms)
                            : new Outcome.NotApplied(
                                    foreign.stream().map(it -> it.resource().key()).toList(),
                                    foreign.stream().map(ConfigEntry::place).toList());
                });
    }

    @Override
    public Outcome rollback(LoggedRevision revision, RevisionContent then, Terms terms)
            throws IOException {
        var rollback = Rollback.to(revision, then, Origin.APPLIED);
        return alone(
                terms,
                () -> {
                    var proposal = rollback.proposal(applied.resources(), config());
                    var outcome = decide(proposal, terms);
                    return outcome instanceof Outcome.Accepted accepted
                            ? accepted.leaving(rollback.untouched(accepted.after().config()))
                            : outcome;
                });
    }

    /// Makes an attempt while nobody else does, if its precondition holds.
    private Outcome alone(Terms terms, Attempt attempt) throws IOException {
        lock.lock();
        try {
            var stale = terms.precondition().unmetBy(state());
            return stale.isPresent() ? stale.get() : attempt.make();
        } finally {
            lock.unlock();
        }
    }

    /// Takes what the other sources have now, and records it.
    ///
    /// @param cause why they have it
    public void refresh(Cause cause) {
        refresh(false, cause);
        recorder.recordDue();
    }

    /// Calls `follower` with all that the other sources bring into force, the last of it at once; it must not block.
    public void follow(BiConsumer<Cause, ConfigState> follower) {
        lock.lock();
        try {
            if (lastRefresh != null) {
                follower.accept(lastRefresh, inForce.state());
            }
            followers.add(follower);
        } finally {
            lock.unlock();
        }
    }

    /// The same for a directory, of whose change only a part may be there, and which does not wait for the record.
    public DirectorySource.Changes ofDirectory() {
        return new DirectorySource.Changes() {
            @Override
            public boolean offer() {
                return refresh(true, Cause.directory());
            }

            @Override
            public void take() {
                refresh(false, Cause.directory());
            }
        };
    }

    /// @param onlyGood whether nothing is taken when there is a new problem
    /// @return whether it was taken
    private boolean refresh(boolean onlyGood, Cause cause) {
        lock.lock();
        try {
            var next = judge(applied.content(), contents(others));
            if (onlyGood && !next.config().problemsNotIn(config()).isEmpty()) {
                return false;
            }
            observer.sourceChanged();
            inForce = next;
            log.publish(next.revision());
            recorder.recordSoon(cause, next.state());
            lastRefresh = cause;
            followers.forEach(it -> it.accept(cause, next.state()));
            moved.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private Outcome decide(Proposal proposal, Terms terms) throws IOException {
        var before = inForce;
        // What the others have by now comes in by refresh, as a change of its own.
        var after = judge(AppliedSource.content(proposal.next().values()), before.others());
        var trial = trial(before, after, proposal, Origin.APPLIED);
        if (!trial.verdict().good()) {
            if (!terms.dryRun()) {
                observer.refused(trial.verdict().errors());
            }
            return trial.refused();
        }
        LoggedRevision logged = null;
        if (!terms.dryRun()) {
            logged = putInForce(terms.cause(), proposal.next(), after);
            observer.accepted(proposal.touched());
        }
        return trial.accepted(logged);
    }

    private static Trial trial(InForce before, InForce after, Proposal proposal, Origin origin) {
        return new Trial(
                before.state(),
                after.state(),
                proposal,
                Verdict.of(
                        before.config(),
                        after.config(),
                        proposal.touched(),
                        proposal.ownProblems()),
                origin);
    }

    /// What a change of a cluster's objects would mean; nothing changes here.
    public Trial tryInKubernetes(Proposal proposal) {
        var before = inForce;
        var now =
                proposal.touched().stream()
                        .map(proposal.next()::get)
                        .filter(Objects::nonNull)
                        .toList();
        var after = judge(inKubernetes(before.sources(), proposal.touched(), now));
        return trial(before, after, proposal, Origin.KUBERNETES);
    }

    private @Nullable LoggedRevision putInForce(
            Cause cause, Map<ResourceKey, ReadResource> next, InForce after) throws IOException {
        var logged = recorder.record(cause, after.state(), () -> applied.replace(next));
        inForce = after;
        moved.signalAll();
        log.publish(after.revision());
        return logged;
    }

    /// What it would mean if Kubernetes stored this object; nothing changes here.
    ///
    /// @param patience how long an error that other objects could cure is waited for: they may have been stored a moment
    ///     ago, and not have come here yet
    public Verdict judge(ConfigFile object, Duration patience) throws InterruptedException {
        var keys = object.resources().stream().map(read -> read.resource().key()).toList();
        var incurable = object.problems().stream().anyMatch(it -> it.severity() == Severity.ERROR);
        return judge(
                keys,
                object.resources(),
                object.problems(),
                verdict -> verdict.good() || incurable,
                patience);
    }

    /// The same for an object that Kubernetes is about to delete.
    ///
    /// @param settled whether a verdict need not be waited with: what others name may be gone from them a moment ago
    public Verdict judgeDelete(ResourceKey key, Predicate<Verdict> settled, Duration patience)
            throws InterruptedException {
        return judge(List.of(key), List.of(), List.of(), settled, patience);
    }

    private Verdict judge(
            List<ResourceKey> touched,
            List<ReadResource> now,
            List<Problem> ownProblems,
            Predicate<Verdict> settled,
            Duration patience)
            throws InterruptedException {
        long left = patience.toNanos();
        while (true) {
            var seen = inForce;
            var after = processor.process(inKubernetes(seen.sources(), touched, now));
            var verdict = Verdict.of(seen.config(), after, touched, ownProblems);
            if (left <= 0 || settled.test(verdict)) {
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

    private InForce judge(SourceContent applied, List<SourceContent> others) {
        return judge(sources(applied, others));
    }

    private InForce judge(List<SourceContent> sources) {
        var config = processor.process(sources);
        return InForce.of(sources, config, log.of(resources(config)));
    }

    private static List<SourceContent> contents(List<Supplier<SourceContent>> sources) {
        return sources.stream().map(Supplier::get).toList();
    }

    private static List<SourceContent> sources(SourceContent applied, List<SourceContent> others) {
        var sources = new ArrayList<>(others);
        sources.add(applied);
        return List.copyOf(sources);
    }

    /// Waits until what came into force is recorded.
    @Override
    public void close() {
        recorder.close();
    }

    private static List<Resource<?>> resources(JudgedConfig config) {
        var resources = new ArrayList<Resource<?>>();
        config.entries().values().forEach(entry -> resources.add(entry.resource()));
        return resources;
    }
}
