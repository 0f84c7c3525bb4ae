package dev.quartet.e2e;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.e2e.Dashboard.Query;
import dev.quartet.testkit.Load;
import dev.quartet.testkit.MeshUnderTest;
import dev.quartet.testkit.PrometheusProcess;
import dev.quartet.testkit.PrometheusProcess.Sample;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Every query of every panel, on the Prometheus of a mesh in which everything happens that the dashboards are about. Each must
/// have an answer with finite values, one of them above 0, and with the labels that its legend names; what need not is listed
/// here, with the reason.
@ExtendWith(SharedMesh.class)
class DashboardsIT {
    private static final Duration LIMIT = Duration.ofSeconds(80);
    private static final Duration PUSHED = Duration.ofSeconds(40);
    private static final String WELL = "0 is the healthy value, and nothing here makes it ill";
    private static final String NO_REGISTRY = "the mesh has no registry beside its config";
    private static final String NO_CREDENTIAL =
            "the mesh's gateway shows no certificate of its own";
    private static final String KUBERNETES = "only Kubernetes makes it move";

    /// Queries whose highest value may be 0.
    private static final Map<String, String> MAY_BE_ZERO =
            Map.ofEntries(
                    entry("Mesh / Config problems / errors", WELL),
                    entry("Mesh / Config problems / warnings", WELL),
                    entry("Mesh / Without report stream / since", WELL),
                    entry("Mesh / Overflow in an hour / records", WELL),
                    entry("Control plane / Rejects by type / cds", WELL),
                    entry("Control plane / Rejects by type / eds", WELL),
                    entry("Control plane / Rejects by type / rds", WELL),
                    entry("Control plane / Rejects by type / ecds", WELL),
                    entry("Control plane / Errors and slow proxies / internal errors", WELL),
                    entry("Control plane / Errors and slow proxies / late ACKs", WELL),
                    entry(
                            "Control plane / Errors and slow proxies / answers to an old response",
                            WELL),
                    entry("Control plane / Errors and slow proxies / proxies refused", WELL),
                    entry(
                            "Control plane / Proxies / wait for a push",
                            "a push is over before the next scrape"),
                    entry("Control plane / Conflicts / connections that another has", WELL),
                    entry("Control plane / Conflicts / ports with two protocols", WELL),
                    entry("Control plane / Conflicts / hosts routed twice", WELL),
                    entry("Control plane / Conflicts / subsets defined twice", WELL),
                    entry("Control plane / Conflicts / resources not made as asked", WELL),
                    entry("Control plane / Nowhere to send to / clusters without endpoints", WELL),
                    entry(
                            "Control plane / Nowhere to send to / workloads without an address",
                            WELL),
                    entry("Control plane / Remote clusters / {{state}}", KUBERNETES),
                    entry("Control plane / MCP answers of Pilot, Mixer and Citadel / NACK", WELL),
                    entry(
                            "Control plane / MCP answers of Pilot, Mixer and Citadel / broken streams",
                            WELL),
                    entry("Control plane / Config problems by severity / {{severity}}", WELL),
                    entry("Control plane / Kubernetes objects read / good", KUBERNETES),
                    entry("Control plane / Kubernetes objects read / with an error", KUBERNETES),
                    entry("Control plane / Validation webhook / configuration written", KUBERNETES),
                    entry(
                            "Control plane / Validation webhook / configuration not written",
                            KUBERNETES),
                    entry("Control plane / Validation webhook / certificate renewed", KUBERNETES),
                    entry(
                            "Control plane / Validation webhook / certificate not renewed",
                            KUBERNETES),
                    entry("Control plane / Validation webhook / answered {{status}}", KUBERNETES),
                    entry("Control plane / Writes to Kubernetes / status", KUBERNETES),
                    entry("Control plane / Writes to Kubernetes / status not written", KUBERNETES),
                    entry("Control plane / Writes to Kubernetes / REST, {{outcome}}", KUBERNETES),
                    entry(
                            "Control plane / Certificates / renewed on open streams",
                            "certificates live for 24 h here; CertificateRenewalIT renews them"),
                    entry("Control plane / Failures / not signed", WELL),
                    entry("Control plane / Failures / request unreadable or refused", WELL),
                    entry("Control plane / Failures / not of this mesh", WELL),
                    entry("Control plane / Failures / secret refused by a proxy", WELL),
                    entry("Control plane / Kubernetes / token {{result}}", KUBERNETES),
                    entry("Control plane / Kubernetes / root ConfigMaps written", KUBERNETES),
                    entry(
                            "Control plane / Refused callers by reason / SDS: {{reason}}",
                            "GatewayTlsIT asks for a credential that is not there yet, once and maybe before"),
                    entry("Control plane / Gateways' credentials / known", NO_CREDENTIAL),
                    entry("Control plane / Gateways' credentials / not in force as written", WELL),
                    entry("Control plane / Rights on Secrets / {{result}}", KUBERNETES),
                    entry("Control plane / Report streams and entries / streams refused", WELL),
                    entry("Control plane / Without report stream / now", WELL),
                    entry("Control plane / Without report stream / in this interval", WELL),
                    entry("Control plane / Pushes to Prometheus / failures", WELL),
                    entry("Control plane / Series and overflow / records under overflow", WELL),
                    entry("Control plane / Config problems / rules", WELL),
                    entry("Control plane / Config problems / of those, match", WELL),
                    entry("Control plane / Config problems / handlers", WELL),
                    entry("Control plane / Config problems / instances", WELL),
                    entry("Control plane / Config problems / actions without handler", WELL),
                    entry("Control plane / Config problems / revisions not put in force", WELL),
                    entry(
                            "Control plane / Webhook configuration / written or repaired",
                            KUBERNETES),
                    entry("Control plane / Updates that Envoy refused / cds", WELL),
                    entry("Control plane / Updates that Envoy refused / rds", WELL),
                    entry("Control plane / Updates that Envoy refused / sds", WELL));

