package dev.quartet.policy;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The built-in adapters, and the templates that each takes. Their settings: [AdapterConfig].
public enum Adapter {
    DENIER("denier", Set.of(Template.CHECK_NOTHING)),
    PROMETHEUS("prometheus", Set.of(Template.METRIC));

    /// Istio's other adapters that answer checks or quotas; the rest only reports.
    private static final Map<String, Variety> LATER =
            Map.ofEntries(
                    Map.entry("list", Variety.CHECK),
                    Map.entry("opa", Variety.CHECK),
                    Map.entry("bypass", Variety.CHECK),
                    Map.entry("memquota", Variety.QUOTA),
                    Map.entry("redisquota", Variety.QUOTA),
                    Map.entry("circonus", Variety.REPORT),
                    Map.entry("cloudwatch", Variety.REPORT),
                    Map.entry("dogstatsd", Variety.REPORT),
                    Map.entry("fluentd", Variety.REPORT),
                    Map.entry("kubernetesenv", Variety.REPORT),
                    Map.entry("solarwinds", Variety.REPORT),
                    Map.entry("stackdriver", Variety.REPORT),
                    Map.entry("statsd", Variety.REPORT),
                    Map.entry("stdio", Variety.REPORT),
                    Map.entry("zipkin", Variety.REPORT));

    private static final Map<String, Adapter> BY_LABEL =
            Arrays.stream(values())
                    .collect(Collectors.toUnmodifiableMap(Adapter::label, Function.identity()));

    private final String label;
    private final Set<Template> templates;

    Adapter(String label, Set<Template> templates) {
        this.label = label;
        this.templates = templates;
    }

    /// What a user writes in `compiledAdapter`.
    public String label() {
        return label;
    }

    public boolean takes(Template template) {
        return templates.contains(template);
    }

    /// For messages.
    String templateLabels() {
        return templates.stream().map(Template::label).sorted().collect(Collectors.joining(", "));
    }

    /// For messages.
    static String labels() {
        return Arrays.stream(values()).map(Adapter::label).collect(Collectors.joining(", "));
    }

    public static Optional<Adapter> ofLabel(String label) {
        return Optional.ofNullable(BY_LABEL.get(label));
    }

    /// Also for adapters that only Istio has; null for a name that nobody knows.
    static @Nullable Variety varietyOf(String label) {
        var adapter = BY_LABEL.get(label);
        return adapter == null ? LATER.get(label) : adapter.templates.iterator().next().variety();
    }
}
