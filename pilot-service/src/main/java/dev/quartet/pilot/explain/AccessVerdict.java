package dev.quartet.pilot.explain;

import dev.quartet.config.FieldPath;
import dev.quartet.pilot.explain.Explanation.Detail;
import dev.quartet.pilot.explain.Explanation.Source;
import dev.quartet.pilot.explain.Explanation.Stage;
import dev.quartet.pilot.explain.Explanation.Step;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.Workload;
import dev.quartet.pilot.translate.Origin;
import dev.quartet.policy.authorization.AccessDecisions;
import dev.quartet.policy.authorization.AccessPolicy;
import dev.quartet.policy.authorization.AccessRequest;
import dev.quartet.policy.authorization.Decision;
import dev.quartet.policy.authorization.Decision.Decider;
import dev.quartet.policy.authorization.Decision.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the AuthorizationPolicies that select a workload make of a request that arrives at its proxy. A token is not verified here: it counts as good.
///
/// @param refusal why it goes no further; empty: it does
/// @param status of the proxy's answer then
record AccessVerdict(Step step, Optional<String> refusal, int status) {
    private static final int FORBIDDEN = 403;
    private static final int BAD_REQUEST = 400;

    /// @param principal of the peer; empty: it has proved nothing
    /// @param http whether what arrives is read as HTTP
    /// @return empty: the proxy's workload is not known
    static Optional<AccessVerdict> of(
            Party party,
            Question question,
            FilterChains.Connection connection,
            Optional<String> principal,
            boolean http) {
        return party.facts()
                .workload(party.proxy().instance())
                .map(workload -> of(party, workload, question, connection, principal, http));
    }

    private static AccessVerdict of(
            Party party,
            Workload workload,
            Question question,
            FilterChains.Connection connection,
            Optional<String> principal,
            boolean http) {
        var policies = party.facts().accessPolicies(workload);
        var peer = connection.source().orElse("");
        var trusted = party.proxy().role() == Proxy.Role.SIDECAR && principal.isPresent();
        var request =
                new AccessRequest(
                        principal,
                        peer,
                        trusted ? forwardedFor(question).orElse(peer) : peer,
                        connection.destination().orElse(workload.address()),
                        connection.port(),
                        connection.sni(),
                        Map.of(),
                        http ? Optional.of(read(question)) : Optional.empty());
        return of(policies, AccessDecisions.decide(policies, request));
    }

    private static AccessRequest.Http read(Question question) {
        var headers = new LinkedHashMap<String, List<String>>();
        question.headers().forEach((name, value) -> headers.put(name, List.of(value)));
        return new AccessRequest.Http(
                question.method(),
                question.authority(),
                question.path(),
                headers,
                TokenClaims.of(question.headers()));
    }

    private static Optional<String> forwardedFor(Question question) {
        var all = question.headers().getOrDefault("x-forwarded-for", "");
        var last = all.substring(all.lastIndexOf(',') + 1).strip();
        return last.isEmpty() ? Optional.empty() : Optional.of(last);
    }

    private static AccessVerdict of(List<AccessPolicy> policies, Decision decision) {
        var details = new ArrayList<Detail>();
        decision.audited()
                .forEach(rule ->
                        details.add(new Detail("counted by an AUDIT rule", List.of(source(rule)))));
        decision.dryRun()
                .ifPresent(verdict ->
                        details.add(
                                new Detail(
                                        "if the policies that are tried (istio.io/dry-run) were in force: "
                                                + words(verdict),
                                        sources(verdict))));
        for (var policy : policies) {
            policy.problems()
                    .forEach(problem ->
                            details.add(
                                    new Detail(
                                            "not as it is written: " + problem.fault(),
                                            List.of(
                                                    Source.of(
                                                            new Origin(
                                                                    policy.key(),
                                                                    problem.path()))))));
        }
        var verdict = decision.verdict();
        var text = words(verdict);
        return new AccessVerdict(
                new Step(Stage.POLICY, "authorization", text, sources(verdict), details, List.of()),
                verdict.passes() ? Optional.empty() : Optional.of(text),
                verdict instanceof Verdict.Malformed ? BAD_REQUEST : FORBIDDEN);
    }

    private static String words(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Open() -> "no AuthorizationPolicy restricts who may call it";
            case Verdict.Allowed(var by) -> "allowed by " + by.policy() + " " + by.rule();
            case Verdict.Denied(var by) -> "denied by " + by.policy() + " " + by.rule();
            case Verdict.Unmatched(var policies) ->
                    "no rule of the ALLOW policies that select it holds: "
                            + String.join(", ", policies.stream().map(Object::toString).toList());
            case Verdict.Malformed() ->
                    "the path can be read in several ways (a fragment, an escape that is none, a dot segment with parameters)";
        };
    }

    private static List<Source> sources(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Open _, Verdict.Malformed _ -> List.of();
            case Verdict.Allowed(var by) -> List.of(source(by));
            case Verdict.Denied(var by) -> List.of(source(by));
            case Verdict.Unmatched(var policies) ->
                    policies.stream()
                            .map(key -> Source.of(new Origin(key, FieldPath.SPEC.field("rules"))))
                            .toList();
        };
    }

    private static Source source(Decider by) {
        return Source.of(new Origin(by.policy(), by.rule()));
    }
}
