package dev.quartet.pilot.translate;

import dev.quartet.pilot.snapshot.FactKey;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.snapshot.Tracked;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The pieces of config of one snapshot, each made when first asked for and then shared.
///
/// A piece remembers the facts and the pieces that it was made from. The next generation takes over every piece of
/// which no fact has changed and makes the others anew; one that comes out as before is the same object again, so a
/// change travels only as far as it changes something. Pieces that no proxy has asked for in a while are let go.
/// Thread-safe.
final class Units {
    /// Generations for which a piece is kept although nobody asks for it.
    private static final int KEPT_UNASKED = 20;

    private final MeshSnapshot snapshot;
    private final long generation;
    private final Map<UnitKey<?>, Unit<?>> units = new ConcurrentHashMap<>();

    /// Values of the generation before that may be outdated; a new value with equal content gives way to them.
    private final Map<UnitKey<?>, Object> earlier;

    private final AtomicInteger computed = new AtomicInteger();

    private Units(MeshSnapshot snapshot, long generation, Map<UnitKey<?>, Object> earlier) {
        this.snapshot = snapshot;
        this.generation = generation;
        this.earlier = earlier;
    }

    static Units first(MeshSnapshot snapshot) {
        return new Units(snapshot, 1, Map.of());
    }

    /// Takes over what is still true in `next`.
    Units next(MeshSnapshot next) {
        var changed = next.changedSince(snapshot);
        var wanted = reachable();
        var outdated = new HashMap<UnitKey<?>, Object>();
        var kept = new HashMap<UnitKey<?>, Unit<?>>();
        for (var entry : units.entrySet()) {
            var unit = entry.getValue();
            if (!wanted.contains(entry.getKey()) || !unit.isDone()) {
                continue;
            }
            if (unit.dependsOn(changed)) {
                outdated.put(entry.getKey(), unit.value());
            } else {
                kept.put(entry.getKey(), unit);
            }
        }
        var result = new Units(next, generation + 1, outdated);
        result.units.putAll(kept);
        return result;
    }

    MeshSnapshot snapshot() {
        return snapshot;
    }

    /// How many pieces this generation had to make.
    int computed() {
        return computed.get();
    }

    /// Asks for a piece on behalf of a proxy.
    <T> T get(UnitKey<T> key) {
        var unit = unit(key);
        unit.asked(generation);
        return unit.value(this, key);
    }

    @SuppressWarnings("unchecked")
    private <T> Unit<T> unit(UnitKey<T> key) {
        return (Unit<T>) units.computeIfAbsent(key, ignored -> new Unit<T>());
    }

    private Set<UnitKey<?>> reachable() {
        var reachable = new HashSet<UnitKey<?>>();
        var open = new ArrayDeque<UnitKey<?>>();
        units.forEach((key, unit) -> {
            if (generation - unit.askedIn() < KEPT_UNASKED) {
                open.add(key);
            }
        });
        while (!open.isEmpty()) {
            var key = open.poll();
            var unit = units.get(key);
            if (unit != null && reachable.add(key)) {
                open.addAll(unit.parts());
            }
        }
        return reachable;
    }

    /// How a piece asks for the pieces that it is made of.
    static final class Reader {
        private final Units units;
        private final Tracked facts;
        private final Set<UnitKey<?>> parts = new HashSet<>();

        private Reader(Units units, Tracked facts) {
            this.units = units;
            this.facts = facts;
        }

        <T> T get(UnitKey<T> key) {
            var unit = units.unit(key);
            var value = unit.value(units, key);
            parts.add(key);
            facts.alsoAsked(unit.facts());
            return value;
        }
    }

    private static final class Unit<T> {
        private volatile @Nullable Made<T> made;
        private volatile long askedIn = Long.MIN_VALUE / 2;

        private record Made<T>(T value, Set<FactKey> facts, Set<UnitKey<?>> parts) {}

        /// Made by the first that asks; others wait for it. Pieces form no cycles, so waiting ends.
        @SuppressWarnings("unchecked")
        T value(Units units, UnitKey<T> key) {
            var found = made;
            if (found != null) {
                return found.value();
            }
            synchronized (this) {
                found = made;
                if (found == null) {
                    var facts = new Tracked(units.snapshot);
                    var reader = new Reader(units, facts);
                    var value = key.compute(facts, reader);
                    var before = (T) units.earlier.get(key);
                    if (before != null) {
                        value = key.prefer(before, value);
                    }
                    units.computed.incrementAndGet();
                    found = new Made<>(value, Set.copyOf(facts.asked()), Set.copyOf(reader.parts));
                    made = found;
                }
                return found.value();
            }
        }

        T value() {
            return done().value();
        }

        Set<FactKey> facts() {
            return done().facts();
        }

        Set<UnitKey<?>> parts() {
            var found = made;
            return found == null ? Set.of() : found.parts();
        }

        boolean isDone() {
            return made != null;
        }

        void asked(long generation) {
            askedIn = generation;
        }

        long askedIn() {
            return askedIn;
        }

        boolean dependsOn(Set<FactKey> changed) {
            var facts = facts();
            if (changed.size() < facts.size()) {
                return changed.stream().anyMatch(facts::contains);
            }
            return facts.stream().anyMatch(changed::contains);
        }

        private Made<T> done() {
            var found = made;
            if (found == null) {
                throw new IllegalStateException("the piece is not made yet");
            }
            return found;
        }
    }
}
