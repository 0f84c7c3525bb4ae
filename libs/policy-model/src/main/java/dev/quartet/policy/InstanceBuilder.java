package dev.quartet.policy;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.check.Problems;
import dev.quartet.config.mixer.Instance;
import dev.quartet.expressions.AttributeVocabulary;
import dev.quartet.expressions.ValueType;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads an instance's parameters into its template's fields. One use; not thread-safe.
final class InstanceBuilder {
    private static final Set<ValueType> NUMBERS =
            EnumSet.of(ValueType.INT64, ValueType.DOUBLE, ValueType.DURATION);
    private static final Set<ValueType> SCALARS =
            EnumSet.complementOf(EnumSet.of(ValueType.STRING_MAP));

    private final AttributeVocabulary vocabulary;
    private final Instance instance;
    private final @Nullable String label;
    private final Problems problems;

    InstanceBuilder(AttributeVocabulary vocabulary, Instance instance, Problems problems) {
        this.vocabulary = vocabulary;
        this.instance = instance;
        this.label =
                instance.compiledTemplate() != null
                        ? instance.compiledTemplate()
                        : instance.template();
        this.problems = problems;
    }

    /// What it is, or would be if it were not broken; null when nothing tells.
    @Nullable Variety variety() {
        return label == null ? null : Template.varietyOf(label);
    }

    /// Null when it has no usable template or no value; every fault is among the problems.
    @Nullable InstanceFields build() {
        if (label == null) {
            problems.missing(
                    FieldPath.SPEC.field("compiledTemplate"),
                    "the instance has no template",
                    "write one of " + Template.labels());
            return null;
        }
        var template = Template.ofLabel(label);
        if (template.isEmpty()) {
            problems.add(
                    Reason.UNKNOWN_TEMPLATE,
                    FieldPath.SPEC.field(
                            instance.compiledTemplate() != null ? "compiledTemplate" : "template"),
                    (variety() == null
                                    ? "there is no template "
                                    : "this version lacks the template ")
                            + label,
                    "use one of " + Template.labels());
            return null;
        }
        var params = Params.of(FieldPath.SPEC.field("params"), instance.params(), problems);
        return switch (template.get()) {
            case CHECK_NOTHING -> {
                params.close();
                yield new InstanceFields.CheckNothing();
            }
            case REPORT_NOTHING -> {
                params.close();
                yield new InstanceFields.ReportNothing();
            }
            case METRIC -> metric(params);
        };
    }

    private InstanceFields.@Nullable Metric metric(Params params) {
        if (!params.has("value")) {
            params.missing("value");
        }
        var value = params.expression("value", vocabulary);
        var dimensions = params.expressions("dimensions", vocabulary);
        var resourceType = params.expression("monitored_resource_type", vocabulary);
        var resourceDimensions = params.expressions("monitored_resource_dimensions", vocabulary);
        params.close();
        value.ifPresent(expression -> params.requireType("value", expression, NUMBERS));
        resourceType.ifPresent(expression ->
                params.requireType(
                        "monitored_resource_type", expression, Set.of(ValueType.STRING)));
        dimensions.forEach((name, expression) ->
                params.requireEntryType("dimensions", name, expression, SCALARS));
        resourceDimensions.forEach((name, expression) ->
                params.requireEntryType(
                        "monitored_resource_dimensions", name, expression, SCALARS));
        return value.map(expression ->
                        new InstanceFields.Metric(
                                expression,
                                dimensions,
                                resourceType.orElse(null),
                                resourceDimensions))
                .orElse(null);
    }
}
