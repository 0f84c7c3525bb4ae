package dev.quartet.pilot.translate;

import dev.quartet.config.Problem;
import dev.quartet.pilot.snapshot.FactKey;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.snapshot.Tracked;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
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
/// same object again, so a change travels only as far as it changes something. Pieces that no proxy has asked for in a
/// while are let go. Thread-safe.
final class Units {
    /// Generations for which a piece is kept although nobody asks for it.
    private static final int KEPT_UNASKED = 20;

    private static final long TRIAL = 0;

    private final MeshSnapshot snapshot;
    private final long generation;

    /// What was asked for in this generation.
    private final Map<UnitKey<?>, Unit<?>> units = new ConcurrentHashMap<>();

    /// What earlier generations have made; it may be outdated.
    private final Map<UnitKey<?>, Made<?>> earlier;

    private final AtomicInteger computed = new AtomicInteger();

    /// What could not be made as users asked, of the pieces of this generation.
    private final Set<Problem> problems = ConcurrentHashMap.newKeySet();

    private Units(MeshSnapshot snapshot, long generation, Map<UnitKey<?>, Made<?>> earlier) {
        this.snapshot = snapshot;
        this.generation = generation;
        this.earlier = earlier;
    }

    static Units first(MeshSnapshot snapshot) {
        return new Units(snapshot, 1, Map.of());
    }

    /// @param next made after this one's snapshot by the same builder, so that facts that did not change are the same objects
    Units next(MeshSnapshot next) {
        return new Units(next, generation + 1, known());
    }

    /// A generation beside the row: what it asks for is not kept for later ones.
    ///
    /// @param other by any builder; what did not change in it is found by comparison
    Units trial(MeshSnapshot other) {
        return new Units(other, TRIAL, known());
    }

    private Map<UnitKey<?>, Made<?>> known() {
        var known = new HashMap<UnitKey<?>, Made<?>>();
        earlier.forEach((key, made) -> {
            if (generation - made.usedIn < KEPT_UNASKED) {
                known.put(key, made);
            }
        });
        units.forEach((key, unit) -> {
            var made = unit.made;
            if (made != null) {
                known.put(key, made);
            }
        });
        return known;
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
        return unit(key).value(this, key);
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
        get(piece);
        var unit = units.get(piece);
        var made = unit == null ? null : unit.made;
        if (made == null) {
            return;
        }
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

        private Reader(Units units) {
            this.units = units;
        }

        <T> T get(UnitKey<T> key) {
            var value = units.get(key);
            sources.put(key, value);
            return value;
        }

        /// @param part equal to others that pick the same part
        <T, R> R get(UnitKey<T> key, Part<T, R> part) {
            var value = part.of(units.get(key));
            sources.put(new PartOf<>(key, part), value);
            return value;
        }

        private void asked(FactKey key, @Nullable Object value) {
            sources.put(key, value == null ? Nothing.IS_THERE : value);
        }
    }

    /// The value of a fact that is not there.
    private enum Nothing {
        IS_THERE
    }

    /// A piece and what it was made from, in the order of the questions: what comes first may decide what is asked next.
    private static final class Made<T> {
        private final T value;
        private final Object[] sources;
        private final Object[] values;
        private volatile long usedIn;

        Made(T value, Map<Object, Object> madeFrom) {
            this.value = value;
            this.sources = madeFrom.keySet().toArray();
            this.values = madeFrom.values().toArray();
        }

        boolean holdsIn(Units units) {
            for (var i = 0; i < sources.length; i++) {
                if (!same(values[i], valueOf(sources[i], units))) {
                    return false;
                }
            }
            return true;
        }

        private static boolean same(Object before, Object now) {
            return before == now || before.equals(now);
        }

        private static Object valueOf(Object source, Units units) {
            return switch (source) {
                case FactKey fact ->
                        Objects.requireNonNullElse(units.snapshot.value(fact), Nothing.IS_THERE);
                case UnitKey<?> unit -> units.get(unit);
                case PartOf<?, ?> part -> valueOf(part, units);
                default -> throw new IllegalStateException("nothing is made from " + source);
            };
        }

        private static <S, R> Object valueOf(PartOf<S, R> part, Units units) {
            return part.part().of(units.get(part.piece()));
        }
    }

    private static final class Unit<T> {
        private volatile @Nullable Made<T> made;

        /// Made by the first that asks; others wait for it. Pieces form no cycles, so waiting ends.
        @SuppressWarnings("unchecked")
        T value(Units units, UnitKey<T> key) {
            var found = made;
            if (found != null) {
                return found.value;
            }
            synchronized (this) {
                found = made;
                if (found == null) {
                    var before = (Made<T>) units.earlier.get(key);
                    found =
                            before != null && before.holdsIn(units)
                                    ? before
                                    : make(units, key, before);
                    if (units.generation != TRIAL) {
                        found.usedIn = units.generation;
                    }
                    switch (found.value) {
                        case ResourceSet set -> units.problems.addAll(set.problems());
                        case UnitKey.Served served ->
                                units.problems.addAll(served.listeners().problems());
                        default -> {} // tells none
                    }
                    made = found;
                }
                return found.value;
            }
        }

        private static <T> Made<T> make(Units units, UnitKey<T> key, @Nullable Made<T> before) {
            var reader = new Reader(units);
            var value = key.compute(new Tracked(units.snapshot, reader::asked), reader);
            if (before != null) {
                value = key.prefer(before.value, value);
            }
            units.computed.incrementAndGet();
            return new Made<>(value, reader.sources);
        }
    }
}
