package dev.quartet.galley.cluster;

import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ReadResource;
import dev.quartet.galley.batch.Batch;
import dev.quartet.galley.batch.Batch.Member;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.change.ConfigChanges;
import dev.quartet.galley.change.Outcome;
import dev.quartet.galley.change.Proposal;
import dev.quartet.galley.change.Rollback;
import dev.quartet.galley.change.Terms;
import dev.quartet.galley.change.Trial;
import dev.quartet.galley.cluster.BatchWriter.CalledOffException;
import dev.quartet.galley.cluster.BatchWriter.Written;
import dev.quartet.galley.history.LoggedRevision;
import dev.quartet.galley.history.RevisionContent;
import dev.quartet.galley.kube.ConfigObjects;
import dev.quartet.galley.kube.KubernetesSource;
import dev.quartet.galley.process.ConfigEntry;
import dev.quartet.galley.process.JudgedConfig;
import dev.quartet.galley.source.ConfigFile;
import dev.quartet.galley.source.Origin;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// REST's changes of a cluster's config. Each is judged as a whole by what is in force here, then written as one batch, and answered when this
/// Galley has it in force. Two changes at once, of whatever replica, come one after the other. Thread-safe.
final class ClusterChanges implements ConfigChanges {
    /// The objects' way through the watches.
    private static final Duration TO_COME_IN = Duration.ofSeconds(10);

    /// How often a change is made anew since an object of it has changed meanwhile.
    private static final int ATTEMPTS = 5;

    private final ChangeDesk desk;
    private final KubernetesSource source;
    private final ClusterObjects objects;
    private final BatchWriter writer;
    private final RevisionKeeper revisions;
    private final ChangeDesk.Observer observer;

    ClusterChanges(
            ChangeDesk desk,
            KubernetesSource source,
            ClusterObjects objects,
            BatchWriter writer,
            RevisionKeeper revisions,
            ChangeDesk.Observer observer) {
        this.desk = desk;
        this.source = source;
        this.objects = objects;
        this.writer = writer;
        this.revisions = revisions;
        this.observer = observer;
    }

    private interface Wish {
        /// @param there the objects that were taken in
        Proposal proposal(Map<ResourceKey, GenericKubernetesResource> there);
    }

    @Override
    public Outcome apply(List<ConfigFile> files, Terms terms) {
        return make(_ -> Proposal.apply(new TreeMap<>(), files), terms);
    }

    @Override
    public Outcome delete(Collection<ResourceKey> keys, Terms terms) {
        var foreign =
                keys.stream()
                        .map(desk.config().entries()::get)
                        .filter(Objects::nonNull)
                        .filter(it -> it.origin() != Origin.KUBERNETES)
                        .toList();
        if (!foreign.isEmpty()) {
            var stale = terms.precondition().unmetBy(desk.state());
            return stale.isPresent()
                    ? stale.get()
                    : new Outcome.NotApplied(
                            foreign.stream().map(it -> it.resource().key()).toList(),
                            foreign.stream().map(ConfigEntry::place).toList());
        }
        return make(
                there -> {
                    var mine = keys.stream().distinct().filter(there::containsKey).toList();
                    var missing =
                            keys.stream()
                                    .distinct()
                                    .filter(key -> !there.containsKey(key) && isObject(key))
                                    .toList();
                    var settings = keys.stream().filter(key -> !isObject(key)).toList();
                    var touched = new ArrayList<>(mine);
                    touched.addAll(settings);
                    return new Proposal(new TreeMap<>(), touched, List.of(), missing);
                },
                terms);
    }

    @Override
    public Outcome rollback(LoggedRevision revision, RevisionContent then, Terms terms) {
        var rollback = Rollback.to(revision, then, Origin.KUBERNETES);
        var outcome = make(_ -> rollback.proposal(inForce(desk.config()), desk.config()), terms);
        return outcome instanceof Outcome.Accepted accepted
                ? accepted.leaving(rollback.untouched(accepted.after().config()))
                : outcome;
    }

