package dev.quartet.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Resource;
import dev.quartet.config.read.ReadResult;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.expressions.AttributeVocabulary;
import dev.quartet.expressions.Attributes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Tables from YAML, and what they do, as text that tests can compare.
final class Policies {
    private Policies() {}

    static ReadResult read(String file, String yaml) {
        return new ResourceReader().readYaml(file, yaml);
    }

    static PolicyTable table(String yaml) {
        var read = read("in.yaml", yaml);
        assertThat(read.problems()).isEmpty();
        return table(read.plainResources());
    }

    static PolicyTable table(List<Resource<?>> resources) {
        return PolicyTable.build(
                resources, AttributeVocabulary.standard(), PolicyTable.DEFAULT_ROOT_NAMESPACE);
    }

    static PolicyTable soundTable(String yaml) {
        var table = table(yaml);
        assertThat(table.problems()).isEmpty();
        return table;
    }

    /// A denier `name` of a namespace, with a rule of the same name and match.
    static String denyRule(String namespace, String name, String match) {
        return """
        apiVersion: config.istio.io/v1alpha2
        kind: handler
        metadata: {name: %2$s, namespace: %1$s}
        spec: {compiledAdapter: denier, params: {status: {code: 7, message: no}}}
        ---
        apiVersion: config.istio.io/v1alpha2
        kind: instance
        metadata: {name: %2$s, namespace: %1$s}
        spec: {compiledTemplate: checknothing}
        ---
        apiVersion: config.istio.io/v1alpha2
        kind: rule
        metadata: {name: %2$s, namespace: %1$s}
        spec:
          match: '%3$s'
          actions:
          - {handler: %2$s, instances: [%2$s]}
        """
                .formatted(namespace, name, match);
    }

    static Attributes bag(Object... namesAndValues) {
        var values = new LinkedHashMap<String, Object>();
        for (var i = 0; i < namesAndValues.length; i += 2) {
            values.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return Attributes.of(values);
    }

    static String described(PolicyAction action) {
        return switch (action) {
            case PolicyAction.Check(var handler, var instances) ->
                    "check "
                            + handler.fullName()
                            + " "
                            + instances.stream().map(i -> i.key().name()).toList();
            case PolicyAction.Report(var handler, var instances) ->
                    "report "
                            + handler.fullName()
                            + " "
                            + instances.stream().map(i -> i.key().name()).toList();
            case PolicyAction.BrokenCheck(var handler, var reason) ->
                    "deny " + handler + ": " + reason;
        };
    }

    static Map<String, Object> described(PolicyTable table) {
        var all = new LinkedHashMap<String, Object>();
        table.rules()
                .forEach(rule ->
                        all.put(
                                rule.key().toString(),
                                rule.match()
                                        + " "
                                        + rule.actions().stream()
                                                .map(Policies::described)
                                                .toList()));
        table.handlers().forEach((key, handler) -> all.put(key.toString(), handler));
        table.instances().forEach((key, instance) -> all.put(key.toString(), instance.toString()));
        all.put("problems", table.problems());
        return all;
    }
}
