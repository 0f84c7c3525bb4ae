package dev.quartet.pilot.translate;

import com.google.protobuf.Any;
import com.google.protobuf.util.Durations;
import dev.quartet.config.Problem;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Workload;
import io.envoyproxy.envoy.config.core.v3.ExtensionConfigSource;
import io.envoyproxy.envoy.config.core.v3.HttpUri;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.FaultAbort;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtProvider;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.RemoteJwks;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.RequirementRule;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The filters of an HTTP chain that say who may pass: whose token is good (`jwt_authn`), then who may call what (`rbac`): what is only counted, what is refused, and what is let in. Every chain of a port has
/// them, with policies or without: what they ask for comes by ECDS, so a change of it holds from the next request on a kept connection, and no listener drains. A listener
/// waits for them; should one ever be missing, all requests are refused.
public final class PolicyFilters {
    /// Begins the name of the filter for tokens; the port follows.
    public static final String TOKENS = "jwt|";

    private static final Any NOBODY_MAY =
            Envoy.any(
                    RBAC.newBuilder()
                            .setRules(io.envoyproxy.envoy.config.rbac.v3.RBAC.getDefaultInstance())
                            .build());

    private static final Any NO_TOKEN_IS_GOOD = Envoy.any(noTokenIsGood());
    private static final HttpFilter ONLY_ONE_PATH = onePathOnly();

    static final String ONE_PATH_ONLY = "one-path-only";

    private PolicyFilters() {}

    /// In the order in which they look at a request.
    ///
    /// @param port of the listener, or of the workload where traffic is captured
    static List<HttpFilter> of(int port) {
        return List.of(
                ONLY_ONE_PATH,
                filter(tokens(port), NO_TOKEN_IS_GOOD),
                filter(audit(port), NOBODY_MAY),
                filter(deny(port), NOBODY_MAY),
                filter(allow(port), NOBODY_MAY));
    }

    /// What the filters of a port ask for.
    ///
    /// @param clusters that only they need
    /// @param problems why something that users asked for is not as they asked
    record Asked(
            List<UnitKey.Extension> extensions,
            List<XdsResource> clusters,
            List<Problem> problems) {}

    /// @param seen what the proxy sees of the mesh
    /// @param ofGateway whether callers are outside of the mesh
    static Asked of(Facts facts, Facts seen, Workload workload, int port, boolean ofGateway) {
        var rules = facts.tokenRules(workload, port);
        var tokens = TokenChecks.of(seen, facts, rules);
        var access = AccessFilters.ofRequests(facts, workload, port, rules.issuers(), ofGateway);
        return new Asked(
                List.of(
                        new UnitKey.Extension(tokens(port), tokens.filter(), tokens.clusters()),
                        new UnitKey.Extension(audit(port), access.audit(), Set.of()),
                        new UnitKey.Extension(deny(port), access.deny(), Set.of()),
                        new UnitKey.Extension(allow(port), access.allow(), Set.of())),
                tokens.added(),
                Stream.concat(tokens.problems().stream(), access.problems().stream()).toList());
    }

    private static String tokens(int port) {
        return TOKENS + port;
    }

    private static String audit(int port) {
        return "audit|" + port;
    }

    private static String deny(int port) {
        return "deny|" + port;
    }

    private static String allow(int port) {
        return "allow|" + port;
    }

    /// Refuses (400) paths that can be read in several ways and that Envoy's normalisation leaves as they are: a percent sign that begins no escape, a dot
    /// segment with parameters, `*`. See [dev.quartet.policy.authorization.RequestPath].
    private static HttpFilter onePathOnly() {
        var several =
                HeaderMatcher.newBuilder()
                        .setName(":path")
                        .setStringMatch(
                                StringMatcher.newBuilder()
                                        .setSafeRegex(
                                                Envoy.regex(
                                                        "[^/]\\C*|[^?]*(?:%(?:[^0-9A-Fa-f]\\C*|[0-9A-Fa-f](?:[^0-9A-Fa-f]\\C*)?)?|/\\.\\.?;\\C*)")));
        var refusal =
                FaultAbort.newBuilder()
                        .setHttpStatus(400)
                        .setPercentage(FractionalPercent.newBuilder().setNumerator(100));
        return HttpFilter.newBuilder()
                .setName(ONE_PATH_ONLY)
                .setTypedConfig(
                        Envoy.any(
                                HTTPFault.newBuilder()
                                        .addHeaders(several)
                                        .setAbort(refusal)
                                        .build()))
                .build();
    }

    private static JwtAuthentication noTokenIsGood() {
        var nobody = "nobody";
        var keys =
                HttpUri.newBuilder()
                        .setUri("https://" + nobody + ".invalid/")
                        .setCluster(Names.BLACK_HOLE)
                        .setTimeout(Durations.fromSeconds(1));
        return JwtAuthentication.newBuilder()
                .putProviders(
                        nobody,
                        JwtProvider.newBuilder()
                                .setIssuer(nobody)
                                .setRemoteJwks(RemoteJwks.newBuilder().setHttpUri(keys))
                                .build())
                .addRules(
                        RequirementRule.newBuilder()
                                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                                .setRequires(JwtRequirement.newBuilder().setProviderName(nobody)))
                .build();
    }

    private static HttpFilter filter(String name, Any missing) {
        return HttpFilter.newBuilder()
                .setName(name)
                .setConfigDiscovery(
                        ExtensionConfigSource.newBuilder()
                                .setConfigSource(Envoy.ads())
                                .addTypeUrls(missing.getTypeUrl())
                                .setDefaultConfig(missing))
                .build();
    }
}
