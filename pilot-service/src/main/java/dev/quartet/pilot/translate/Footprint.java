package dev.quartet.pilot.translate;

import dev.quartet.pilot.snapshot.FactKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/// Which facts something is made from, or which have changed, in so few bits that it may say too many but never too few: a bit for each kind
/// of fact, and a Bloom filter of the keys. Pieces made from few facts are told apart by the keys, those made from many by the kinds.
///
/// @param kinds a bit for each permitted type of [FactKey]
/// @param keys a bit for each hash of a key
record Footprint(long kinds, long keys) {
    static final Footprint NONE = new Footprint(0, 0);

    private static final Map<Class<?>, Integer> NUMBERS = numbers();

    private static Map<Class<?>, Integer> numbers() {
        var numbers = new HashMap<Class<?>, Integer>();
        for (var kind : FactKey.class.getPermittedSubclasses()) {
            numbers.put(kind, numbers.size());
        }
        return Map.copyOf(numbers);
    }

    static Footprint of(FactKey fact) {
        var number = NUMBERS.get(fact.getClass());
        if (number == null) {
            throw new IllegalStateException(fact.getClass() + " is no kind of fact");
        }
        var hash = (31 * number + fact.hashCode()) * 0x9E3779B9; // spreads near hashes
        return new Footprint(1L << number, 1L << (hash >>> 26));
    }

    static Footprint of(Collection<FactKey> facts) {
        var all = NONE;
        for (var fact : facts) {
            all = all.or(of(fact));
        }
        return all;
    }

    Footprint or(Footprint other) {
        return new Footprint(kinds | other.kinds, keys | other.keys);
    }

    /// Whether some fact may be in both.
    boolean meets(Footprint other) {
        return (kinds & other.kinds) != 0 && (keys & other.keys) != 0;
    }
}
