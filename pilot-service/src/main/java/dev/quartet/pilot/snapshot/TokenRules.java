package dev.quartet.pilot.snapshot;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Resource;
import dev.quartet.config.security.RequestAuthentication;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Which tokens a workload's port believes, and which a request needs. Those of all RequestAuthentications of the workload's and the root
/// namespace that select it count together; what the [AuthenticationPolicy] asks for comes on top.
///
/// @param presented tokens that no request needs
/// @param origins the policy's tokens of end users
/// @param needsOrigin whether a request needs one of `origins`, on the paths that trigger it
/// @param peers the policy's tokens of calling workloads
/// @param needsPeer whether a request needs one of `peers`: there is no other way to prove what the caller is
/// @param bindsOrigin whether a request carries on the name in the token
public record TokenRules(
        List<TokenRule> presented,
        List<TokenRule> origins,
        boolean needsOrigin,
        List<TokenRule> peers,
        boolean needsPeer,
        boolean bindsOrigin) {
    private static final FieldPath JWT_RULES = FieldPath.SPEC.field("jwtRules");

    /// @param port of the workload
    static TokenRules of(Facts facts, Workload workload, int port) {
        var presented = presented(facts, workload);
        var policy = AuthenticationPolicy.of(facts, workload, port);
        if (policy.isEmpty()) {
            return new TokenRules(presented, List.of(), false, List.of(), false, false);
        }
        var asked = policy.get();
        var peers = new ArrayList<TokenRule>();
        var mutualTls = false;
        for (int i = 0; i < asked.peers().size(); i++) {
            var method = asked.peers().get(i);
            mutualTls |= method.mtls() != null;
            if (method.jwt() != null) {
                var path = FieldPath.SPEC.field("peers").index(i).field("jwt");
                peers.add(TokenRule.of(asked.key(), path, method.jwt()));
            }
        }
        var origins = new ArrayList<TokenRule>();
        for (int i = 0; i < asked.origins().size(); i++) {
            var jwt = asked.origins().get(i).jwt();
            if (jwt != null) {
                var path = FieldPath.SPEC.field("origins").index(i).field("jwt");
                origins.add(TokenRule.of(asked.key(), path, jwt));
            }
        }
        return new TokenRules(
                presented,
                List.copyOf(origins),
                asked.needsOrigin() && !origins.isEmpty(),
                List.copyOf(peers),
                asked.needsPeer() && !mutualTls && !peers.isEmpty(),
                asked.bindsOrigin());
    }

    private static List<TokenRule> presented(Facts facts, Workload workload) {
        return Stream.of(workload.namespace(), facts.mesh().rootNamespace())
                .distinct()
                .flatMap(namespace -> facts.requestAuthentications(namespace).stream())
                .filter(policy -> selects(policy.spec(), workload))
                .flatMap(policy -> rules(policy).stream())
                .toList();
    }

    private static boolean selects(RequestAuthentication policy, Workload workload) {
        var selector = policy.selector();
        return selector == null || Labels.match(selector.matchLabels(), workload.labels());
    }

    private static List<TokenRule> rules(Resource<RequestAuthentication> policy) {
        var rules = new ArrayList<TokenRule>();
        for (int i = 0; i < policy.spec().jwtRules().size(); i++) {
            rules.add(
                    TokenRule.of(
                            policy.key(), JWT_RULES.index(i), policy.spec().jwtRules().get(i)));
        }
        return rules;
    }

    /// Whose tokens are believed.
    public SortedSet<String> issuers() {
        return Stream.of(presented, origins, peers)
                .flatMap(List::stream)
                .map(TokenRule::issuer)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// Those of a Policy or the MeshPolicy.
    public List<TokenRule> ofPolicy() {
        return Stream.concat(peers.stream(), origins.stream()).toList();
    }

    public boolean isEmpty() {
        return presented.isEmpty() && origins.isEmpty() && peers.isEmpty();
    }
}
