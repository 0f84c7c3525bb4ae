package dev.quartet.policy.authorization;

import dev.quartet.config.FieldPath;
import dev.quartet.config.ResourceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// A rule of a policy: one of the sources, one of the operations and all conditions must hold.
///
/// @param number among the policy's rules
/// @param from all requirements of one of the lists; empty: any source
/// @param to the same of operations
public record AccessRule(
        ResourceKey policy,
        int number,
        List<List<Requirement>> from,
        List<List<Requirement>> to,
        List<Requirement> when) {
    public AccessRule {
        from = from.stream().map(List::copyOf).toList();
        to = to.stream().map(List::copyOf).toList();
        when = List.copyOf(when);
    }

    public FieldPath path() {
        return FieldPath.SPEC.field("rules").index(number);
    }

    /// As it is for one port: without what asks for the port.
    ///
    /// @return empty: it cannot hold there
    public Optional<AccessRule> at(int port) {
        if (when.stream().anyMatch(it -> it.isOfPort() && !it.holdsAt(port))) {
            return Optional.empty();
        }
        var operations =
                to.stream()
                        .filter(all ->
                                all.stream().allMatch(it -> !it.isOfPort() || it.holdsAt(port)))
                        .toList();
        return operations.isEmpty() && !to.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new AccessRule(policy, number, from, operations, when)
                                .keeping(it -> !it.isOfPort()));
    }

    /// What stays where these requirements are taken for fulfilled.
    AccessRule keeping(Predicate<Requirement> kept) {
        return new AccessRule(policy, number, keep(from, kept), keep(to, kept), keep(kept, when));
    }

    private static List<List<Requirement>> keep(
            List<List<Requirement>> any, Predicate<Requirement> kept) {
        var left = new ArrayList<List<Requirement>>();
        for (var all : any) {
            var rest = keep(kept, all);
            if (rest.isEmpty()) {
                return List.of(); // it holds, and so does any of them
            }
            left.add(rest);
        }
        return left;
    }

    private static List<Requirement> keep(Predicate<Requirement> kept, List<Requirement> all) {
        return all.stream().filter(kept).toList();
    }

    public Stream<Requirement> requirements() {
        return Stream.of(
                        from.stream().flatMap(List::stream),
                        to.stream().flatMap(List::stream),
                        when.stream())
                .flatMap(it -> it);
    }
}
