package dev.quartet.policy;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The templates that instances can have. Their fields: [InstanceFields].
public enum Template {
    METRIC("metric", Variety.REPORT),
    CHECK_NOTHING("checknothing", Variety.CHECK),
    REPORT_NOTHING("reportnothing", Variety.REPORT);

    /// Istio's other templates. Nothing is made of them yet, but whether one protects must be known.
    private static final Map<String, Variety> LATER =
            Map.of(
                    "apikey", Variety.CHECK,
                    "authorization", Variety.CHECK,
                    "listentry", Variety.CHECK,
                    "quota", Variety.QUOTA,
                    "logentry", Variety.REPORT,
                    "edge", Variety.REPORT,
                    "tracespan", Variety.REPORT,
                    "kubernetes", Variety.REPORT);

    private static final Map<String, Template> BY_LABEL =
            Arrays.stream(values())
                    .collect(Collectors.toUnmodifiableMap(Template::label, Function.identity()));

    private final String label;
    private final Variety variety;

    Template(String label, Variety variety) {
        this.label = label;
        this.variety = variety;
    }

    /// What a user writes in `compiledTemplate`.
    public String label() {
        return label;
    }

    public Variety variety() {
        return variety;
    }

    /// For messages.
    static String labels() {
        return Arrays.stream(values())
                .map(Template::label)
                .sorted()
                .collect(Collectors.joining(", "));
    }

    public static Optional<Template> ofLabel(String label) {
        return Optional.ofNullable(BY_LABEL.get(label));
    }

    /// Also for templates that only Istio has; null for a name that nobody knows.
    static @Nullable Variety varietyOf(String label) {
        var template = BY_LABEL.get(label);
        return template == null ? LATER.get(label) : template.variety;
    }
}
