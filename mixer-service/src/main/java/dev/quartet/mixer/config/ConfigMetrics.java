package dev.quartet.mixer.config;

import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.expressions.AttributeVocabulary;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// The meters of configuration, with Istio's names. Istio's `mixer_config_…_total` tell how many there are now.
final class ConfigMetrics {
    private final Supplier<@Nullable InForce> inForce;
    private final Counter newHandlers;
    private final Counter reusedHandlers;
    private final Counter closedHandlers;
    private final Counter failures;

    ConfigMetrics(MeterRegistry registry, Supplier<@Nullable InForce> inForce) {
        this.inForce = inForce;
        this.newHandlers = counter(registry, "mixer_handler_new_handlers", "Handlers made");
        this.reusedHandlers =
                counter(
                        registry,
                        "mixer_handler_reused_handlers",
                        "Handlers that a revision left alone");
        this.closedHandlers =
                counter(
                        registry,
                        "mixer_handler_closed_handlers",
                        "Handlers that a revision took away");
        this.failures =
                counter(
                        registry,
                        "mixer_config_apply_failures",
                        "Revisions that could not be put in force");
        gauge(
                registry,
                "mixer_config_attributes",
                "Attributes known",
                config -> AttributeVocabulary.standard().names().size());
        gauge(
                registry,
                "mixer_config_rule_configs",
                "Rules in force",
                config -> config.policy().rules().size());
        gauge(
                registry,
                "mixer_config_handler_configs",
                "Handlers in force",
                config -> config.policy().handlers().size());
        gauge(
                registry,
                "mixer_config_instance_configs",
                "Instances in force",
                config -> config.policy().instances().size());
        problems(registry, "mixer_config_rule_config_errors", "Problems of rules", of(Kind.RULE));
        problems(
                registry,
                "mixer_config_instance_config_errors",
                "Problems of instances",
                of(Kind.INSTANCE));
        problems(
                registry,
                "mixer_config_handler_validation_error",
                "Problems of handlers",
                of(Kind.HANDLER));
        problems(
                registry,
                "mixer_config_rule_config_match_error",
                "Rules whose match is wrong",
                of(Kind.RULE).and(problem -> problem.path().text().endsWith("match")));
        problems(
                registry,
                "mixer_config_unsatisfied_action_handler",
                "Actions without their handler",
                problem -> problem.reason() == Reason.UNKNOWN_HANDLER);
    }

    private static Counter counter(MeterRegistry registry, String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }

    private void problems(
            MeterRegistry registry, String name, String description, Predicate<Problem> which) {
        gauge(
                registry,
                name,
                description,
                config -> config.problems().stream().filter(which).count());
    }

    private void gauge(
            MeterRegistry registry,
            String name,
            String description,
            ToDoubleFunction<InForce> value) {
        FunctionCounter.builder(
                        name,
                        this,
                        metrics -> {
                            var config = metrics.inForce.get();
                            return config == null ? 0 : value.applyAsDouble(config);
                        })
                .description(description)
                .register(registry);
    }

    private static Predicate<Problem> of(Kind kind) {
        return problem -> {
            var resource = problem.resource();
            return resource != null && resource.kind() == kind;
        };
    }

    void handlers(int made, int reused, int closed) {
        newHandlers.increment(made);
        reusedHandlers.increment(reused);
        closedHandlers.increment(closed);
    }

    void failed() {
        failures.increment();
    }
}