    /// Queries that may have no answer at all.
    private static final Map<String, String> MAY_BE_EMPTY =
            Map.of(
                    "Control plane / Refused callers by reason / SDS: {{reason}}",
                    "the first refusal makes the metric, and no proxy here asks for another's secret",
                    "Control plane / Gateways' certificates: days left / {{namespace}}/{{name}}",
                    NO_CREDENTIAL,
                    "Control plane / Gateways' credentials / refused: {{reason}}",
                    NO_CREDENTIAL,
                    "Control plane / Workloads by registry / {{registry}}",
                    NO_REGISTRY,
                    "Control plane / Registries in trouble / {{registry}}: endpoints kept",
                    NO_REGISTRY,
                    "Control plane / Registries in trouble / {{registry}}: not reachable",
                    NO_REGISTRY);

    /// What a person chooses in the lists; the rest stands for all.
    private static final Map<String, String> CHOSEN =
            Map.of(
                    "Service / service", "ratings.shop.svc.cluster.local",
                    "Workload / namespace", "shop",
                    "Workload / workload", "reviews-v2");

    private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.*), (\\w+)\\)");
    private static final Pattern OF_LEGEND = Pattern.compile("\\{\\{(\\w+)}}");

    @Test
    void everyPanelHasItsFigures(MeshUnderTest mesh) throws Exception {
        var open = new TreeMap<String, Query>();
        for (var dashboard : Dashboard.all()) {
            for (var panel : dashboard.panels()) {
                for (var query : panel.queries()) {
                    var name = query.legend().isEmpty() ? query.refId() : query.legend();
                    assertThat(
                                    open.put(
                                            dashboard.title()
                                                    + " / "
                                                    + panel.title()
                                                    + " / "
                                                    + name,
                                            query))
                            .as(name + " of " + panel.title())
                            .isNull();
                }
            }
        }
        assertThat(open)
                .as("the exceptions name queries that there are")
                .containsKeys(MAY_BE_ZERO.keySet().toArray(String[]::new))
                .containsKeys(MAY_BE_EMPTY.keySet().toArray(String[]::new));
        var asked = "istio_requests_total{reporter=\"source\",source_workload=\"ingressgateway\"}";
        var before = sum(mesh, asked);

        try (var load =
                        Load.start(
                                mesh.gateway(), "/storefront", Map.of(), 1, Duration.ofMillis(50));
                var events = MeshEvents.begin(mesh)) {
            await().atMost(LIMIT)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofSeconds(3))
                    .untilAsserted(() -> {
                        events.again();
                        var faults = faults(mesh, open);
                        open.keySet().retainAll(faults.keySet());
                        assertThat(faults).as("queries that are not yet well").isEmpty();
                    });

            // Nothing is on its way when the next test counts. Not equal: the request that mesh up
            // ends with may
            // have been counted meanwhile.
            var sent = (double) load.stop().sent();
            await().atMost(PUSHED)
                    .untilAsserted(() ->
                            assertThat(sum(mesh, asked) - before).isGreaterThanOrEqualTo(sent));
        }
        await().atMost(Duration.ofSeconds(30)).until(mesh::inSync);
    }

    /// What is wrong with each query that is not well.
    private static Map<String, String> faults(MeshUnderTest mesh, Map<String, Query> queries) {
        var values = new HashMap<String, Map<String, String>>();
        Dashboard.all()
                .forEach(dashboard -> values.put(dashboard.title(), values(mesh, dashboard)));
        var faults = new TreeMap<String, String>();
        queries.forEach((name, query) -> {
            var dashboard = name.substring(0, name.indexOf(" / "));
            var promQl = PromQl.filled(query.promQl(), values.getOrDefault(dashboard, Map.of()));
            var answer = PrometheusProcess.query(mesh.prometheus(), promQl);
            var fault = fault(name, query, answer);
            if (!fault.isEmpty()) {
                faults.put(name, fault + ": " + promQl);
            }
        });
        return faults;
    }

    /// Empty when it is well.
    private static String fault(String name, Query query, List<Sample> answer) {
        if (answer.isEmpty()) {
            return MAY_BE_EMPTY.containsKey(name) ? "" : "no answer";
        }
        if (!answer.stream().allMatch(sample -> Double.isFinite(sample.value()))) {
            return "not finite: " + answer;
        }
        var highest = answer.stream().mapToDouble(Sample::value).max().orElseThrow();
        if (highest < 0 || highest == 0 && !MAY_BE_ZERO.containsKey(name)) {
            return "never above 0";
        }
        var missing = new ArrayList<String>();
        OF_LEGEND
                .matcher(query.legend())
                .results()
                .map(label -> label.group(1))
                .forEach(label -> {
                    if (!answer.stream().allMatch(sample -> sample.labels().containsKey(label))) {
                        missing.add(label);
                    }
                });
        return missing.isEmpty() ? "" : "without the labels of its legend " + missing;
    }

    /// As Grafana does: each variable's query with the values of those before it; "all" is what the variable says it is.
    private static Map<String, String> values(MeshUnderTest mesh, Dashboard dashboard) {
        var values = new HashMap<>(Map.of("__rate_interval", "1m"));
        for (var variable : dashboard.variables()) {
            if (variable.type().equals("query")) {
                var call = LABEL_VALUES.matcher(variable.query());
                assertThat(call.matches()).as(variable.query()).isTrue();
                var found =
                        PrometheusProcess.labelValues(
                                mesh.prometheus(),
                                PromQl.filled(call.group(1), values),
                                call.group(2));
                assertThat(found).as(dashboard.title() + ": $" + variable.name()).isNotEmpty();
                var chosen = CHOSEN.get(dashboard.title() + " / " + variable.name());
                if (chosen != null) {
                    assertThat(found).contains(chosen);
                } else {
                    assertThat(variable.multiple()).isTrue();
                }
                values.put(variable.name(), chosen == null ? ".*" : chosen);
            }
        }
        return values;
    }

    @Test
    void everyRuleIsEvaluatedWithoutAnError(MeshUnderTest mesh) {
        var expected = Rules.read();

        await().atMost(PUSHED)
                .untilAsserted(() -> {
                    var rules = new ArrayList<Map<?, ?>>();
                    for (var group : PrometheusProcess.ruleGroups(mesh.prometheus())) {
                        rules.addAll(Dashboard.list((Map<?, ?>) group, "rules"));
                    }
                    assertThat(rules).hasSize(expected.queries().size());
                    assertThat(rules)
                            .allSatisfy(rule ->
                                    assertThat(rule.get("health"))
                                            .as(String.valueOf(rule))
                                            .isEqualTo("ok"));
                });
    }

    private static double sum(MeshUnderTest mesh, String series) {
        return PrometheusProcess.query(mesh.prometheus(), "sum(last_over_time(" + series + "[1h]))")
                .stream()
                .mapToDouble(Sample::value)
                .sum();
    }
}
