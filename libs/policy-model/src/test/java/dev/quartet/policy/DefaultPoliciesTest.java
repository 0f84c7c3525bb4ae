package dev.quartet.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.expressions.Attributes;
import dev.quartet.expressions.ExpressionException;
import dev.quartet.expressions.ValueType;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The default metrics are exactly those of Istio 1.4 (reference B.1).
class DefaultPoliciesTest {
    private static final List<String> LABELS =
            List.of(
                    "reporter",
                    "source_app",
                    "source_principal",
                    "source_workload",
                    "source_workload_namespace",
                    "source_version",
                    "destination_app",
                    "destination_principal",
                    "destination_workload",
                    "destination_workload_namespace",
                    "destination_version",
                    "destination_service",
                    "destination_service_name",
                    "destination_service_namespace",
                    "request_protocol",
                    "response_code",
                    "response_flags",
                    "permissive_response_code",
                    "permissive_response_policyid",
                    "connection_security_policy");
    private static final List<Double> BYTES = List.of(1.0, 10.0, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8);

    private final PolicyTable table =
            Policies.soundTable(DefaultPolicies.documents().getFirst().yaml());

    @Test
    void metricsHaveIstiosNamesLabelsAndBuckets() {
        var handler =
                table.handlers().get(new ResourceKey(Kind.HANDLER, "istio-system", "prometheus"));
        assertThat(handler).isNotNull();
        var prometheus = (Prometheus) handler.config();

        assertThat(prometheus.expiry())
                .isEqualTo(new Prometheus.Expiry(Duration.ofMinutes(10), Duration.ofMinutes(5)));
        assertThat(prometheus.metrics())
                .extracting(Prometheus.Metric::fullName)
                .containsExactly(
                        "istio_requests_total",
                        "istio_request_duration_seconds",
                        "istio_request_bytes",
                        "istio_response_bytes");
        assertThat(prometheus.metrics())
                .extracting(Prometheus.Metric::labelNames)
                .containsOnly(LABELS);
        assertThat(prometheus.metrics())
                .extracting(Prometheus.Metric::bounds)
                .containsExactly(
                        List.of(),
                        List.of(.005, .01, .025, .05, .1, .25, .5, 1.0, 2.5, 5.0, 10.0),
                        BYTES,
                        BYTES);
        assertThat(prometheus.metrics())
                .extracting(metric -> metric.instance().name())
                .containsExactly("requestcount", "requestduration", "requestsize", "responsesize");
    }

    @Test
    void labelsOfARequestAtItsDestination() throws ExpressionException {
        var bag =
                Policies.bag(
                        "context.reporter.kind", "inbound",
                        "context.protocol", "http",
                        "source.labels", Map.of("app", "storefront", "version", "v1"),
                        "source.principal", "cluster.local/ns/shop/sa/storefront",
                        "source.workload.name", "storefront-v1",
                        "source.workload.namespace", "shop",
                        "destination.labels", Map.of("app", "reviews", "version", "v3"),
                        "destination.principal", "cluster.local/ns/shop/sa/reviews",
                        "destination.workload.name", "reviews-v3",
                        "destination.workload.namespace", "shop",
                        "destination.service.host", "reviews.shop.svc.cluster.local",
                        "destination.service.name", "reviews",
                        "destination.service.namespace", "shop",
                        "connection.mtls", true,
                        "response.code", 404L,
                        "response.duration", Duration.ofMillis(25),
                        "request.size", 7L,
                        "response.size", 1000L);

        var labels = labels("requestcount", bag);

        assertThat(labels.values())
                .containsExactly(
                        "destination",
                        "storefront",
                        "cluster.local/ns/shop/sa/storefront",
                        "storefront-v1",
                        "shop",
                        "v1",
                        "reviews",
                        "cluster.local/ns/shop/sa/reviews",
                        "reviews-v3",
                        "shop",
                        "v3",
                        "reviews.shop.svc.cluster.local",
                        "reviews",
                        "shop",
                        "http",
                        "404",
                        "-",
                        "none",
                        "none",
                        "mutual_tls");
        assertThat(value("requestcount", bag)).isEqualTo(1L);
        assertThat(value("requestduration", bag)).isEqualTo(Duration.ofMillis(25));
        assertThat(value("requestsize", bag)).isEqualTo(7L);
        assertThat(value("responsesize", bag)).isEqualTo(1000L);
    }

