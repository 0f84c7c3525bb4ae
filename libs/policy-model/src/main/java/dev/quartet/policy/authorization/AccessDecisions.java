package dev.quartet.policy.authorization;

import dev.quartet.config.Tree;
import dev.quartet.config.security.AuthorizationPolicy.Action;
import dev.quartet.policy.authorization.Decision.Decider;
import dev.quartet.policy.authorization.Decision.Verdict;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Decides over requests by the policies that select a workload. A DENY rule that holds refuses; else, where there are ALLOW policies, one of their rules
/// must hold; AUDIT rules only count. After Istio's `security/v1beta1/authorization_policy.proto`. Stateless.
public final class AccessDecisions {
    private static final Pattern SPIFFE = Pattern.compile("[^/]+/ns/([^/]+)/sa/.+");

    private AccessDecisions() {}

    /// @param policies all that select the workload
    public static Decision decide(List<AccessPolicy> policies, AccessRequest request) {
        var here =
                policies.stream()
                        .map(policy ->
                                request.http().isPresent() ? policy : policy.forConnections())
                        .toList();
        var inForce = here.stream().filter(policy -> !policy.dryRun()).toList();
        return new Decision(
                verdict(inForce, request),
                holding(inForce, Action.AUDIT, request).toList(),
                inForce.size() == here.size()
                        ? Optional.empty()
                        : Optional.of(verdict(here, request)));
    }

    private static Verdict verdict(List<AccessPolicy> policies, AccessRequest request) {
        if (request.http().isPresent()
                && RequestPath.normalized(request.http().get().path()).isEmpty()) {
            return new Verdict.Malformed();
        }
        var denied = holding(policies, Action.DENY, request).findFirst();
        if (denied.isPresent()) {
            return new Verdict.Denied(denied.get());
        }
        var allowing = policies.stream().filter(it -> it.action() == Action.ALLOW).toList();
        if (allowing.isEmpty()) {
            return new Verdict.Open();
        }
        return holding(policies, Action.ALLOW, request)
                .findFirst()
                .<Verdict>map(Verdict.Allowed::new)
                .orElseGet(() ->
                        new Verdict.Unmatched(allowing.stream().map(AccessPolicy::key).toList()));
    }

    private static Stream<Decider> holding(
            List<AccessPolicy> policies, Action action, AccessRequest request) {
        return policies.stream()
                .filter(policy -> policy.action() == action)
                .flatMap(policy -> policy.rules().stream())
                .filter(rule -> holds(rule, request))
                .map(rule -> new Decider(rule.policy(), rule.path()));
    }

    static boolean holds(AccessRule rule, AccessRequest request) {
        return (rule.from().isEmpty() || rule.from().stream().anyMatch(it -> all(it, request)))
                && (rule.to().isEmpty() || rule.to().stream().anyMatch(it -> all(it, request)))
                && all(rule.when(), request);
    }

    private static boolean all(List<Requirement> requirements, AccessRequest request) {
        return requirements.stream().allMatch(it -> has(it, request) != it.negated());
    }

    private static boolean has(Requirement wanted, AccessRequest request) {
        return switch (wanted.attribute()) {
            case Attribute.Plain plain -> has(plain, wanted, request);
            case Attribute.Header(var name) ->
                    HeaderValues.match(
                            wanted.values().stream().map(TextPattern::of).toList(),
                            wanted.reading(),
                            request.http()
                                    .map(it -> it.headers().getOrDefault(name, List.of()))
                                    .orElse(List.of()));
            case Attribute.Claim(var path) ->
                    claims(request).anyMatch(claims -> claim(wanted, claims, path));
            case Attribute.Metadata(var filter, var key) ->
                    Stream.ofNullable(request.metadata().get(filter))
                            .flatMap(found -> Stream.ofNullable(found.get(key)))
                            .anyMatch(found -> any(wanted, found));
        };
    }

