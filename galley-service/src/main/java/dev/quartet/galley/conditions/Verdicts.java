package dev.quartet.galley.conditions;

import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import dev.quartet.galley.process.JudgedConfig;
import dev.quartet.galley.status.Component;
import dev.quartet.galley.status.RevisionStatus;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What is to be said of each object at one moment: whether it was accepted, and whether it is in force.
final class Verdicts {
    static final String ACCEPTED = "Accepted";
    static final String IN_FORCE = "InForce";
    private static final String WAITING = "Waiting";

    /// What proxies never see: Mixers alone have it.
    private static final Set<Kind> OF_MIXERS = EnumSet.of(Kind.HANDLER, Kind.INSTANCE, Kind.RULE);

    private final JudgedConfig config;
    private final RevisionStatus status;
    private final Map<ResourceKey, List<Problem>> problems;
    private final Map<Name, RevisionStatus.Lagging> lagging = new HashMap<>();
    private final Map<Name, String> refused = new HashMap<>();

    /// As reports name resources.
    private record Name(String kind, String namespace, String name) {
        static Name of(ResourceKey key) {
            return new Name(key.kind().label(), key.namespace(), key.name());
        }
    }

    /// @param status of the revision that was made of the config
    Verdicts(JudgedConfig config, RevisionStatus status) {
        this.config = config;
        this.status = status;
        this.problems =
                config.problems().stream()
                        .filter(it -> it.resource() != null)
                        .collect(Collectors.groupingBy(Problem::resource));
        status.lagging()
                .forEach(it -> lagging.put(new Name(it.kind(), it.namespace(), it.name()), it));
        for (var reported : status.problems()) {
            var problem = reported.problem();
            if (problem.getReason().equals(Reason.REFUSED_BY_PROXY.label())) {
                refused.put(
                        new Name(problem.getKind(), problem.getNamespace(), problem.getName()),
                        problem.getFault() + "; " + problem.getFix());
            }
        }
    }

    /// Whether proxies have not all of it; a proxy that has just come has nothing yet.
    boolean lags(ResourceKey key) {
        return lagging.containsKey(Name.of(key));
    }

    /// @param before the object's status until now
    /// @param late whether it is to be told that proxies lag behind
    ObjectStatus of(
            ResourceKey key, long generation, Map<?, ?> before, Predicate<ResourceKey> late) {
        var own = problems.getOrDefault(key, List.of());
        var inForce = inForce(key, generation, before, late);
        return new ObjectStatus(generation, accepted(key, own), inForce, own);
    }

    private Condition accepted(ResourceKey key, List<Problem> own) {
        var errors = own.stream().filter(it -> it.severity() == Severity.ERROR).toList();
        if (errors.isEmpty()) {
            var warnings = own.size();
            return new Condition(
                    ACCEPTED,
                    Condition.TRUE,
                    "Accepted",
                    warnings == 0 ? "" : warnings == 1 ? "1 warning" : warnings + " warnings");
        }
        var first = errors.getFirst();
        var more = errors.size() > 1 ? " (and %d more)".formatted(errors.size() - 1) : "";
        var standing =
                config.entries().containsKey(key)
                        ? "; what was in force before stays"
                        : "; it is left out";
        return new Condition(
                ACCEPTED,
                Condition.FALSE,
                first.reason().label(),
                ObjectStatus.text(first) + more + standing);
    }

    private Condition inForce(
            ResourceKey key, long generation, Map<?, ?> before, Predicate<ResourceKey> late) {
        if (!config.entries().containsKey(key)) {
            return not("NotAccepted", "it is left out of the mesh");
        }
        var refusal = refused.get(Name.of(key));
        if (refusal != null) {
            return not(Reason.REFUSED_BY_PROXY.label(), refusal);
        }
        var known = known(generation, before);
        if (known != null && !(lags(key) && late.test(key))) {
            return known; // it does not change with every other change of the mesh
        }
        var lag = lagging.get(Name.of(key));
        if (lag != null) {
            return not(
                    WAITING,
                    "in force on %d of %d proxies".formatted(lag.inForce(), lag.connected()));
        }
        return everywhere(key);
    }

    /// That it is in force already, if that was said of this generation.
    private static @Nullable Condition known(long generation, Map<?, ?> before) {
        return Condition.in(before, IN_FORCE)
                .filter(it -> Condition.TRUE.equals(it.get("status")))
                .filter(it ->
                        it.get("observedGeneration") instanceof Number seen
                                && seen.longValue() == generation)
                .map(it ->
                        new Condition(
                                IN_FORCE,
                                Condition.TRUE,
                                String.valueOf(it.get("reason")),
                                String.valueOf(it.get("message"))))
                .orElse(null);
    }

    private Condition everywhere(ResourceKey key) {
        var needed = new ArrayList<>(List.of(Component.PILOT));
        if (OF_MIXERS.contains(key.kind())) {
            needed.add(Component.MIXER);
        }
        for (var component : needed) {
            var its =
                    status.components().stream()
                            .filter(it -> it.component().equals(component.label()))
                            .findFirst()
                            .orElseThrow();
            if (!its.reported()) {
                return new Condition(
                        IN_FORCE,
                        Condition.UNKNOWN,
                        "NoReport",
                        "no %s reports".formatted(component.label()));
            }
            if (!its.current()) {
                return not(WAITING, "not every %s has it yet".formatted(component.label()));
            }
        }
        var connected = status.proxies().connected();
        return new Condition(
                IN_FORCE,
                Condition.TRUE,
                IN_FORCE,
                connected == 0
                        ? "no proxy is connected"
                        : "in force on %1$d of %1$d proxies".formatted(connected));
    }

    private static Condition not(String reason, String message) {
        return new Condition(IN_FORCE, Condition.FALSE, reason, message);
    }
}
