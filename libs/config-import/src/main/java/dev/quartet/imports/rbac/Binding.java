package dev.quartet.imports.rbac;

import dev.quartet.config.security.AuthorizationPolicy.Condition;
import dev.quartet.config.security.AuthorizationPolicy.From;
import dev.quartet.config.security.AuthorizationPolicy.Operation;
import dev.quartet.config.security.AuthorizationPolicy.Rule;
import dev.quartet.config.security.AuthorizationPolicy.To;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// The rules that callers get for what they may do.
final class Binding {
    private Binding() {}

    /// One rule for all callers that are sources alone, and one for each that has conditions.
    static List<Rule> rules(List<Caller> callers, Operation operation, List<Condition> when) {
        List<To> to = isEmpty(operation) ? List.of() : List.of(new To(operation));
        if (callers.stream().anyMatch(Caller::isAnyone)) {
            return List.of(new Rule(List.of(), to, when));
        }
        var rules = new ArrayList<Rule>();
        var sources =
                callers.stream()
                        .filter(caller -> caller.when().isEmpty())
                        .map(Caller::source)
                        .filter(Objects::nonNull)
                        .map(From::new)
                        .toList();
        if (!sources.isEmpty()) {
            rules.add(new Rule(sources, to, when));
        }
        for (var caller : callers) {
            if (!caller.when().isEmpty()) {
                var both = new ArrayList<>(caller.when());
                both.addAll(when);
                rules.add(
                        new Rule(
                                caller.source() == null
                                        ? List.of()
                                        : List.of(new From(caller.source())),
                                to,
                                both));
            }
        }
        return rules;
    }

    private static boolean isEmpty(Operation operation) {
        return operation.equals(
                new Operation(
                        List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(),
                        List.of()));
    }

    static Operation atPorts(Operation operation, List<String> ports) {
        return new Operation(
                operation.hosts(),
                operation.notHosts(),
                ports,
                operation.notPorts(),
                operation.methods(),
                operation.notMethods(),
                operation.paths(),
                operation.notPaths());
    }
}
