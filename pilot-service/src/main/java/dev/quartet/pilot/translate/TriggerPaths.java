package dev.quartet.pilot.translate;

import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.authentication.Jwt;
import dev.quartet.pilot.snapshot.TokenRule;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// On which paths a policy's tokens count, as a list of which the first match decides. Paths are those without query and
/// fragment, so nothing behind `?` or `#` changes what is asked for (CVE-2020-8595).
///
/// Rules without paths always count. Mostly all others have the same single trigger: then Envoy's own path matches say it, the excluded ones
/// first. Else each combination of triggers is a match of its own, of expressions on `:path`, the largest combinations first.
/// There an expression of the user's could reach into the query, so it is not used, and a token is needed on more paths.
final class TriggerPaths {
    /// A path and the rules that count on it.
    record Case(RouteMatch match, Set<TokenRule> triggered) {}

    /// More combinations are not worth their while.
    private static final int MOST_CASES = 64;

    /// What may follow a path in `:path`.
    private static final String END = "(?:[?#].*)?";

    private static final String PATH = ":path";

    private final List<TokenRule> rules;
    private final List<Problem> problems;
    private final Set<TokenRule> always;
    private final List<List<Jwt.TriggerRule>> conditions;

    private TriggerPaths(List<TokenRule> rules, List<Problem> problems) {
        this.rules = rules;
        this.problems = problems;
        this.always = rules.stream().filter(TriggerPaths::isAlways).collect(Collectors.toSet());
        this.conditions =
                rules.stream()
                        .filter(rule -> !isAlways(rule))
                        .map(TokenRule::triggers)
                        .distinct()
                        .toList();
    }

    /// The last case is for all other paths.
    ///
    /// @param problems gets what is more than Envoy can tell apart
    static List<Case> of(List<TokenRule> rules, List<Problem> problems) {
        return new TriggerPaths(rules, problems).cases();
    }

    private static boolean isAlways(TokenRule rule) {
        return rule.triggers().isEmpty()
                || rule.triggers().stream()
                        .anyMatch(
                                it -> it.excludedPaths().isEmpty() && it.includedPaths().isEmpty());
    }

    private List<Case> cases() {
        if (conditions.isEmpty()) {
            return List.of(all(always));
        }
        return conditions.size() == 1 && conditions.getFirst().size() == 1
                ? single(conditions.getFirst().getFirst())
                : combined();
    }

    /// Of a match that takes everything.
    private static Case all(Set<TokenRule> triggered) {
        return new Case(RouteMatch.newBuilder().setPrefix("").build(), triggered);
    }

    private List<Case> single(Jwt.TriggerRule trigger) {
        var cases = new ArrayList<Case>();
        trigger.excludedPaths().forEach(it -> cases.add(new Case(match(it), always)));
        if (trigger.includedPaths().isEmpty()) {
            cases.add(all(Set.copyOf(rules)));
        } else {
            trigger.includedPaths()
                    .forEach(it -> cases.add(new Case(match(it), Set.copyOf(rules))));
            cases.add(all(always));
        }
        return cases;
    }

    private static RouteMatch match(Jwt.PathMatch path) {
        var match = RouteMatch.newBuilder();
        if (path.exact() != null) {
            match.setPath(path.exact());
        } else if (path.prefix() != null) {
            match.setPrefix(path.prefix());
        } else if (path.suffix() != null) {
            match.setSafeRegex(Envoy.regex(".*" + quoted(path.suffix())));
        } else {
            match.setSafeRegex(Envoy.regex(path.regex() == null ? "" : path.regex()));
        }
        return match.build();
    }

    private List<Case> combined() {
        var count = 1;
        for (var condition : conditions) {
            count = Math.min(MOST_CASES + 1, count * (condition.size() + 1));
        }
        if (count > MOST_CASES) {
            tell(rules, "they are %d combinations and more".formatted(MOST_CASES + 1));
            return List.of(all(Set.copyOf(rules)));
        }
        for (var rule : rules) {
            if (!isAlways(rule) && rule.triggers().stream().anyMatch(TriggerPaths::isInexact)) {
                tell(
                        List.of(rule),
                        "there are several triggers, and what regex says of a path cannot be told from what it says of a query");
            }
        }
        var cases = new ArrayList<Case>();
        combine(0, List.of(), new HashSet<>(), cases);
        cases.sort((a, b) -> Integer.compare(b.triggered().size(), a.triggered().size()));
        return List.copyOf(cases);
    }

    private void tell(List<TokenRule> about, String fault) {
        for (var rule : about) {
            problems.add(
                    new Problem(
                            Reason.TOKEN_NEEDED_ON_MORE_PATHS,
                            rule.policy(),
                            null,
                            rule.path().field("triggerRules"),
                            fault,
                            "write one trigger for all of the policy's tokens, or exact, prefix and suffix in the place of regex"));
        }
    }

    private void combine(
            int next, List<HeaderMatcher> headers, Set<TokenRule> triggered, List<Case> cases) {
        if (next == conditions.size()) {
            var all = new HashSet<>(triggered);
            all.addAll(always);
            cases.add(
                    new Case(
                            RouteMatch.newBuilder().setPrefix("").addAllHeaders(headers).build(),
                            all));
            return;
        }
        var condition = conditions.get(next);
        var more = new HashSet<>(triggered);
        rules.stream().filter(rule -> rule.triggers().equals(condition)).forEach(more::add);
        for (var trigger : condition) {
            combine(next + 1, and(headers, trigger), more, cases);
        }
        combine(next + 1, headers, triggered, cases);
    }

    private static List<HeaderMatcher> and(List<HeaderMatcher> headers, Jwt.TriggerRule trigger) {
        var all = new LinkedHashSet<>(headers);
        var excluded = trigger.excludedPaths().stream().filter(it -> !isInexact(it)).toList();
        if (!excluded.isEmpty()) {
            all.add(path(excluded).setInvertMatch(true).build());
        }
        var included = trigger.includedPaths();
        if (!included.isEmpty() && included.stream().noneMatch(TriggerPaths::isInexact)) {
            all.add(path(included).build());
        }
        return List.copyOf(all);
    }

    private static HeaderMatcher.Builder path(List<Jwt.PathMatch> paths) {
        var regex = paths.stream().map(TriggerPaths::expression).collect(Collectors.joining("|"));
        return HeaderMatcher.newBuilder()
                .setName(PATH)
                .setStringMatch(StringMatcher.newBuilder().setSafeRegex(Envoy.regex(regex)));
    }

    private static String expression(Jwt.PathMatch path) {
        if (path.exact() != null) {
            return quoted(path.exact()) + END;
        }
        return path.prefix() != null
                ? quoted(path.prefix()) + ".*"
                : "[^?#]*" + quoted(path.suffix() == null ? "" : path.suffix()) + END;
    }

    private static boolean isInexact(Jwt.TriggerRule trigger) {
        return Stream.concat(trigger.excludedPaths().stream(), trigger.includedPaths().stream())
                .anyMatch(TriggerPaths::isInexact);
    }

    /// Whether an expression on `:path` could take something from behind the path.
    private static boolean isInexact(Jwt.PathMatch path) {
        return path.regex() != null
                || Stream.of(path.exact(), path.prefix(), path.suffix())
                        .anyMatch(TriggerPaths::hasQuery);
    }

    private static boolean hasQuery(@Nullable String text) {
        return text != null && (text.indexOf('?') >= 0 || text.indexOf('#') >= 0);
    }

    private static String quoted(String text) {
        return text.replaceAll("[\\x00-\\x7F&&[^A-Za-z0-9/_-]]", "\\\\$0");
    }
}
