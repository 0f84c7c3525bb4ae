package dev.quartet.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.expressions.Attributes;
import dev.quartet.expressions.Knowledge;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PolicyTableTest {
    private static final Knowledge REVIEWS_V3 =
            Knowledge.builder()
                    .known("destination.namespace", "shop")
                    .known("destination.workload.name", "reviews-v3")
                    .known("destination.labels", Map.of("app", "reviews", "version", "v3"))
                    .known("context.reporter.kind", "inbound")
                    .known("context.protocol", "http")
                    .build();

    @Test
    void referencesAreShortOrWithNamespaceOrWithKind() {
        var table =
                Policies.soundTable(
                        Policies.denyRule("shop", "deny", "true")
                                + """
                                ---
                                apiVersion: config.istio.io/v1alpha2
                                kind: rule
                                metadata: {name: everywhere, namespace: istio-system}
                                spec:
                                  actions:
                                  - {handler: deny.shop, instances: [deny.instance.shop, deny.shop]}
                                  - {handler: deny.handler.shop, instances: [deny.shop]}
                                """);

        var rule = table.rulesFor("other").getFirst();

        assertThat(rule.actions())
                .extracting(Policies::described)
                .containsExactly("check deny.shop [deny, deny]", "check deny.shop [deny]");
    }

    @Test
    void denierSettingsHaveIstiosDefaults() {
        var given =
                Policies.soundTable(
                        """
                        apiVersion: config.istio.io/v1alpha2
                        kind: handler
                        metadata: {name: plain, namespace: shop}
                        spec: {compiledAdapter: denier}
                        ---
                        apiVersion: config.istio.io/v1alpha2
                        kind: handler
                        metadata: {name: set, namespace: shop}
                        spec: {compiledAdapter: denier, params: {status: {code: 7, message: no}, valid_duration: 1m, validUseCount: 3}}
                        """);

        assertThat(given.handlers().values())
                .extracting(PolicyHandler::config)
                .containsExactly(
                        new Denier(9, "", Duration.ofSeconds(5), 1000),
                        new Denier(7, "no", Duration.ofMinutes(1), 3));
    }

    @Test
    void bucketsAreOneBoundMoreThanFiniteBuckets() {
        assertThat(Prometheus.linear(3, 10, 5)).containsExactly(10.0, 15.0, 20.0, 25.0);
        assertThat(Prometheus.exponential(2, 1, 10)).containsExactly(1.0, 10.0, 100.0);
    }

    @Test
    void aFieldInBothSpellingsIsAConflict() {
        var table =
                Policies.table(
                        """
                        apiVersion: config.istio.io/v1alpha2
                        kind: handler
                        metadata: {name: deny, namespace: shop}
                        spec: {compiledAdapter: denier, params: {validUseCount: 1, valid_use_count: 2}}
                        """);

        assertThat(table.handlers()).isEmpty();
        assertThat(table.problems())
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.reason()).isEqualTo(Reason.CONFLICTING_FIELDS));
    }

    @Test
    void rulesApplyInTheirNamespaceAndThoseOfTheRootEverywhere() {
        var table =
                Policies.soundTable(
                        Policies.denyRule("istio-system", "root", "true")
                                + "---\n"
                                + Policies.denyRule("shop", "own", "true"));

        assertThat(table.rulesFor("shop"))
                .extracting(rule -> rule.key().name())
                .containsExactly("root", "own");
        assertThat(table.rulesFor("bank"))
                .extracting(rule -> rule.key().name())
                .containsExactly("root");
        assertThat(table.rulesFor(Attributes.EMPTY)).hasSize(1);
        assertThat(
                        table.rulesFor(
                                Policies.bag(
                                        "destination.namespace",
                                        "shop",
                                        "source.namespace",
                                        "bank")))
                .hasSize(2);
        assertThat(
                        table.rulesFor(
                                Policies.bag(
                                        "context.reporter.kind", "outbound",
                                        "destination.namespace", "shop",
                                        "source.namespace", "bank")))
                .hasSize(1);
    }

    @Test
    void findsTheChecksThatCanMatchADestination() {
        assertThat(possible("destination.labels[\"version\"] == \"v3\"")).isEqualTo("always");
        assertThat(possible("destination.labels[\"version\"] == \"v2\"")).isEqualTo("never");
        assertThat(
                        possible(
                                "request.headers[\"x\"] == \"1\" && destination.workload.name == \"reviews-v2\""))
                .isEqualTo("never");
        assertThat(
                        possible(
                                "request.headers[\"x\"] == \"1\" && destination.workload.name == \"reviews-v3\""))
                .isEqualTo("request.headers[\"x\"] == \"1\"");
        assertThat(possible("context.protocol == \"tcp\" && connection.mtls")).isEqualTo("never");
        assertThat(
                        possible(
                                "source.labels[\"app\"] == \"a\" || destination.labels[\"app\"] == \"b\""))
                .isEqualTo("source.labels[\"app\"] == \"a\"");
        assertThat(possible("(destination.labels[\"tier\"] | \"none\") == \"none\""))
                .isEqualTo("always");
        assertThat(possible("destination.labels[\"tier\"] == \"gold\"")).isEqualTo("never");
    }

    private static String possible(String match) {
        var table = Policies.soundTable(Policies.denyRule("shop", "deny", match));
        var checks = table.checksThatMayMatch(REVIEWS_V3);
        if (checks.isEmpty()) {
            return "never";
        }
        return switch (checks.getFirst().match()) {
            case RuleMatcher.Match.Always _ -> "always";
            case RuleMatcher.Match.Sometimes(var residual) -> residual.text();
            case RuleMatcher.Match.Never _ -> throw new AssertionError("never stands in no list");
        };
    }

    @Test
    void rulesOfOtherNamespacesAndReportsAreNoChecks() {
        var table =
                Policies.soundTable(
                        Policies.denyRule("bank", "other", "true")
                                + "---\n"
                                + DefaultPolicies.documents().getFirst().yaml());

        assertThat(table.checksThatMayMatch(REVIEWS_V3)).isEmpty();
        assertThat(table.checksThatMayMatch(Knowledge.NOTHING)).hasSize(1);
        assertThat(
                        table.checksThatMayMatch(
                                Knowledge.builder().known("destination.namespace", "bank").build()))
                .as("the reporter may be outbound, and the source's namespace is open")
                .hasSize(1);
    }

    @Test
    void aBrokenCheckCanMatchWhereItsRuleCan() throws IOException {
        var handlerMissing =
                Files.readString(
                        java.nio.file.Path.of(
                                "src/test/resources/testdata/problems/handler-missing.yaml"));
        var matchBroken =
                Files.readString(
                        java.nio.file.Path.of("src/test/resources/testdata/problems/match.yaml"));

        assertThat(Policies.table(handlerMissing).checksThatMayMatch(REVIEWS_V3))
                .singleElement()
                .satisfies(check ->
                        assertThat(check.match()).isEqualTo(new RuleMatcher.Match.Always()));
        assertThat(
                        Policies.table(handlerMissing.replace("\"reviews\"", "\"ratings\""))
                                .checksThatMayMatch(REVIEWS_V3))
                .isEmpty();
        assertThat(Policies.table(matchBroken).checksThatMayMatch(REVIEWS_V3)).hasSize(2);
    }

    @Test
    void anEmptyTableNeedsNoCheck() {
        assertThat(PolicyTable.empty().rules()).isEmpty();
        assertThat(PolicyTable.empty().checksThatMayMatch(Knowledge.NOTHING)).isEmpty();
        assertThat(PolicyTable.empty().rulesFor("shop")).isEmpty();
    }

    @Property(tries = 50)
    void theOrderOfTheResourcesDoesNotMatter(@ForAll long seed) throws IOException {
        var all = new ArrayList<Resource<?>>();
        for (var file : PolicyProblemsTest.files()) {
            // names repeat over the files: each file gets its own namespace
            var namespace = "ns-" + all.size();
            var yaml = Files.readString(file).replace("namespace: shop", "namespace: " + namespace);
            all.addAll(Policies.read("in.yaml", yaml).plainResources());
        }
        var shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled, new Random(seed));

        assertThat(Policies.described(Policies.table(shuffled)))
                .isEqualTo(Policies.described(Policies.table(all)));
    }
}
