package dev.quartet.policy;

import dev.quartet.expressions.Expression;
import dev.quartet.expressions.Knowledge;
import dev.quartet.expressions.PartialResult;

/// Where a rule can match, from what is known before a request comes.
///
/// A rule of the root namespace applies everywhere, another one only to requests of its namespace: the destination's,
/// or where the reporter is outbound the source's. After Istio 1.4, `mixer/pkg/runtime/dispatcher`.
public final class RuleMatcher {
    private RuleMatcher() {}

    /// Whether, and on what that still depends.
    public sealed interface Match {
        record Never() implements Match {}

        /// Depends on the residual.
        record Sometimes(Expression residual) implements Match {}

        /// For every request of which the known is true (or the match fails, which stops nobody).
        record Always() implements Match {}
    }

    public static Match match(PolicyRule rule, String rootNamespace, Knowledge known) {
        if (!canApply(rule, rootNamespace, known)) {
            return new Match.Never();
        }
        if (rule.match() == null) {
            return new Match.Always();
        }
        return switch (rule.match().evaluatePartially(known)) {
            case PartialResult.Known(var holds) ->
                    Boolean.TRUE.equals(holds) ? new Match.Always() : new Match.Never();
            case PartialResult.Unknown(var residual) -> new Match.Sometimes(residual);
            case PartialResult.Failed _ -> new Match.Never();
        };
    }

    private static boolean canApply(PolicyRule rule, String rootNamespace, Knowledge known) {
        if (rule.namespace().equals(rootNamespace)) {
            return true;
        }
        return switch (known.attribute(PolicyTable.REPORTER_KIND)) {
            case Knowledge.Fact.Known(var kind) ->
                    canBe(known, PolicyTable.scopeAttribute(kind), rule.namespace());
            case Knowledge.Fact.KnownAbsent _ ->
                    canBe(known, PolicyTable.scopeAttribute(null), rule.namespace());
            case Knowledge.Fact.Unknown _ ->
                    canBe(known, PolicyTable.scopeAttribute("inbound"), rule.namespace())
                            || canBe(
                                    known,
                                    PolicyTable.scopeAttribute("outbound"),
                                    rule.namespace());
        };
    }

    private static boolean canBe(Knowledge known, String attribute, String namespace) {
        return switch (known.attribute(attribute)) {
            case Knowledge.Fact.Known(var value) -> value.equals(namespace);
            case Knowledge.Fact.KnownAbsent _ -> false;
            case Knowledge.Fact.Unknown _ -> true;
        };
    }
}
