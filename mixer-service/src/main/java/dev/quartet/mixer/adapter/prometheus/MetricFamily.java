package dev.quartet.mixer.adapter.prometheus;

import dev.quartet.mixer.adapter.LabelValues;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/// All series of one metric. A record on a known label set is one map lookup and one addition; only a new label set
/// takes the lock.
public final class MetricFamily {
    private final MetricDefinition definition;
    private final double[] bounds;
    private final CardinalityLimits limits;
    private final ConcurrentHashMap<LabelValues, Series> series = new ConcurrentHashMap<>();
    private final LongAdder overflowed = new LongAdder();
    private final LabelValues allOverflow;

    /// Per label, how many series carry each value. Guarded by `this` for writing; reading needs no lock.
    private final List<ConcurrentHashMap<String, Integer>> valuesInUse;

    private volatile long retiredMillis = Long.MAX_VALUE;

    MetricFamily(MetricDefinition definition, CardinalityLimits limits) {
        this.definition = definition;
        this.limits = limits;
        this.bounds = definition.bounds().stream().mapToDouble(Double::doubleValue).toArray();
        this.valuesInUse = new ArrayList<>();
        definition.labels().forEach(label -> valuesInUse.add(new ConcurrentHashMap<>()));
        var overflow = new String[definition.labels().size()];
        Arrays.fill(overflow, CardinalityLimits.OVERFLOW);
        this.allOverflow = LabelValues.owning(overflow);
    }

    public MetricDefinition definition() {
        return definition;
    }

    /// Adds one record. NaN and negative additions to a counter are ignored: a counter never falls.
    public void record(LabelValues labels, double value, long nowMillis) {
        if (Double.isNaN(value)
                || value < 0 && definition.type() == MetricDefinition.Type.COUNTER) {
            return;
        }
        while (true) {
            var known = series.get(labels);
            var target = known != null ? known : admit(labels, nowMillis);
            if (target.enter(nowMillis)) {
                target.record(value);
                return;
            }
            forget(target);
        }
    }

    public Collection<Series> series() {
        return series.values();
    }

    public int size() {
        return series.size();
    }

    /// Records that did not get their own label set because of [CardinalityLimits].
    public long overflowed() {
        return overflowed.sum();
    }

    /// No handler records here any more: its series go as soon as their last value is delivered.
    void retire(long nowMillis) {
        retiredMillis = nowMillis;
    }

    void revive() {
        retiredMillis = Long.MAX_VALUE;
    }

    boolean retired() {
        return retiredMillis != Long.MAX_VALUE;
    }

    /// Empty, and so long retired that no request in flight can still record here.
    boolean finished(long nowMillis) {
        return retired() && series.isEmpty() && nowMillis - retiredMillis > 60_000;
    }

    /// Whether `candidate` has gone without a record for the metric's expiry time.
    public boolean expired(Series candidate, long nowMillis) {
        if (retired()) {
            return nowMillis - candidate.lastUsedMillis() > 5_000;
        }
        long expiryMillis = definition.expiry().toMillis();
        return expiryMillis > 0 && nowMillis - candidate.lastUsedMillis() >= expiryMillis;
    }

    /// Drops `candidate` unless it has been used after `idleSinceMillis`. False: it lives on.
    public boolean drop(Series candidate, long idleSinceMillis) {
        if (!candidate.closeIfIdleSince(idleSinceMillis)) {
            return false;
        }
        forget(candidate);
        return true;
    }

    private Series admit(LabelValues given, long nowMillis) {
        var wanted = shortened(given);
        var bounded = bounded(wanted);
        if (bounded != wanted) {
            overflowed.increment();
        }
        var known = series.get(bounded);
        if (known != null) {
            return known;
        }
        synchronized (this) {
            var labels = bounded(wanted);
            var existing = series.get(labels);
            if (existing != null) {
                return existing;
            }
            var created = Series.create(definition, bounds, labels, nowMillis);
            for (int i = 0; i < labels.size(); i++) {
                valuesInUse.get(i).merge(labels.value(i), 1, Integer::sum);
            }
            series.put(labels, created);
            return created;
        }
    }

    private static LabelValues shortened(LabelValues given) {
        String[] cut = null;
        for (int i = 0; i < given.size(); i++) {
            if (given.value(i).length() > CardinalityLimits.MAX_VALUE_CHARS) {
                if (cut == null) {
                    cut = given.asList().toArray(String[]::new);
                }
                cut[i] = cut[i].substring(0, CardinalityLimits.MAX_VALUE_CHARS) + "…";
            }
        }
        return cut == null ? given : LabelValues.owning(cut);
    }

    private LabelValues bounded(LabelValues wanted) {
        String[] replaced = null;
        for (int i = 0; i < wanted.size(); i++) {
            var inUse = valuesInUse.get(i);
            if (inUse.size() >= limits.maxLabelValues() && !inUse.containsKey(wanted.value(i))) {
                if (replaced == null) {
                    replaced = wanted.asList().toArray(String[]::new);
                }
                replaced[i] = CardinalityLimits.OVERFLOW;
            }
        }
        var labels = replaced == null ? wanted : LabelValues.owning(replaced);
        return series.size() >= limits.maxSeries() && !series.containsKey(labels)
                ? allOverflow
                : labels;
    }

    private synchronized void forget(Series gone) {
        if (series.remove(gone.labels(), gone)) {
            for (int i = 0; i < gone.labels().size(); i++) {
                valuesInUse
                        .get(i)
                        .computeIfPresent(
                                gone.labels().value(i),
                                (value, uses) -> uses == 1 ? null : uses - 1);
            }
        }
    }

    /// How many distinct values each label has: where the cardinality comes from.
    public Map<String, Integer> distinctValues() {
        var distinct = new HashMap<String, Integer>();
        for (int i = 0; i < valuesInUse.size(); i++) {
            distinct.put(definition.labels().get(i), valuesInUse.get(i).size());
        }
        return distinct;
    }
}
