package dev.quartet.policy;

import dev.quartet.config.Kind;
import dev.quartet.config.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.regex.Pattern;

/// Reads a handler's parameters into its adapter's record. Faults are noted in the [Params]; a denier with a fault must
/// not be used, a prometheus handler is without the metrics that have one.
final class AdapterParams {
    private static final Pattern METRIC_NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
    private static final Pattern LABEL_NAME = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*");
    private static final int MOST_BUCKETS = 200;

    private AdapterParams() {}

    /// @param canFeed whether a metric's instance fits it; notes a problem if not
    static AdapterConfig read(
            Adapter adapter,
            Params params,
            String namespace,
            BiPredicate<Prometheus.Metric, Params> canFeed) {
        return switch (adapter) {
            case DENIER -> denier(params);
            case PROMETHEUS -> prometheus(params, namespace, canFeed);
        };
    }

    private static Denier denier(Params params) {
        var status = params.object("status");
        var code = status.integer("code", Denier.DEFAULT_CODE, 1, 16);
        var message = status.text("message").orElse("");
        status.close();
        var duration = params.duration("validDuration").orElse(Denier.DEFAULT_VALID_DURATION);
        var count =
                params.integer(
                        "validUseCount", Denier.DEFAULT_VALID_USE_COUNT, 0, Integer.MAX_VALUE);
        params.close();
        return new Denier(code, message, duration, count);
    }

    /// A metric with a fault falls out, the others stay.
    private static Prometheus prometheus(
            Params params, String namespace, BiPredicate<Prometheus.Metric, Params> canFeed) {
        var metrics = new ArrayList<Prometheus.Metric>();
        var names = new HashSet<String>();
        for (var each : params.objects("metrics")) {
            var faults = each.faults();
            var metric = metric(each, namespace);
            if (!names.add(metric.fullName())) {
                each.problem(
                        Reason.CONFLICTING_FIELDS,
                        each.at("name"),
                        "two metrics of the handler are called " + metric.fullName(),
                        "give each its own name");
            }
            if (each.faults() == faults && canFeed.test(metric, each)) {
                metrics.add(metric);
            }
        }
        Prometheus.Expiry expiry = null;
        if (params.has("metricsExpirationPolicy")) {
            var policy = params.object("metricsExpirationPolicy");
            var after = policy.duration("metricsExpiryDuration");
            var interval = policy.duration("expiryCheckIntervalDuration");
            policy.close();
            if (after.isEmpty() || after.get().isZero()) {
                policy.missing("metricsExpiryDuration");
            } else {
                expiry =
                        new Prometheus.Expiry(
                                after.get(),
                                interval.filter(Duration::isPositive)
                                        .orElse(after.get().dividedBy(2)));
            }
        } else {
            params.object("metricsExpirationPolicy");
        }
        params.close();
        return new Prometheus(metrics, expiry);
    }

    private static Prometheus.Metric metric(Params params, String namespace) {
        var prefix = params.text("namespace").orElse("istio");
        var name = params.requiredText("name").orElse("");
        var instance = params.requiredText("instance_name").orElse("");
        var description = params.text("description").orElse("");
        var kind = params.constant("kind", Prometheus.MetricKind.class);
        var labels = params.texts("label_names");
        if (!params.has("kind")) {
            params.missing("kind");
        }
        var metric =
                new Prometheus.Metric(
                        prefix,
                        name,
                        Reference.resolve(instance, Kind.INSTANCE, namespace),
                        description.isEmpty() ? name : description,
                        kind.orElse(Prometheus.MetricKind.GAUGE),
                        buckets(params, kind.orElse(null) == Prometheus.MetricKind.DISTRIBUTION),
                        labels);
        params.close();
        if (!name.isEmpty() && !METRIC_NAME.matcher(metric.fullName()).matches()) {
            params.problem(
                    Reason.INVALID_VALUE,
                    params.at("name"),
                    "\"" + metric.fullName() + "\" is no name of a Prometheus metric",
                    "use letters, digits and _, and no digit first");
        }
        var seen = new HashSet<String>();
        for (var i = 0; i < labels.size(); i++) {
            if (!LABEL_NAME.matcher(labels.get(i)).matches()
                    || labels.get(i).startsWith("__")
                    || !seen.add(labels.get(i))) {
                params.problem(
                        Reason.INVALID_VALUE,
                        params.at("label_names").index(i),
                        "\"" + labels.get(i) + "\" is no name of a label, or is there twice",
                        "use letters, digits and _, no digit and no __ first, each name once");
            }
        }
        return metric;
    }

    private static List<Double> buckets(Params params, boolean distribution) {
        var given = params.has("buckets");
        var buckets = params.object("buckets");
        var ways = new ArrayList<List<Double>>();
        way(
                buckets,
                "linear_buckets",
                linear ->
                        Prometheus.linear(
                                finite(linear),
                                linear.decimal("offset", 0),
                                linear.decimal("width", 0)),
                ways);
        way(
                buckets,
                "exponential_buckets",
                exponential ->
                        Prometheus.exponential(
                                finite(exponential),
                                exponential.decimal("scale", 0),
                                exponential.decimal("growth_factor", 0)),
                ways);
        way(buckets, "explicit_buckets", explicit -> explicit.numbers("bounds"), ways);
        buckets.close();
        if (!given) {
            return distribution ? Prometheus.DEFAULT_BOUNDS : List.of();
        }
        var bounds = ways.isEmpty() ? Prometheus.DEFAULT_BOUNDS : ways.getLast();
        if (ways.size() != 1) {
            params.problem(
                    Reason.CONFLICTING_FIELDS,
                    params.at("buckets"),
                    "there are " + ways.size() + " definitions of buckets",
                    "write one of linear_buckets, exponential_buckets and explicit_buckets");
        } else if (!isRising(bounds)) {
            params.problem(
                    Reason.INVALID_VALUE,
                    params.at("buckets"),
                    "the bounds "
                            + (bounds.size() > 12 ? "" : bounds + " ")
                            + "do not rise, or are no numbers",
                    "write 1 to "
                            + (MOST_BUCKETS + 1)
                            + " rising bounds (width > 0; scale > 0 and growth_factor > 1)");
        } else if (!distribution) {
            params.problem(
                    Reason.CONFLICTING_FIELDS,
                    params.at("buckets"),
                    "only a DISTRIBUTION has buckets",
                    "leave buckets out, or write kind: DISTRIBUTION");
        }
        return bounds;
    }

    private static void way(
            Params buckets,
            String name,
            Function<Params, List<Double>> bounds,
            List<List<Double>> ways) {
        var given = buckets.has(name);
        var params = buckets.object(name);
        if (given) {
            ways.add(bounds.apply(params));
            params.close();
        }
    }

    private static int finite(Params params) {
        return params.integer("num_finite_buckets", 1, 1, MOST_BUCKETS);
    }

    private static boolean isRising(List<Double> bounds) {
        for (var i = 0; i < bounds.size(); i++) {
            if (!Double.isFinite(bounds.get(i)) || i > 0 && bounds.get(i) <= bounds.get(i - 1)) {
                return false;
            }
        }
        return !bounds.isEmpty() && bounds.size() <= MOST_BUCKETS + 1;
    }
}
