package dev.quartet.config.mixer;

import dev.quartet.config.Spec;
import dev.quartet.config.networking.StringMatch;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.SortedMaps;
import java.util.List;
import java.util.Map;

/// Which quotas a request is charged to (Istio 1.4 `mixer/v1/config/client/quota.proto`).
///
/// @param rules every one that matches is charged
@NotTranslated("no quota is charged")
public record QuotaSpec(@Required List<QuotaRule> rules) implements Spec {
    public QuotaSpec {
        rules = List.copyOf(rules);
    }

    /// @param match any one is enough; every request when left out
    public record QuotaRule(List<AttributeMatch> match, @Required List<Quota> quotas) {
        public QuotaRule {
            match = List.copyOf(match);
            quotas = List.copyOf(quotas);
        }
    }

    /// @param clause by attribute; all must hold
    public record AttributeMatch(Map<String, StringMatch> clause) {
        public AttributeMatch {
            clause = SortedMaps.copyOf(clause);
        }
    }

    /// @param quota its name, as handlers know it
    /// @param charge how much a request costs, above zero
    public record Quota(@Required String quota, @Required Long charge) {}
}
