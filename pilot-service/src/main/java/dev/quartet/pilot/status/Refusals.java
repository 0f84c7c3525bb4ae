package dev.quartet.pilot.status;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.xds.ConnectionStatus;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What proxies refuse, said of the resources that users wrote. Thread-safe; costs nothing while nothing is refused.
public final class Refusals {
    /// Resources of which one refusal is said: where more may be to blame, nobody is helped by a list.
    static final int MOST_BLAMED = 10;

    /// Resources of one type that one proxy refuses and that are looked into.
    private static final int MAX_NAMES = 20;

    private static final int MAX_PROBLEMS = 100;

    /// Of what something that a proxy gets is made.
    @FunctionalInterface
    public interface Sources {
        Collection<ResourceKey> madeFrom(Proxy proxy, XdsType type, String name);
    }

    /// One resource of Envoy's that a proxy refuses.
    ///
    /// @param error Envoy's words
    /// @param madeFrom the users' resources that may be to blame: those that it is made of and that have changed since the proxy had
    ///     all it should have, if there are any, else all
    public record Refusal(
            Proxy proxy, XdsType type, String name, String error, List<ResourceKey> madeFrom) {}

    private final Sources sources;
    private final ConfigLedger ledger;

    public Refusals(Sources sources, ConfigLedger ledger) {
        this.sources = sources;
        this.ledger = ledger;
    }

    /// What one proxy refuses.
    public List<Refusal> of(ConnectionStatus.Progress progress) {
        return of(progress, new Blame());
    }

    private List<Refusal> of(ConnectionStatus.Progress progress, Blame blame) {
        if (progress.refusals().isEmpty()) {
            return List.of();
        }
        var refusals = new ArrayList<Refusal>();
        progress.refusals()
                .forEach((type, refusal) ->
                        refusal.names().entrySet().stream()
                                .limit(MAX_NAMES)
                                .map(refused ->
                                        new Refusal(
                                                progress.proxy(),
                                                type,
                                                refused.getKey(),
                                                refused.getValue(),
                                                blame.of(progress, type, refused.getKey())))
                                .forEach(refusals::add));
        return refusals;
    }

    /// Many proxies that refuse one thing share what it is made of: it is looked through once.
    private final class Blame {
        private final Map<Collection<ResourceKey>, Map<String, List<ResourceKey>>> known =
                new IdentityHashMap<>();

        List<ResourceKey> of(ConnectionStatus.Progress progress, XdsType type, String name) {
            var made = sources.madeFrom(progress.proxy(), type, name);
            return known.computeIfAbsent(made, _ -> new HashMap<>())
                    .computeIfAbsent(
                            progress.revisionInForce(),
                            revision -> ledger.changedSince(revision, made));
        }
    }

    /// One thing that is refused, by however many proxies.
    private record Refused(
            ResourceKey resource, XdsType type, String name, String error, int others) {}

    /// What all proxies refuse, one problem for each user's resource and each thing made of it.
    public List<Problem> problems(Collection<ConnectionStatus.Progress> proxies) {
        var refusing = new LinkedHashMap<Refused, List<Proxy>>();
        var blame = new Blame();
        for (var proxy : proxies) {
            for (var refusal : of(proxy, blame)) {
                var others = refusal.madeFrom().size() - 1;
                for (var resource : refusal.madeFrom().stream().limit(MOST_BLAMED).toList()) {
                    refusing.computeIfAbsent(
                                    new Refused(
                                            resource,
                                            refusal.type(),
                                            refusal.name(),
                                            refusal.error(),
                                            others),
                                    _ -> new ArrayList<>())
                            .add(refusal.proxy());
                }
            }
        }
        return refusing.entrySet().stream().limit(MAX_PROBLEMS).map(Refusals::problem).toList();
    }

    private static Problem problem(Map.Entry<Refused, List<Proxy>> entry) {
        var refused = entry.getKey();
        var proxies = entry.getValue();
        var who =
                proxies.stream().map(Proxy::instance).sorted().findFirst().orElse("")
                        + (proxies.size() == 1
                                ? " refuses"
                                : " and %d more proxies refuse".formatted(proxies.size() - 1));
        var made =
                refused.others() == 0
                        ? "is made of this"
                        : "is made of this and %d more".formatted(refused.others());
        return new Problem(
                Reason.REFUSED_BY_PROXY,
                refused.resource(),
                null,
                FieldPath.SPEC,
                "%s %s \"%s\", which %s: %s"
                        .formatted(
                                who, refused.type().label(), refused.name(), made, refused.error()),
                "correct what Envoy names; until then the proxy keeps what it had of it");
    }
}
