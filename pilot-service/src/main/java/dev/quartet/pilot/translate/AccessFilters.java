package dev.quartet.pilot.translate;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import dev.quartet.config.Problem;
import dev.quartet.config.security.AuthorizationPolicy.Action;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Workload;
import dev.quartet.policy.authorization.AccessPolicy;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// What the AuthorizationPolicies that select a workload make of a port: who is refused, who is let in, and what is only counted. Envoy counts shadow
/// rules as `….rbac.<prefix>.shadow_allowed` and `….shadow_denied`.
///
final class AccessFilters {
    static final String AUDIT = "audit_";
    static final String DENY = "deny";
    static final String ALLOW = "allow";
    private static final String DRY_RUN = "_dry_run_";

    /// Fields of `tcp_proxy.proto` that the generated API has not.
    private static final int UPSTREAM_CONNECT_MODE = 21;

    private static final int ON_DOWNSTREAM_DATA = 1;
    private static final int MAX_EARLY_DATA_BYTES = 22;
    private static final int EARLY_DATA_BYTES = 64 * 1024;

    private final List<AccessPolicy> policies;
    private final AccessMatchers matchers;

    private AccessFilters(List<AccessPolicy> policies, AccessMatchers matchers) {
        this.policies = policies;
        this.matchers = matchers;
    }

    /// @param port of the workload
    /// @param issuers whose tokens are believed there
    static AccessFilters ofRequests(
            Facts facts,
            Workload workload,
            int port,
            Collection<String> issuers,
            boolean ofGateway) {
        return new AccessFilters(
                facts.accessPolicies(workload).stream().map(policy -> policy.at(port)).toList(),
                new AccessMatchers(issuers, ofGateway));
    }

    /// Of bytes that are not read as HTTP.
    static AccessFilters ofConnections(Facts facts, Workload workload, int port) {
        return new AccessFilters(
                facts.accessPolicies(workload).stream()
                        .map(policy -> policy.at(port).forConnections())
                        .toList(),
                new AccessMatchers(List.of(), false));
    }

    /// The same where the port is any.
    static AccessFilters ofConnections(Facts facts, Workload workload) {
        return new AccessFilters(
                facts.accessPolicies(workload).stream().map(AccessPolicy::forConnections).toList(),
                new AccessMatchers(List.of(), false));
    }

    List<AccessPolicy> policies() {
        return policies;
    }

    List<Problem> problems() {
        return policies.stream().flatMap(it -> it.problems().stream()).distinct().toList();
    }

    /// What is only counted.
    io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC audit() {
        var filter = io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC.newBuilder();
        audited()
                .ifPresent(rules ->
                        filter.setShadowRules(rules)
                                .setShadowRulesStatPrefix(AUDIT)
                                .setTrackPerRuleStats(true));
        return filter.build();
    }

    io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC deny() {
        return filter(DENY, denied(false), denied(true));
    }

    io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC allow() {
        return filter(ALLOW, allowed(), allowedIfAllWereInForce());
    }

    private static io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC filter(
            String name, Optional<RBAC> rules, Optional<RBAC> tried) {
        var filter = io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC.newBuilder();
        rules.ifPresent(it -> filter.setRules(it).setRulesStatPrefix(name));
        tried.ifPresent(it ->
                filter.setShadowRules(it)
                        .setShadowRulesStatPrefix(name + DRY_RUN)
                        .setTrackPerRuleStats(true));
        return filter.build();
    }

