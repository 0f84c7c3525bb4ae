package dev.quartet.pilot.translate;

import dev.quartet.config.Problem;
import dev.quartet.pilot.snapshot.FactKey;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.snapshot.Tracked;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The pieces of config of one snapshot, each made when first asked for and then shared.
///
/// A piece remembers what it was made from: facts, other pieces, and parts of them, each with the value that it had. In a later
/// generation it is taken over when all of them have that value still, and made anew when not; one that comes out as before is the
/// same object again, so a change travels only as far as it changes something. Where no fact has changed that a piece or the pieces
/// in it may be made from ([Footprint]), nothing is compared. Pieces that no proxy has asked for in a while, and that are in no
/// other, are let go. Thread-safe.
final class Units {
    /// Generations for which a piece is kept although nobody asks for it.
    private static final int KEPT_UNASKED = 20;

    /// Generations after which pieces are let go.
    private static final int SWEEP = 16;

    /// Generations for which it is known what has changed since.
    private static final int REMEMBERED = 64;

    private static final long TRIAL = 0;

    private final MeshSnapshot snapshot;
    private final long generation;

    /// What was asked for in this generation.
    private final Map<UnitKey<?>, Unit<?>> units = new ConcurrentHashMap<>();

    /// What the generations of a row have made last; each may be outdated.
    private final Map<UnitKey<?>, Made<?>> known;

    /// What has changed since the generation so many before this one.
    private final List<Footprint> changes;

    private final AtomicInteger computed = new AtomicInteger();

    /// What could not be made as users asked, of the pieces of this generation.
    private final Set<Problem> problems = ConcurrentHashMap.newKeySet();

    private Units(
            MeshSnapshot snapshot,
            long generation,
            Map<UnitKey<?>, Made<?>> known,
            List<Footprint> changes) {
        this.snapshot = snapshot;
        this.generation = generation;
        this.known = known;
        this.changes = changes;
    }

    static Units first(MeshSnapshot snapshot) {
        return new Units(snapshot, 1, new ConcurrentHashMap<>(), List.of(Footprint.NONE));
    }

    /// @param next best made after this one's snapshot by the same builder: facts that did not change are the same objects then
    Units next(MeshSnapshot next) {
        if (generation % SWEEP == 0) {
            sweep();
        }
        var now = Footprint.of(next.changedSince(snapshot));
        var since = new ArrayList<Footprint>(REMEMBERED);
        since.add(Footprint.NONE);
        changes.stream().limit(REMEMBERED - 1).map(now::or).forEach(since::add);
        return new Units(next, generation + 1, known, since);
    }

    /// A generation beside the row: what it makes is not kept for later ones.
    ///
    /// @param other by any builder; what did not change in it is found by comparison
    Units trial(MeshSnapshot other) {
        return new Units(other, TRIAL, known, List.of());
    }

    private void sweep() {
        var kept = new HashSet<UnitKey<?>>();
        known.forEach((key, made) -> {
            if (generation - made.checked.generation() < KEPT_UNASKED) {
                keep(key, kept);
            }
        });
        known.keySet().retainAll(kept);
    }

    private void keep(UnitKey<?> key, Set<UnitKey<?>> kept) {
        var made = known.get(key);
        if (made != null && kept.add(key)) {
            for (var source : made.sources) {
                switch (source) {
                    case UnitKey<?> inner -> keep(inner, kept);
                    case PartOf<?, ?> part -> keep(part.piece(), kept);
                    default -> {} // a fact
                }
            }
        }
    }

    MeshSnapshot snapshot() {
        return snapshot;
    }

    /// How many pieces this generation had to make.
    int computed() {
        return computed.get();
    }

    /// Of the pieces that were asked for so far.
    Set<Problem> problems() {
        return problems;
    }

    <T> T get(UnitKey<T> key) {
        return now(key).made().value;
    }

    private <T> Now<T> now(UnitKey<T> key) {
        return unit(key).now(this, key);
    }

    @SuppressWarnings("unchecked")
    private <T> Unit<T> unit(UnitKey<T> key) {
        var unit = units.get(key);
        return (Unit<T>)
                (unit != null ? unit : units.computeIfAbsent(key, ignored -> new Unit<T>()));
    }

    /// The facts that a resource was made from: those of a piece that has it, and of the pieces in that which may have given
    /// something to it. Walks what pieces remember, so it costs nothing before somebody asks.
    Map<FactKey, Object> factsOf(UnitKey<?> piece, XdsResource resource) {
        var facts = new LinkedHashMap<FactKey, Object>();
        addFacts(piece, resource, new HashSet<>(), facts);
        return facts;
    }

    private void addFacts(
            UnitKey<?> piece,
            XdsResource resource,
            Set<UnitKey<?>> seen,
            Map<FactKey, Object> facts) {
        if (!seen.add(piece)) {
            return;
        }
        var made = now(piece).made();
        for (var i = 0; i < made.sources.length; i++) {
            var value = made.values[i];
            switch (made.sources[i]) {
                case FactKey fact -> facts.put(fact, value);
                case UnitKey<?> inner when mayBeIn(resource, value) ->
                        addFacts(inner, resource, seen, facts);
                default -> {} // gave nothing to it, or only said what is seen
            }
        }
    }

    private static boolean mayBeIn(XdsResource resource, Object value) {
        return switch (value) {
            case ResourceSet set -> set.get(resource.name()) != null;
            case UnitKey.Served served -> served.of(resource.type()).get(resource.name()) != null;
            case Optional<?> part when part.orElse(null) instanceof VirtualHosts.Unit host ->
                    resource.clusters().containsAll(host.clusters());
            default -> false;
        };
    }