    private static SortedMap<ResourceKey, ReadResource> inForce(JudgedConfig config) {
        var objects = new TreeMap<ResourceKey, ReadResource>();
        config.entries()
                .forEach((key, entry) -> {
                    if (entry.origin() == Origin.KUBERNETES) {
                        objects.put(key, entry.read());
                    }
                });
        return objects;
    }

    /// The mesh's settings are keys of a ConfigMap.
    private static boolean isObject(ResourceKey key) {
        return key.kind().scope() != Kind.Scope.MESH;
    }

    private Outcome make(Wish wish, Terms terms) {
        try {
            for (int attempt = 1; ; attempt++) {
                var seen = source.taken();
                var outcome = new Attempt(wish, terms).outcome();
                if (outcome.isPresent()) {
                    return outcome.get();
                }
                if (attempt == ATTEMPTS) {
                    return new Outcome.NotStored(
                            Outcome.NotStored.Cause.BUSY,
                            "objects of this change are changed by somebody else all the time; try again");
                }
                // what has changed comes in, if it has not yet
                var _ = source.await(() -> source.taken() != seen, Duration.ofSeconds(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome.NotStored(
                    Outcome.NotStored.Cause.AWAY, "this Galley is ending; try again");
        }
    }

    /// One attempt at a change. It is worked out and judged anew when another batch has come first.
    private final class Attempt implements BatchWriter.Wish {
        private final Wish wish;
        private final Terms terms;
        private @Nullable Trial trial;

        Attempt(Wish wish, Terms terms) {
            this.wish = wish;
            this.terms = terms;
        }

        /// @return empty: an object has changed meanwhile
        Optional<Outcome> outcome() throws InterruptedException {
            try {
                var _ = members(); // what can't be done needs no turn
            } catch (CalledOffException e) {
                return said(e.why());
            }
            return said(writer.write(terms.cause(), this));
        }

        @Override
        public void await(long last) throws InterruptedException {
            var _ = source.awaitBatch(last, TO_COME_IN);
        }

        @Override
        public List<Member> members() throws CalledOffException {
            var there = taken();
            var plan = plan(wish.proposal(there), there);
            var off = obstacle(plan);
            if (off.isPresent()) {
                throw new CalledOffException(new Written.Called(off.get()));
            }
            var members = plan.members();
            if (members == null) {
                throw new CalledOffException(
                        new Written.Outdated(plan.proposal().touched().getFirst()));
            }
            if (members.isEmpty()) {
                throw new CalledOffException(new Written.Called(tried().accepted(null)));
            }
            return members;
        }

        /// What keeps the change from being made.
        private Optional<Outcome> obstacle(Plan plan) {
            var stale = terms.precondition().unmetBy(desk.state());
            if (stale.isPresent()) {
                return Optional.of(stale.get());
            }
            var settings =
                    plan.proposal().touched().stream().filter(key -> !isObject(key)).findFirst();
            if (settings.isPresent()) {
                return settings.map(key ->
                        new Outcome.NotStored(
                                Outcome.NotStored.Cause.REFUSED,
                                "%s is a key of the ConfigMap istio in Galley's namespace here; change it there with kubectl"
                                        .formatted(key)));
            }
            trial = desk.tryInKubernetes(plan.proposal());
            var verdict = tried().verdict();
            if (verdict.good()) {
                return terms.dryRun() ? Optional.of(tried().accepted(null)) : Optional.empty();
            }
            if (!terms.dryRun()) {
                observer.refused(verdict.errors());
            }
            return Optional.of(tried().refused());
        }

        private Trial tried() {
            return Objects.requireNonNull(trial, "it was judged");
        }

        private Optional<Outcome> said(Written written) throws InterruptedException {
            return switch (written) {
                case Written.Done(var batch) -> Optional.of(inForce(batch, tried()));
                case Written.Outdated(var _) -> Optional.empty();
                case Written.Called(var off) -> Optional.of(off);
                case Written.Refused(var key, var text) ->
                        notStored(
                                Outcome.NotStored.Cause.REFUSED,
                                key == null
                                        ? text
                                        : "kube-apiserver refuses %s: %s".formatted(key, text));
                case Written.Busy(var other) ->
                        notStored(
                                Outcome.NotStored.Cause.BUSY,
                                "%s makes another change since %s; try again"
                                        .formatted(other.writer(), other.opened()));
                case Written.Away(var text) ->
                        notStored(
                                Outcome.NotStored.Cause.AWAY,
                                "kube-apiserver does not take it: " + text);
            };
        }

        private Optional<Outcome> notStored(Outcome.NotStored.Cause cause, String text) {
            return Optional.of(new Outcome.NotStored(cause, text));
        }
    }

    /// Stored is stored: who waits in vain for the watches gets what will be in force.
    private Outcome inForce(Batch batch, Trial trial) throws InterruptedException {
        observer.accepted(trial.proposal().touched());
        if (!source.awaitBatch(batch.number(), TO_COME_IN)) {
            return trial.accepted(null);
        }
        var logged = revisions.awaitRecord(batch).orElse(null);
        return trial.cameAs(desk.state()).accepted(logged);
    }

    private Map<ResourceKey, GenericKubernetesResource> taken() {
        var there = new HashMap<ResourceKey, GenericKubernetesResource>();
        source.taken().forEach(it -> there.put(it.key(), it.object()));
        return there;
    }

    /// @param proposal with what will really be in force of each document
    /// @param members null: an object has changed since it was taken in
    private record Plan(Proposal proposal, @Nullable List<Member> members) {}

    private Plan plan(Proposal wished, Map<ResourceKey, GenericKubernetesResource> there) {
        var next = new TreeMap<ResourceKey, ReadResource>();
        var members = new LinkedHashMap<ResourceKey, Member>();
        var inStep = true;
        for (var key : wished.touched()) {
            var known = there.get(key);
            var now = source.find(key).orElse(null);
            inStep &=
                    known == null ? now == null : now != null && ConfigObjects.saySame(known, now);
            var document = wished.next().get(key);
            var before = now == null ? null : bare(now);
            if (document == null) {
                if (before != null) {
                    members.put(key, new Member(key, objects.json(before), null));
                }
            } else {
                var after = objects.after(document, before);
                next.put(key, objects.read(after, document));
                if (before == null || !objects.saySame(before, after)) {
                    members.put(
                            key,
                            new Member(
                                    key,
                                    before == null ? null : objects.json(before),
                                    objects.json(after)));
                }
            }
        }
        return new Plan(
                new Proposal(next, wished.touched(), wished.ownProblems(), wished.missing()),
                inStep ? ordered(members.values()) : null);
    }

    private GenericKubernetesResource bare(GenericKubernetesResource object) {
        var copy = objects.serialization().clone(object);
        copy.getMetadata().setManagedFields(null);
        copy.getAdditionalProperties().remove("status");
        return copy;
    }

    /// What others may name comes before them and goes after them, for whoever looks at the objects meanwhile.
    private static List<Member> ordered(Collection<Member> members) {
        var written = new ArrayList<Member>();
        var deleted = new ArrayList<Member>();
        members.forEach(it -> (it.after() == null ? deleted : written).add(it));
        written.sort((one, other) -> order(one) - order(other));
        deleted.sort((one, other) -> order(other) - order(one));
        written.addAll(deleted);
        return written;
    }

    private static int order(Member member) {
        return switch (member.key().kind()) {
            case RULE, QUOTA_SPEC_BINDING, HTTP_API_SPEC_BINDING -> 2;
            case VIRTUAL_SERVICE -> 1;
            default -> 0;
        };
    }
}
