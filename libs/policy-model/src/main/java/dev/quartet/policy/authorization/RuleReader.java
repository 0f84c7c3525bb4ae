package dev.quartet.policy.authorization;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.security.AuthorizationPolicy;
import dev.quartet.config.security.AuthorizationPolicy.Action;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Makes requirements of a policy's fields. For one policy and one thread.
final class RuleReader {
    private final ResourceKey policy;
    private final Action action;
    private final Set<String> trustDomains;
    private final Set<Problem> problems = new LinkedHashSet<>();

    RuleReader(ResourceKey policy, Action action, Set<String> trustDomains) {
        this.policy = policy;
        this.action = action;
        this.trustDomains = trustDomains;
    }

    List<Problem> problems() {
        return List.copyOf(problems);
    }

    /// @return empty: it grants something that cannot be decided
    Optional<AccessRule> read(AuthorizationPolicy.Rule rule, int number) {
        var path = FieldPath.SPEC.field("rules").index(number);
        var before = problems.size();
        var from = new ArrayList<List<Requirement>>();
        for (int i = 0; i < rule.from().size(); i++) {
            from.add(
                    source(
                            rule.from().get(i).source(),
                            path.field("from").index(i).field("source")));
        }
        var to = new ArrayList<List<Requirement>>();
        for (int i = 0; i < rule.to().size(); i++) {
            to.add(
                    operation(
                            rule.to().get(i).operation(),
                            path.field("to").index(i).field("operation")));
        }
        var when = new ArrayList<Requirement>();
        for (int i = 0; i < rule.when().size(); i++) {
            when.addAll(condition(rule.when().get(i), path.field("when").index(i)));
        }
        var read = new AccessRule(policy, number, from, to, when);
        var undecided = problems.size() > before;
        return undecided && action == Action.ALLOW
                ? Optional.empty()
                : Optional.of(read.keeping(_ -> true));
    }

    private List<Requirement> source(AuthorizationPolicy.Source source, FieldPath path) {
        return Stream.of(
                        both(
                                Attribute.Plain.PRINCIPAL,
                                path,
                                "principals",
                                source.principals(),
                                "notPrincipals",
                                source.notPrincipals()),
                        both(
                                Attribute.Plain.REQUEST_PRINCIPAL,
                                path,
                                "requestPrincipals",
                                source.requestPrincipals(),
                                "notRequestPrincipals",
                                source.notRequestPrincipals()),
                        both(
                                Attribute.Plain.NAMESPACE,
                                path,
                                "namespaces",
                                source.namespaces(),
                                "notNamespaces",
                                source.notNamespaces()),
                        both(
                                Attribute.Plain.PEER_ADDRESS,
                                path,
                                "ipBlocks",
                                source.ipBlocks(),
                                "notIpBlocks",
                                source.notIpBlocks()),
                        both(
                                Attribute.Plain.REMOTE_ADDRESS,
                                path,
                                "remoteIpBlocks",
                                source.remoteIpBlocks(),
                                "notRemoteIpBlocks",
                                source.notRemoteIpBlocks()))
                .flatMap(it -> it)
                .toList();
    }

    private List<Requirement> operation(AuthorizationPolicy.Operation operation, FieldPath path) {
        return Stream.of(
                        both(
                                Attribute.Plain.HOST,
                                path,
                                "hosts",
                                operation.hosts(),
                                "notHosts",
                                operation.notHosts()),
                        both(
                                Attribute.Plain.PORT,
                                path,
                                "ports",
                                operation.ports(),
                                "notPorts",
                                operation.notPorts()),
                        both(
                                Attribute.Plain.METHOD,
                                path,
                                "methods",
                                operation.methods(),
                                "notMethods",
                                operation.notMethods()),
                        both(
                                Attribute.Plain.PATH,
                                path,
                                "paths",
                                operation.paths(),
                                "notPaths",
                                operation.notPaths()))
                .flatMap(it -> it)
                .toList();
    }

    private List<Requirement> condition(AuthorizationPolicy.Condition condition, FieldPath path) {
        var attribute = Attribute.of(condition.key());
        if (attribute.isEmpty()) {
            problems.add(
                    undecided(
                            Reason.AUTHORIZATION_NOT_DECIDABLE,
                            policy,
                            action,
                            path.field("key"),
                            quoted(condition.key()) + " is no attribute that a proxy knows",
                            "take the condition out, or use another key"));
            return List.of();
        }
        return both(
                        attribute.get(),
                        path,
                        "values",
                        condition.values(),
                        "notValues",
                        condition.notValues())
                .toList();
    }

    private Stream<Requirement> both(
            Attribute attribute,
            FieldPath path,
            String field,
            List<String> values,
            String notField,
            List<String> notValues) {
        return Stream.concat(
                requirement(attribute, path.field(field), values, false),
                requirement(attribute, path.field(notField), notValues, true));
    }

    private Stream<Requirement> requirement(
            Attribute attribute, FieldPath path, List<String> values, boolean negated) {
        if (values.isEmpty()) {
            return Stream.of();
        }
        var wrong = values.stream().filter(value -> !isDecidable(attribute, value)).findFirst();
        if (wrong.isPresent()) {
            problems.add(
                    undecided(
                            Reason.AUTHORIZATION_NOT_DECIDABLE,
                            policy,
                            action,
                            path,
                            quoted(wrong.get()) + " cannot be compared with anything",
                            "write another value"));
            return Stream.of();
        }
        var meant =
                attribute == Attribute.Plain.PRINCIPAL
                        ? values.stream().flatMap(this::inAllTrustDomains).distinct().toList()
                        : values;
        return Stream.of(
                new Requirement(attribute, meant, negated, Reading.of(action, negated), path));
    }

    private static boolean isDecidable(Attribute attribute, String value) {
        if (attribute == Attribute.Plain.PORT) {
            return value.matches("[0-9]{1,5}");
        }
        return attribute == Attribute.Plain.PEER_ADDRESS
                        || attribute == Attribute.Plain.REMOTE_ADDRESS
                        || attribute == Attribute.Plain.DESTINATION_ADDRESS
                ? AddressBlock.parse(value).isPresent()
                : !value.isEmpty();
    }

    /// After Istio's `pilot/pkg/security/trustdomain`.
    private Stream<String> inAllTrustDomains(String principal) {
        int slash = principal.indexOf('/');
        return slash > 0 && trustDomains.contains(principal.substring(0, slash))
                ? trustDomains.stream().map(domain -> domain + principal.substring(slash))
                : Stream.of(principal);
    }

    static Problem needsHttp(ResourceKey policy, Action action, Requirement requirement) {
        return undecided(
                Reason.AUTHORIZATION_NEEDS_HTTP,
                policy,
                action,
                requirement.path(),
                "on a port that is not read as HTTP nobody knows it",
                "restrict the rule to ports that speak HTTP (to.operation.ports), or say by its protocol that the port does");
    }

    private static Problem undecided(
            Reason reason,
            ResourceKey policy,
            Action action,
            FieldPath path,
            String fault,
            String fix) {
        var then =
                switch (action) {
                    case ALLOW -> ", so the rule lets nobody pass";
                    case DENY -> ", so the rule refuses whatever else it names";
                    case AUDIT -> ", so the rule counts whatever else it names";
                };
        return new Problem(reason, policy, null, path, fault + then, fix);
    }
}
