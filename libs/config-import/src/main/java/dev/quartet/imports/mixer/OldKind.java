package dev.quartet.imports.mixer;

import dev.quartet.policy.Adapter;
import dev.quartet.policy.Template;
import dev.quartet.policy.Variety;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Mixer's kinds of old: one per adapter, one per template (Istio 1.4 `mixer/{adapter,template}/inventory.yaml`).
enum OldKind {
    BYPASS("bypass", Variety.CHECK),
    CIRCONUS("circonus", Variety.REPORT),
    CLOUDWATCH("cloudwatch", Variety.REPORT),
    DENIER("denier", Variety.CHECK),
    DOGSTATSD("dogstatsd", Variety.REPORT),
    FLUENTD("fluentd", Variety.REPORT),
    KUBERNETESENV("kubernetesenv", Variety.REPORT, Advice.WORKLOADS),
    LISTCHECKER("listchecker", Variety.CHECK, Advice.AUTHORIZE),
    MEMQUOTA("memquota", Variety.QUOTA, Advice.QUOTAS),
    /// Allows whatever it is asked.
    NOOP("noop", Variety.REPORT, "take it out: it does nothing"),
    OPA("opa", Variety.CHECK, Advice.AUTHORIZE),
    PROMETHEUS("prometheus", Variety.REPORT),
    RBAC("rbac", Variety.CHECK, Advice.AUTHORIZE),
    REDISQUOTA("redisquota", Variety.QUOTA, Advice.QUOTAS),
    SIGNALFX("signalfx", Variety.REPORT),
    SOLARWINDS("solarwinds", Variety.REPORT),
    STACKDRIVER("stackdriver", Variety.REPORT),
    STATSD("statsd", Variety.REPORT),
    STDIO(
            "stdio",
            Variety.REPORT,
            "Envoy's own access log says the same: accessLogFile of the MeshConfig"),
    ZIPKIN("zipkin", Variety.REPORT),

    APIKEY(Form.INSTANCE, "apikey", Variety.CHECK, Advice.AUTHORIZE),
    AUTHORIZATION(Form.INSTANCE, "authorization", Variety.CHECK, Advice.AUTHORIZE),
    CHECKNOTHING(Form.INSTANCE, "checknothing", Variety.CHECK, Advice.AUTHORIZE),
    EDGE(Form.INSTANCE, "edge", Variety.REPORT, Advice.REPORTS),
    KUBERNETES(Form.INSTANCE, "kubernetes", Variety.REPORT, Advice.WORKLOADS),
    LISTENTRY(Form.INSTANCE, "listentry", Variety.CHECK, Advice.AUTHORIZE),
    LOGENTRY(Form.INSTANCE, "logentry", Variety.REPORT, Advice.REPORTS),
    METRIC(Form.INSTANCE, "metric", Variety.REPORT, Advice.REPORTS),
    QUOTA(Form.INSTANCE, "quota", Variety.QUOTA, Advice.QUOTAS),
    REPORTNOTHING(Form.INSTANCE, "reportnothing", Variety.REPORT, Advice.REPORTS),
    TRACESPAN(Form.INSTANCE, "tracespan", Variety.REPORT, Advice.REPORTS);

    enum Form {
        HANDLER,
        INSTANCE
    }

    /// What a user does without it.
    private static final class Advice {
        static final String AUTHORIZE =
                "write a rule with a denier, or an AuthorizationPolicy, and take it and the rules that name it out";
        static final String QUOTAS =
                "nothing limits rates yet: take it and the rules that name it out, if you can do without";
        static final String REPORTS = "use the metrics of Prometheus in its place";
        static final String WORKLOADS = "take it out: the mesh knows its workloads by itself";
    }

    static final Set<String> LABELS =
            Arrays.stream(values()).map(OldKind::label).collect(Collectors.toUnmodifiableSet());

    private final Form form;
    private final String label;
    private final Variety variety;
    private final String advice;

    OldKind(String adapter, Variety variety) {
        this(adapter, variety, variety == Variety.REPORT ? Advice.REPORTS : Advice.AUTHORIZE);
    }

    OldKind(String adapter, Variety variety, String advice) {
        this(Form.HANDLER, adapter, variety, advice);
    }

    OldKind(Form form, String label, Variety variety, String advice) {
        this.form = form;
        this.label = label;
        this.variety = variety;
        this.advice = advice;
    }

    static Optional<OldKind> ofLabel(String label) {
        return Arrays.stream(values()).filter(it -> it.label.equals(label)).findFirst();
    }

    Form form() {
        return form;
    }

    /// As a user writes it, and as `compiledAdapter` and `compiledTemplate` name it.
    String label() {
        return label;
    }

    String advice() {
        return advice;
    }

    /// Whether requests are denied by it: without it more would be allowed.
    boolean protects() {
        return variety != Variety.REPORT;
    }

    /// Whether this mesh has that adapter or template.
    boolean isBuiltIn() {
        return form == Form.HANDLER
                ? Adapter.ofLabel(label).isPresent()
                : Template.ofLabel(label).isPresent();
    }
}
