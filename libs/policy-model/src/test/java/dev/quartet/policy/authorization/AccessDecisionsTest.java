package dev.quartet.policy.authorization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Reason;
import dev.quartet.config.Tree;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.config.security.AuthorizationPolicy;
import dev.quartet.policy.authorization.Decision.Verdict;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessDecisionsTest {
    private static final String STOREFRONT = "cluster.local/ns/shop/sa/storefront";

    @Test
    void withoutPoliciesEverythingPasses() {
        assertThat(AccessDecisions.decide(List.of(), get("/")).verdict())
                .isEqualTo(new Verdict.Open());
    }

    @Test
    void anAllowPolicyWithoutRulesDeniesEverything() {
        var policy = policy("nobody", "spec: {}");

        assertThat(AccessDecisions.decide(List.of(policy), get("/")).verdict())
                .isEqualTo(new Verdict.Unmatched(List.of(policy.key())));
    }

    @Test
    void denyComesBeforeAllowAndSaysWhichRule() {
        var all = policy("all", "spec: {rules: [{}]}");
        var deny =
                policy(
                        "deny",
                        "spec: {action: DENY, rules: [{to: [{operation: {methods: [PUT]}}]}, {to: [{operation: {paths: [/admin]}}]}]}");

        var decided = AccessDecisions.decide(List.of(all, deny), get("/admin"));

        assertThat(decided.verdict())
                .isInstanceOfSatisfying(
                        Verdict.Denied.class,
                        denied -> {
                            assertThat(denied.by().policy()).isEqualTo(deny.key());
                            assertThat(denied.by().rule().text()).isEqualTo("spec.rules[1]");
                        });
        assertThat(passes(all, get("/b"))).isTrue();
    }

    @Test
    void whatIsTriedIsToldApart() {
        var tried =
                policy(
                        "tried",
                        "spec: {action: DENY, rules: [{}]}",
                        "annotations: {istio.io/dry-run: \"true\"}");

        var decided = AccessDecisions.decide(List.of(tried), get("/"));

        assertThat(decided.verdict().passes()).isTrue();
        assertThat(decided.dryRun().map(Verdict::passes)).contains(false);
    }

    @Test
    void auditOnlyCounts() {
        var audit = policy("audit", "spec: {action: AUDIT, rules: [{}]}");

        var decided = AccessDecisions.decide(List.of(audit), get("/"));

        assertThat(decided.verdict().passes()).isTrue();
        assertThat(decided.audited()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "/admin, true",
        "//admin, true",
        "/a/../admin, true",
        "/a/%2e%2E/admin, true",
        "/./admin, true",
        "/%61dmin, true",
        "%2Fadmin, false",
        "/%2Fadmin, true",
        "/%5Cadmin, true",
        "/\\admin, true",
        "/ADMIN, true",
        "/admin?x=/b, true",
        "/admin;x, true",
        "/admin;x=1;y, true",
        "/b, false",
        "/b/admin, false",
        "/administrator, false"
    })
    void noSpellingOfAPathEscapesADenial(String path, boolean denied) {
        var deny =
                policy(
                        "deny",
                        "spec: {action: DENY, rules: [{to: [{operation: {paths: [/admin]}}]}]}");

        var verdict = AccessDecisions.decide(List.of(deny), get(path)).verdict();

        assertThat(verdict instanceof Verdict.Denied).isEqualTo(denied);
    }

    @ParameterizedTest
    @CsvSource({
        "/public/a, true",
        "//public/a, true",
        "/x/../public/a, true",
        "/PUBLIC/a, false",
        "/public/../admin, false",
        "/public/..%2fadmin, false",
        "/public/..%5cadmin, false",
        "/public;x/a, false",
        "/public/..;/admin, false",
        "/public/%2e.;/admin, false",
        "/public/%%32%65, true",
        "/public/a%00, false",
        "/public/a%zz, false",
        "/public/a#b, false",
        "/a.html, true",
        "/admin;.html, false"
    })
    void onlyTheSpellingOfThePolicyIsAllowed(String path, boolean allowed) {
        var allow =
                policy(
                        "allow",
                        "spec: {rules: [{to: [{operation: {paths: [/public/*, \"*.html\"]}}]}]}");

        assertThat(passes(allow, get(path))).isEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource({
        "shop.example.org, true",
        "SHOP.Example.ORG, true",
        "shop.example.org., true",
        "shop.example.org:8080, true",
        "shop.example.org.:8080, true",
        "shop.example.org:x, false",
        "u@shop.example.org, false",
        "xshop.example.org, false"
    })
    void hostsAreComparedWithoutCaseDotAndPort(String host, boolean same) {
        var operation = "rules: [{to: [{operation: {hosts: [Shop.example.org]}}]}]";
        var allow = policy("allow", "spec: {" + operation + "}");
        var deny = policy("deny", "spec: {action: DENY, " + operation + "}");
        var request = request("GET", host, "/", Map.of(), Map.of());

        assertThat(passes(allow, request)).isEqualTo(same);
        // widely, what is not the same may mean the same, too
        assertThat(passes(deny, request)).isEqualTo(host.startsWith("x"));
    }

    @ParameterizedTest
    @CsvSource({
        "a, true, true",
        "b, false, false",
        "'a,a', true, true",
        "'a,b', false, true",
        "'b, a', false, true",
        "'b,a ,c', false, true",
        "'', false, false",
        "ab, false, false"
    })
    void grantsByAllValuesOfAHeaderAndRefusesByOne(String value, boolean allowed, boolean denied) {
        var when = "rules: [{when: [{key: \"request.headers[X-A]\", values: [a]}]}]";
        var request =
                request("GET", "a", "/", Map.of("x-a", List.of(value.split("\\|"))), Map.of());

        assertThat(passes(policy("allow", "spec: {" + when + "}"), request)).isEqualTo(allowed);
        assertThat(passes(policy("deny", "spec: {action: DENY, " + when + "}"), request))
                .isEqualTo(!denied);
    }

    @Test
    void aHeaderThatIsNotThereIsNone() {
        var deny =
                policy(
                        "deny",
                        "spec: {action: DENY, rules: [{when: [{key: \"request.headers[x-a]\", notValues: [\"*\"]}]}]}");

        assertThat(passes(deny, get("/"))).isFalse();
        assertThat(passes(deny, request("GET", "a", "/", Map.of("x-a", List.of("b")), Map.of())))
                .isTrue();
    }

    @Test
    void principalsAreOneInAllTrustDomainsAndLiteral() {
        var policy =
                policy(
                        "allow",
                        "spec: {rules: [{from: [{source: {principals: [\""
                                + STOREFRONT
                                + "\"]}}]}]}");

        assertThat(passes(policy, get("/"))).isTrue();
        assertThat(passes(policy, by("old.example.org/ns/shop/sa/storefront"))).isTrue();
        assertThat(passes(policy, by("other.org/ns/shop/sa/storefront"))).isFalse();
        assertThat(passes(policy, by("cluster_local/ns/shop/sa/storefront"))).isFalse();
    }

    @Test
    void claimsAreComparedWhereverTheyStand() {
        var claims =
                new Tree.Fields(
                        Map.of(
                                "iss", new Tree.Text("https://a"),
                                "sub", new Tree.Text("ann"),
                                "aud", new Tree.Items(List.of(new Tree.Text("shop"))),
                                "admin", new Tree.Bool(true),
                                "realm",
                                        new Tree.Fields(
                                                Map.of(
                                                        "roles",
                                                        new Tree.Items(
                                                                List.of(
                                                                        new Tree.Text(
                                                                                "buyer")))))));
        var request = request("GET", "a", "/", Map.of(), Map.of("https://a", claims));

        for (var when :
                List.of(
                        "{key: \"request.auth.claims[realm][roles]\", values: [buy*]}",
                        "{key: \"request.auth.claims[admin]\", values: [\"true\"]}",
                        "{key: request.auth.audiences, values: [shop]}",
                        "{key: request.auth.principal, values: [\"*a/ann\"]}",
                        "{key: request.auth.presenter, notValues: [\"*\"]}")) {
            var policy = policy("allow", "spec: {rules: [{when: [" + when + "]}]}");

            assertThat(passes(policy, request)).as(when).isTrue();
        }
        assertThat(
                        passes(
                                policy(
                                        "allow",
                                        "spec: {rules: [{from: [{source: {requestPrincipals: [\"*\"]}}]}]}"),
                                get("/")))
                .isFalse();
    }

    @Test
    void whatOnlyRequestsHaveProtectsMoreOnOtherPorts() {
        var allow = policy("allow", "spec: {rules: [{to: [{operation: {paths: [/a]}}]}]}");
        var deny =
                policy(
                        "deny",
                        "spec: {action: DENY, rules: [{to: [{operation: {ports: [\"9080\"], methods: [PUT]}}]}]}");
        var bytes = bytes(9080);

        assertThat(passes(allow, bytes)).isFalse();
        assertThat(passes(deny, bytes)).isFalse();
        assertThat(passes(deny, bytes(9081))).isTrue();
        assertThat(allow.forConnections().problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.reason()).isEqualTo(Reason.AUTHORIZATION_NEEDS_HTTP);
                    assertThat(problem.path().text())
                            .isEqualTo("spec.rules[0].to[0].operation.paths");
                });
    }

    @Test
    void ofAnUnknownKeyAnAllowanceLosesTheRuleAndADenialTheCondition() {
        var when = "rules: [{when: [{key: request.unheard, values: [a]}]}]";

        assertThat(policy("allow", "spec: {" + when + "}").rules()).isEmpty();
        assertThat(passes(policy("deny", "spec: {action: DENY, " + when + "}"), get("/")))
                .isFalse();
        assertThat(policy("deny", "spec: {action: DENY, " + when + "}").problems()).hasSize(1);
    }

    @Test
    void aRuleThatCannotHoldAtAPortIsNotThere() {
        var policy =
                policy(
                        "allow",
                        "spec: {rules: [{to: [{operation: {ports: [\"1\"]}}, {operation: {ports: [\"2\"], paths: [/a]}}]}]}");

        assertThat(policy.at(3).rules()).isEmpty();
        assertThat(policy.at(1).rules().getFirst().to()).isEmpty();
        assertThat(policy.at(2).rules().getFirst().to()).hasSize(1);
    }

    private static boolean passes(AccessPolicy policy, AccessRequest request) {
        return AccessDecisions.decide(List.of(policy), request).verdict().passes();
    }

    private static AccessRequest get(String path) {
        return request("GET", "reviews:9080", path, Map.of(), Map.of());
    }

    private static AccessRequest by(String principal) {
        return new AccessRequest(
                Optional.of(principal),
                "10.0.0.1",
                "10.0.0.1",
                "10.0.0.2",
                9080,
                "",
                Map.of(),
                get("/").http());
    }

    private static AccessRequest bytes(int port) {
        return new AccessRequest(
                Optional.empty(),
                "10.0.0.1",
                "10.0.0.1",
                "10.0.0.2",
                port,
                "",
                Map.of(),
                Optional.empty());
    }

    private static AccessRequest request(
            String method,
            String host,
            String path,
            Map<String, List<String>> headers,
            Map<String, Tree.Fields> tokens) {
        return new AccessRequest(
                Optional.of(STOREFRONT),
                "10.0.0.1",
                "10.0.0.1",
                "10.0.0.2",
                9080,
                "",
                Map.of(),
                Optional.of(new AccessRequest.Http(method, host, path, headers, tokens)));
    }

    private static AccessPolicy policy(String name, String spec) {
        return policy(name, spec, "");
    }

    private static AccessPolicy policy(String name, String spec, String metadata) {
        var read =
                new ResourceReader()
                        .readYaml(
                                "test.yaml",
                                """
                                apiVersion: security.istio.io/v1
                                kind: AuthorizationPolicy
                                metadata: {name: %s, namespace: shop%s}
                                %s
                                """
                                        .formatted(
                                                name,
                                                metadata.isEmpty() ? "" : ", " + metadata,
                                                spec));
        assertThat(read.resources()).as("%s", read.problems()).hasSize(1);
        return AccessPolicy.of(
                read.resources().getFirst().resource().as(AuthorizationPolicy.class),
                Set.of("cluster.local", "old.example.org"));
    }
}
