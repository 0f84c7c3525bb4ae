package dev.quartet.policy.authorization;

import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.security.AuthorizationPolicy;
import dev.quartet.config.security.AuthorizationPolicy.Action;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// An AuthorizationPolicy as it is decided by. What cannot be decided falls out so that the policy protects more, not less: of ALLOW the
/// rule, of others the requirement.
///
/// @param dryRun it is not in force, and is told only what it would do
/// @param rules any one is enough
/// @param problems what has fallen out
public record AccessPolicy(
        ResourceKey key,
        Action action,
        boolean dryRun,
        List<AccessRule> rules,
        List<Problem> problems) {
    /// `"true"`: Istio's annotation for a policy that is to be tried.
    public static final String DRY_RUN = "istio.io/dry-run";

    public AccessPolicy {
        rules = List.copyOf(rules);
        problems = List.copyOf(problems);
    }

    /// @param trustDomains the mesh's, and its aliases: a principal of one of them is meant in all of them
    public static AccessPolicy of(
            Resource<AuthorizationPolicy> resource, Set<String> trustDomains) {
        var action = Objects.requireNonNullElse(resource.spec().action(), Action.ALLOW);
        var reader = new RuleReader(resource.key(), action, trustDomains);
        var rules = new ArrayList<AccessRule>();
        for (int number = 0; number < resource.spec().rules().size(); number++) {
            reader.read(resource.spec().rules().get(number), number).ifPresent(rules::add);
        }
        return new AccessPolicy(
                resource.key(),
                action,
                "true".equals(resource.annotations().get(DRY_RUN)),
                rules,
                reader.problems());
    }

    /// As it is for one port.
    public AccessPolicy at(int port) {
        return with(rules.stream().flatMap(rule -> rule.at(port).stream()).toList(), problems);
    }

    /// As it is for bytes that are not read as HTTP. What asks for a request there cannot be decided.
    public AccessPolicy forConnections() {
        var left = new ArrayList<AccessRule>();
        var found = new LinkedHashSet<>(problems);
        for (var rule : rules) {
            var undecided =
                    rule.requirements().filter(it -> !it.attribute().isOfConnections()).toList();
            undecided.forEach(it -> found.add(RuleReader.needsHttp(key, action, it)));
            if (undecided.isEmpty()) {
                left.add(rule);
            } else if (action != Action.ALLOW) {
                left.add(rule.keeping(it -> it.attribute().isOfConnections()));
            }
        }
        return with(left, List.copyOf(found));
    }

    private AccessPolicy with(List<AccessRule> others, List<Problem> found) {
        return new AccessPolicy(key, action, dryRun, others, found);
    }
}
