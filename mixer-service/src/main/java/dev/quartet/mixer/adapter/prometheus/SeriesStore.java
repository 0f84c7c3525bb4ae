package dev.quartet.mixer.adapter.prometheus;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Every mesh metric of this Mixer. It outlives configurations: a metric that a new configuration defines as before
/// keeps its series and counts.
///
/// Safe for use by many threads.
public final class SeriesStore {
    private final CardinalityLimits limits;
    private final Clock clock;

    /// By definition, so that a changed one starts anew beside the retired one until that is delivered.
    private volatile Map<MetricDefinition, MetricFamily> families = Map.of();

    private volatile long overflowedBefore;

    public SeriesStore(CardinalityLimits limits, Clock clock) {
        this.limits = limits;
        this.clock = clock;
    }

    /// The family for `definition`, made if it is new. Nothing retires before [#retain].
    public synchronized MetricFamily family(MetricDefinition definition) {
        var known = families.get(definition);
        if (known != null) {
            known.revive();
            return known;
        }
        var created = new MetricFamily(definition, limits);
        var next = new HashMap<>(families);
        next.put(definition, created);
        families = Map.copyOf(next);
        return created;
    }

    /// Retires every family that `inUse` does not hold.
    public synchronized void retain(Collection<MetricDefinition> inUse) {
        long now = clock.millis();
        families.forEach((definition, family) -> {
            if (!inUse.contains(definition) && !family.retired()) {
                family.retire(now);
            }
        });
    }

    /// Forgets retired families that are empty.
    public synchronized void purge() {
        long now = clock.millis();
        if (families.values().stream().anyMatch(family -> family.finished(now))) {
            var next = new HashMap<>(families);
            next.values()
                    .removeIf(family -> {
                        if (family.finished(now)) {
                            overflowedBefore += family.overflowed();
                            return true;
                        }
                        return false;
                    });
            families = Map.copyOf(next);
        }
    }

    /// Drops expired series without delivering them: for when nothing is pushed, only scraped.
    public void expire() {
        long now = clock.millis();
        for (var family : families.values()) {
            for (var series : family.series()) {
                if (family.expired(series, now)) {
                    family.drop(series, series.lastUsedMillis());
                }
            }
        }
        purge();
    }

    /// Sorted by name.
    public List<MetricFamily> families() {
        var all = new ArrayList<>(families.values());
        all.sort((a, b) -> a.definition().name().compareTo(b.definition().name()));
        return all;
    }

    /// Records that did not get their own label set, of all families since the start.
    public long overflowed() {
        return overflowedBefore
                + families.values().stream().mapToLong(MetricFamily::overflowed).sum();
    }

    public int size() {
        return families.values().stream().mapToInt(MetricFamily::size).sum();
    }
}