    @Test
    void labelsOfAnEmptyBagAreIstiosDefaults() throws ExpressionException {
        for (var instance :
                List.of("requestcount", "requestduration", "requestsize", "responsesize")) {
            var labels = labels(instance, Attributes.EMPTY);

            assertThat(labels).containsEntry("reporter", "destination");
            assertThat(labels).containsEntry("response_code", "200");
            assertThat(labels).containsEntry("response_flags", "-");
            assertThat(labels).containsEntry("permissive_response_code", "none");
            assertThat(labels).containsEntry("permissive_response_policyid", "none");
            assertThat(labels).containsEntry("connection_security_policy", "none");
            assertThat(labels.values().stream().filter("unknown"::equals)).hasSize(14);
        }
        assertThat(value("requestduration", Attributes.EMPTY)).isEqualTo(Duration.ZERO);
        assertThat(value("requestsize", Attributes.EMPTY)).isEqualTo(0L);
    }

    @Test
    void aSourceReportsNoSecurityPolicy() throws ExpressionException {
        var labels =
                labels(
                        "requestcount",
                        Policies.bag("context.reporter.kind", "outbound", "connection.mtls", true));

        assertThat(labels)
                .containsEntry("reporter", "source")
                .containsEntry("connection_security_policy", "unknown");
    }

    @Test
    void aServiceWithoutAHostIsNamedByTheRequest() throws ExpressionException {
        assertThat(labels("requestcount", Policies.bag("request.host", "evil.example")))
                .containsEntry("destination_service", "unknown");
        assertThat(
                        labels(
                                "requestcount",
                                Policies.bag(
                                        "request.host",
                                        "a.example",
                                        "destination.service.name",
                                        "a")))
                .containsEntry("destination_service", "a.example");
        assertThat(labels("requestcount", Policies.bag("destination.service.name", "a")))
                .containsEntry("destination_service", "unknown");
    }

    @Test
    void probesAndScrapesAndTcpAreNotCounted() {
        assertThat(reports("http", "curl/8")).isTrue();
        assertThat(reports("grpc", "grpc-java")).isTrue();
        assertThat(reports("http", "kube-probe/1.15")).isFalse();
        assertThat(reports("http", "Prometheus/2.12")).isFalse();
        assertThat(reports("tcp", "-")).isFalse();
        var rule = table.rulesFor("anywhere").getFirst();
        assertThat(rule.matches(Policies.bag("context.protocol", "http"))).isTrue();
        assertThat(rule.matches(Attributes.EMPTY)).isFalse();
    }

    private boolean reports(String protocol, String agent) {
        return table.rulesFor("anywhere")
                .getFirst()
                .matches(
                        Policies.bag(
                                "context.protocol",
                                protocol,
                                "request.headers",
                                Map.of("user-agent", agent)));
    }

    private Map<String, String> labels(String instance, Attributes bag) throws ExpressionException {
        var labels = new LinkedHashMap<String, String>();
        for (var name : LABELS) {
            var expression = metric(instance).dimensions().get(name);
            assertThat(expression).as(name).isNotNull();
            labels.put(name, ValueType.text(expression.evaluate(bag)));
        }
        assertThat(metric(instance).dimensions()).hasSize(LABELS.size());
        return labels;
    }

    private Object value(String instance, Attributes bag) throws ExpressionException {
        return metric(instance).value().evaluate(bag);
    }

    private InstanceFields.Metric metric(String name) {
        var instance = table.instances().get(new ResourceKey(Kind.INSTANCE, "istio-system", name));
        assertThat(instance).isNotNull();
        return (InstanceFields.Metric) instance.fields();
    }
}
