package dev.quartet.pilot.translate;

import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.security.AuthorizationPolicy.Action;
import dev.quartet.policy.authorization.AccessPolicy;
import dev.quartet.policy.authorization.AccessRule;
import dev.quartet.policy.authorization.AddressBlock;
import dev.quartet.policy.authorization.Attribute;
import dev.quartet.policy.authorization.Requirement;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Who may connect to a port whose server speaks first, where nothing of the client can be waited for: what is decided before the connection is there, that is by the
/// names in a certificate and by addresses. A policy that asks for anything else closes the port.
///
/// @param open whether everybody may who is not refused
/// @param names of those who may, in their certificates
/// @param addresses from which everybody may
/// @param refused addresses from which nobody may
/// @param problems why the port is closed
record ServerFirst(
        boolean open,
        List<StringMatcher> names,
        List<AddressBlock> addresses,
        List<AddressBlock> refused,
        List<Problem> problems) {

    /// @param policies as they are for connections to the port
    static ServerFirst of(List<AccessPolicy> policies) {
        var reader = new Reader();
        var inForce = policies.stream().filter(policy -> !policy.dryRun()).toList();
        for (var policy : inForce) {
            policy.rules().forEach(rule -> reader.read(policy.action(), rule));
        }
        var allowing = inForce.stream().anyMatch(it -> it.action() == Action.ALLOW);
        return reader.closed
                ? new ServerFirst(
                        false, List.of(), List.of(), List.of(), List.copyOf(reader.problems))
                : new ServerFirst(
                        reader.open || !allowing,
                        List.copyOf(reader.names),
                        reader.addresses.stream()
                                .filter(it ->
                                        reader.refused.stream()
                                                .noneMatch(block -> block.contains(it)))
                                .toList(),
                        List.copyOf(reader.refused),
                        List.of());
    }

    boolean isClosed() {
        return !open && names.isEmpty() && addresses.isEmpty();
    }

    private static final class Reader {
        private final Set<Problem> problems = new LinkedHashSet<>();
        private final List<StringMatcher> names = new ArrayList<>();
        private final List<AddressBlock> addresses = new ArrayList<>();
        private final List<AddressBlock> refused = new ArrayList<>();
        private boolean open;
        private boolean closed;

        void read(Action action, AccessRule rule) {
            if (action == Action.AUDIT) {
                return;
            }
            rule.when().forEach(it -> refuse(rule, it));
            rule.to().forEach(all -> all.forEach(it -> refuse(rule, it)));
            if (rule.from().isEmpty()) {
                open |= action == Action.ALLOW;
                closed |= action == Action.DENY;
            }
            for (var source : rule.from()) {
                if (source.size() == 1) {
                    one(action, rule, source.getFirst());
                } else {
                    source.forEach(it -> refuse(rule, it));
                }
            }
        }

        private void one(Action action, AccessRule rule, Requirement wanted) {
            if (!wanted.negated() && wanted.attribute() == Attribute.Plain.PEER_ADDRESS) {
                var blocks = action == Action.ALLOW ? addresses : refused;
                wanted.values().forEach(it -> AddressBlock.parse(it).ifPresent(blocks::add));
            } else if (!wanted.negated()
                    && action == Action.ALLOW
                    && (wanted.attribute() == Attribute.Plain.PRINCIPAL
                            || wanted.attribute() == Attribute.Plain.NAMESPACE)) {
                names.addAll(AccessMatchers.names(wanted));
            } else {
                refuse(rule, wanted);
            }
        }

        private void refuse(AccessRule rule, Requirement wanted) {
            closed = true;
            problems.add(
                    new Problem(
                            Reason.AUTHORIZATION_NOT_DECIDABLE,
                            rule.policy(),
                            null,
                            wanted.path(),
                            "of a port whose server speaks first it is not known in time, so the port is closed",
                            "let in there by principals or namespaces alone or ipBlocks alone, refuse by ipBlocks alone, or leave the port out by to.operation.ports"));
        }
    }
}
