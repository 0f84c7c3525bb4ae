package dev.quartet.mixer.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.expressions.Expression;
import dev.quartet.policy.AdapterConfig;
import dev.quartet.policy.InstanceFields;
import dev.quartet.policy.PolicyAction;
import dev.quartet.policy.PolicyInstance;
import dev.quartet.policy.PolicyRule;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// `GET /admin/v1/config`: the rules, handlers and instances in force, and what is wrong with them.
@RestController
class ConfigController {
    private final MixerView mixer;

    ConfigController(MixerView mixer) {
        this.mixer = mixer;
    }

    record ConfigView(
            String revision,
            Instant since,
            boolean fromDisk,
            String rootNamespace,
            List<RuleView> rules,
            List<HandlerView> handlers,
            List<InstanceView> instances,
            List<ProblemView> problems) {}

    record RuleView(
            String namespace,
            String name,
            @Nullable String match,
            List<ActionView> actions,
            List<ProblemView> problems) {}

    /// @param does `check`, `report`, or `deny` for a check that is broken
    /// @param reason why a broken check denies
    record ActionView(
            String does, String handler, List<String> instances, @Nullable String reason) {}

    record HandlerView(
            String namespace,
            String name,
            String adapter,
            AdapterConfig settings,
            List<ProblemView> problems) {}

    /// @param fields the template's fields as expressions
    record InstanceView(
            String namespace,
            String name,
            String template,
            Map<String, String> fields,
            List<ProblemView> problems) {}

    record ProblemView(
            String reason,
            String severity,
            @Nullable String resource,
            String path,
            String fault,
            String fix) {}

    @GetMapping("/admin/v1/config")
    ConfigView config() {
        var inForce =
                mixer.inForce()
                        .orElseThrow(() ->
                                ProblemException.unavailable(
                                        "Mixer has no configuration from Galley yet"));
        var policy = inForce.policy();
        var problems = inForce.problems();
        return new ConfigView(
                inForce.revision(),
                inForce.since(),
                inForce.fromDisk(),
                policy.rootNamespace(),
                policy.rules().stream().map(rule -> view(rule, problems)).toList(),
                policy.handlers().values().stream()
                        .map(handler ->
                                new HandlerView(
                                        handler.key().namespace(),
                                        handler.key().name(),
                                        handler.adapter().label(),
                                        handler.config(),
                                        of(handler.key(), problems)))
                        .toList(),
                policy.instances().values().stream()
                        .map(instance -> view(instance, problems))
                        .toList(),
                problems.stream().map(ConfigController::view).toList());
    }

    private static RuleView view(PolicyRule rule, List<Problem> problems) {
        var match = rule.match();
        return new RuleView(
                rule.namespace(),
                rule.key().name(),
                match == null ? null : match.text(),
                rule.actions().stream().map(ConfigController::view).toList(),
                of(rule.key(), problems));
    }

    private static ActionView view(PolicyAction action) {
        return switch (action) {
            case PolicyAction.Check(var handler, var instances) ->
                    new ActionView("check", handler.fullName(), names(instances), null);
            case PolicyAction.Report(var handler, var instances) ->
                    new ActionView("report", handler.fullName(), names(instances), null);
            case PolicyAction.BrokenCheck(var handler, var reason) ->
                    new ActionView("deny", handler, List.of(), reason);
        };
    }

    private static List<String> names(List<PolicyInstance> instances) {
        return instances.stream()
                .map(instance -> instance.key().name() + "." + instance.key().namespace())
                .toList();
    }

    private static InstanceView view(PolicyInstance instance, List<Problem> problems) {
        var fields = new TreeMap<String, String>();
        switch (instance.fields()) {
            case InstanceFields.Metric metric -> {
                fields.put("value", metric.value().text());
                metric.dimensions()
                        .forEach((name, expression) ->
                                fields.put("dimensions." + name, expression.text()));
                Expression type = metric.monitoredResourceType();
                if (type != null) {
                    fields.put("monitoredResourceType", type.text());
                }
            }
            case InstanceFields.CheckNothing nothing -> {}
            case InstanceFields.ReportNothing nothing -> {}
        }
        return new InstanceView(
                instance.key().namespace(),
                instance.key().name(),
                instance.template().label(),
                fields,
                of(instance.key(), problems));
    }

    private static List<ProblemView> of(ResourceKey key, List<Problem> problems) {
        return problems.stream()
                .filter(problem -> key.equals(problem.resource()))
                .map(ConfigController::view)
                .toList();
    }

    private static ProblemView view(Problem problem) {
        var resource = problem.resource();
        return new ProblemView(
                problem.reason().label(),
                problem.severity().name(),
                resource == null ? null : resource.toString(),
                problem.path().text(),
                problem.fault(),
                problem.fix());
    }
}