    /// Filters of a connection, in the order in which they look at it; none where no policy is in force or tried.
    ///
    /// @param statPrefix of the statistics, `<prefix>deny.rbac.denied`
    List<Filter> network(String statPrefix) {
        return Stream.of(
                        network(statPrefix + "audit", AUDIT, Optional.empty(), audited()),
                        network(statPrefix + DENY, DENY + DRY_RUN, denied(false), denied(true)),
                        network(
                                statPrefix + ALLOW,
                                ALLOW + DRY_RUN,
                                allowed(),
                                allowedIfAllWereInForce()))
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<Filter> network(
            String statPrefix, String triedPrefix, Optional<RBAC> rules, Optional<RBAC> tried) {
        if (rules.isEmpty() && tried.isEmpty()) {
            return Optional.empty();
        }
        var filter =
                io.envoyproxy
                        .envoy
                        .extensions
                        .filters
                        .network
                        .rbac
                        .v3
                        .RBAC
                        .newBuilder()
                        .setStatPrefix(statPrefix + ".");
        rules.ifPresent(filter::setRules);
        tried.ifPresent(it -> filter.setShadowRules(it).setShadowRulesStatPrefix(triedPrefix));
        return Optional.of(
                Filter.newBuilder()
                        .setName("envoy.filters.network.rbac." + statPrefix)
                        .setTypedConfig(Envoy.any(filter.build()))
                        .build());
    }

    /// A chain whose connections are not read, under these policies.
    FilterChain guard(FilterChain chain, String statPrefix) {
        var filters = network(statPrefix);
        if (filters.isEmpty()) {
            return chain;
        }
        var guarded = chain.toBuilder().clearFilters().addAllFilters(filters);
        chain.getFiltersList().forEach(filter -> guarded.addFilters(judged(filter)));
        return guarded.build();
    }

    private Filter judged(Filter filter) {
        if (!filter.getTypedConfig().is(TcpProxy.class)) {
            return filter;
        }
        try {
            var proxy = filter.getTypedConfig().unpack(TcpProxy.class).toBuilder();
            return filter.toBuilder().setTypedConfig(Envoy.any(judged(proxy).build())).build();
        } catch (InvalidProtocolBufferException wrong) {
            throw new IllegalStateException("it was made here", wrong);
        }
    }

    /// What connects to the application only when the client's first bytes have been judged: else one that speaks first would be heard by those who are refused.
    TcpProxy.Builder judged(TcpProxy.Builder proxy) {
        return protects()
                ? proxy.setUnknownFields(
                        UnknownFieldSet.newBuilder()
                                .addField(
                                        UPSTREAM_CONNECT_MODE,
                                        UnknownFieldSet.Field.newBuilder()
                                                .addVarint(ON_DOWNSTREAM_DATA)
                                                .build())
                                .addField(
                                        MAX_EARLY_DATA_BYTES,
                                        UnknownFieldSet.Field.newBuilder()
                                                .addLengthDelimited(
                                                        Envoy.number(EARLY_DATA_BYTES)
                                                                .toByteString())
                                                .build())
                                .build())
                : proxy;
    }

    /// Whether somebody may be refused.
    boolean protects() {
        return denied(false).isPresent() || allowed().isPresent();
    }

    private Optional<RBAC> audited() {
        return some(RBAC.Action.ALLOW, it -> it.action() == Action.AUDIT && !it.dryRun());
    }

    private Optional<RBAC> denied(boolean dryRun) {
        return some(RBAC.Action.DENY, it -> it.action() == Action.DENY && it.dryRun() == dryRun);
    }

    /// Rules that let pass only where a policy does so: one without rules refuses everything.
    private Optional<RBAC> allowed() {
        Predicate<AccessPolicy> wanted = it -> it.action() == Action.ALLOW && !it.dryRun();
        return policies.stream().anyMatch(wanted)
                ? Optional.of(rules(RBAC.Action.ALLOW, wanted))
                : Optional.empty();
    }

    private Optional<RBAC> allowedIfAllWereInForce() {
        return policies.stream().anyMatch(it -> it.action() == Action.ALLOW && it.dryRun())
                ? Optional.of(rules(RBAC.Action.ALLOW, it -> it.action() == Action.ALLOW))
                : Optional.empty();
    }

    private Optional<RBAC> some(RBAC.Action action, Predicate<AccessPolicy> wanted) {
        var rules = rules(action, wanted);
        return rules.getPoliciesCount() == 0 ? Optional.empty() : Optional.of(rules);
    }

    private RBAC rules(RBAC.Action action, Predicate<AccessPolicy> wanted) {
        var rules = RBAC.newBuilder().setAction(action);
        for (var policy : policies) {
            if (wanted.test(policy)) {
                policy.rules()
                        .forEach(rule ->
                                rules.putPolicies(
                                        "ns[%s]-policy[%s]-rule[%d]"
                                                .formatted(
                                                        policy.key().namespace(),
                                                        policy.key().name(),
                                                        rule.number()),
                                        matchers.policy(rule)));
            }
        }
        return rules.build();
    }
}