    private static boolean has(
            Attribute.Plain attribute, Requirement wanted, AccessRequest request) {
        return switch (attribute) {
            case PRINCIPAL -> request.principal().filter(it -> any(wanted, it)).isPresent();
            case NAMESPACE ->
                    request.principal()
                            .map(SPIFFE::matcher)
                            .filter(it -> it.matches() && any(wanted, it.group(1)))
                            .isPresent();
            case PEER_ADDRESS -> isIn(wanted, request.peerAddress());
            case REMOTE_ADDRESS -> isIn(wanted, request.remoteAddress());
            case DESTINATION_ADDRESS -> isIn(wanted, request.destinationAddress());
            case PORT -> wanted.values().contains(Integer.toString(request.port()));
            case SNI ->
                    wanted.values().stream()
                            .anyMatch(value ->
                                    TextPattern.of(value.toLowerCase(Locale.ROOT))
                                            .matches(request.sni().toLowerCase(Locale.ROOT)));
            case REQUEST_PRINCIPAL ->
                    claims(request).anyMatch(claims -> isOfSubject(wanted, claims));
            case AUDIENCES -> claims(request).anyMatch(it -> claim(wanted, it, List.of("aud")));
            case PRESENTER -> claims(request).anyMatch(it -> claim(wanted, it, List.of("azp")));
            case HOST ->
                    request.http()
                            .filter(http ->
                                    wanted.values().stream()
                                            .anyMatch(value ->
                                                    HostName.of(value)
                                                            .matches(
                                                                    wanted.reading(),
                                                                    http.authority())))
                            .isPresent();
            case METHOD ->
                    request.http()
                            .filter(http ->
                                    wanted.values().stream()
                                            .anyMatch(value ->
                                                    isMethod(
                                                            value,
                                                            wanted.reading(),
                                                            http.method())))
                            .isPresent();
            case PATH ->
                    request.http()
                            .flatMap(http -> RequestPath.normalized(http.path()))
                            .filter(path ->
                                    wanted.values().stream()
                                            .anyMatch(value ->
                                                    RequestPath.matches(
                                                            TextPattern.of(value),
                                                            wanted.reading(),
                                                            path)))
                            .isPresent();
        };
    }

    private static boolean any(Requirement wanted, String text) {
        return wanted.values().stream().anyMatch(value -> TextPattern.of(value).matches(text));
    }

    private static boolean isMethod(String value, Reading reading, String method) {
        return switch (reading) {
            case NARROW -> TextPattern.of(value).matches(method);
            case WIDE ->
                    TextPattern.of(value.toLowerCase(Locale.ROOT))
                            .matches(method.toLowerCase(Locale.ROOT));
        };
    }

    private static boolean isIn(Requirement wanted, String address) {
        try {
            var one = InetAddress.ofLiteral(address);
            return wanted.values().stream()
                    .flatMap(value -> AddressBlock.parse(value).stream())
                    .anyMatch(block -> block.contains(one));
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static Stream<Tree.Fields> claims(AccessRequest request) {
        return request.http().stream().flatMap(http -> http.tokens().values().stream());
    }

    private static boolean isOfSubject(Requirement wanted, Tree.Fields claims) {
        return claims.fields().get("iss") instanceof Tree.Text(var issuer)
                && claims.fields().get("sub") instanceof Tree.Text(var subject)
                && !subject.isEmpty()
                && any(wanted, issuer + "/" + subject);
    }

    private static boolean claim(Requirement wanted, Tree.Fields claims, List<String> path) {
        Tree found = claims;
        for (var name : path) {
            var inner = found instanceof Tree.Fields(var fields) ? fields.get(name) : null;
            if (inner == null) {
                return false;
            }
            found = inner;
        }
        var value = found;
        return wanted.values().stream().anyMatch(text -> isClaim(TextPattern.of(text), value));
    }

    private static boolean isClaim(TextPattern pattern, Tree value) {
        return switch (value) {
            case Tree.Text(var text) ->
                    pattern instanceof TextPattern.Present || pattern.matches(text);
            case Tree.Items(var items) ->
                    pattern instanceof TextPattern.Present
                            || items.stream()
                                    .anyMatch(item ->
                                            item instanceof Tree.Text(var text)
                                                    && pattern.matches(text));
            case Tree.Bool(var holds) ->
                    pattern instanceof TextPattern.Present
                            || pattern.matches(Boolean.toString(holds))
                                    && pattern instanceof TextPattern.Exact;
            case Tree.Num(var number) ->
                    pattern instanceof TextPattern.Present
                            || pattern instanceof TextPattern.Exact(var text)
                                    && isNumber(text)
                                    && new BigDecimal(text).compareTo(number) == 0;
            case Tree.Fields _, Tree.Null _ -> pattern instanceof TextPattern.Present;
        };
    }

    static boolean isNumber(String text) {
        return text.matches("-?[0-9]{1,15}(\\.[0-9]{1,9})?");
    }
}