    /// A part of a piece. Whoever needs no more of it is not made anew when the rest changes.
    interface Part<T, R> {
        R of(T piece);
    }

    private record PartOf<T, R>(UnitKey<T> piece, Part<T, R> part) {}

    /// How a piece asks for what it is made of.
    static final class Reader {
        private final Units units;
        private final Map<Object, Object> sources = new LinkedHashMap<>();
        private Footprint facts = Footprint.NONE;
        private Footprint pieces = Footprint.NONE;

        private Reader(Units units) {
            this.units = units;
        }

        <T> T get(UnitKey<T> key) {
            var value = value(key);
            sources.put(key, value);
            return value;
        }

        /// @param part equal to others that pick the same part
        <T, R> R get(UnitKey<T> key, Part<T, R> part) {
            var value = part.of(value(key));
            sources.put(new PartOf<>(key, part), value);
            return value;
        }

        private <T> T value(UnitKey<T> key) {
            var now = units.now(key);
            pieces = pieces.or(now.footprint());
            return now.made().value;
        }

        private void asked(FactKey key, @Nullable Object value) {
            facts = facts.or(Footprint.of(key));
            sources.put(key, value == null ? Nothing.IS_THERE : value);
        }
    }

    /// The value of a fact that is not there.
    private enum Nothing {
        IS_THERE
    }

    /// The newest generation of a row that a piece was found good in.
    ///
    /// @param footprint of all that it was made from in that generation, by itself and by the pieces in it
    private record Checked(long generation, Footprint footprint) {}

    /// A piece and what it was made from, in the order of the questions: what comes first may decide what is asked next.
    private static final class Made<T> {
        private final T value;
        private final Object[] sources;
        private final Object[] values;

        /// Of the facts among the sources.
        private final Footprint facts;

        private volatile Checked checked;

        Made(T value, Reader madeFrom, long generation) {
            this.value = value;
            this.sources = madeFrom.sources.keySet().toArray();
            this.values = madeFrom.sources.values().toArray();
            this.facts = madeFrom.facts;
            this.checked = new Checked(generation, madeFrom.facts.or(madeFrom.pieces));
        }

        /// What it is made from in these units; null where it is not good there.
        @Nullable Footprint holdsIn(Units units) {
            var seen = checked;
            var untouched = units.untouchedSince(seen);
            return untouched ? seen.footprint() : compare(units);
        }

        private @Nullable Footprint compare(Units units) {
            var footprint = facts;
            for (var i = 0; i < sources.length; i++) {
                Object now;
                switch (sources[i]) {
                    case FactKey fact ->
                            now =
                                    Objects.requireNonNullElse(
                                            units.snapshot.value(fact), Nothing.IS_THERE);
                    case UnitKey<?> piece -> {
                        var found = units.now(piece);
                        footprint = footprint.or(found.footprint());
                        now = found.made().value;
                    }
                    case PartOf<?, ?> part -> {
                        footprint = footprint.or(units.now(part.piece()).footprint());
                        now = valueOf(part, units);
                    }
                    default ->
                            throw new IllegalStateException("nothing is made from " + sources[i]);
                }
                if (!same(values[i], now)) {
                    return null;
                }
            }
            return footprint;
        }

        private static boolean same(Object before, Object now) {
            return before == now || before.equals(now);
        }

        private static <S, R> Object valueOf(PartOf<S, R> part, Units units) {
            return part.part().of(units.get(part.piece()));
        }

        /// Units of an earlier generation may come later.
        void found(Checked good) {
            if (good.generation() > checked.generation()) {
                checked = good;
            }
        }
    }

    private boolean untouchedSince(Checked checked) {
        var ago = generation - checked.generation();
        return ago >= 0
                && ago < changes.size()
                && !changes.get((int) ago).meets(checked.footprint());
    }

    /// A piece as it is in one generation.
    ///
    /// @param footprint of all that it is made from, by itself and by the pieces in it
    private record Now<T>(Made<T> made, Footprint footprint) {}

    private static final class Unit<T> {
        private volatile @Nullable Now<T> now;

        /// Made by the first that asks; others wait for it. Pieces form no cycles, so waiting ends.
        Now<T> now(Units units, UnitKey<T> key) {
            var found = now;
            if (found != null) {
                return found;
            }
            synchronized (this) {
                found = now;
                if (found == null) {
                    found = find(units, key);
                    switch (found.made().value) {
                        case ResourceSet set -> units.problems.addAll(set.problems());
                        case UnitKey.Served served -> units.problems.addAll(served.problems());
                        default -> {} // what is in others is in a set
                    }
                    now = found;
                }
                return found;
            }
        }

        @SuppressWarnings("unchecked")
        private static <T> Now<T> find(Units units, UnitKey<T> key) {
            var before = (Made<T>) units.known.get(key);
            var footprint = before == null ? null : before.holdsIn(units);
            if (before != null && footprint != null) {
                if (units.generation != TRIAL) {
                    before.found(new Checked(units.generation, footprint));
                }
                return new Now<>(before, footprint);
            }
            var made = make(units, key, before);
            if (units.generation != TRIAL) {
                units.known.put(key, made);
            }
            return new Now<>(made, made.checked.footprint());
        }

        private static <T> Made<T> make(Units units, UnitKey<T> key, @Nullable Made<T> before) {
            var reader = new Reader(units);
            var value = key.compute(new Tracked(units.snapshot, reader::asked), reader);
            if (before != null) {
                value = key.prefer(before.value, value);
            }
            units.computed.incrementAndGet();
            return new Made<>(value, reader, units.generation);
        }
    }
}
