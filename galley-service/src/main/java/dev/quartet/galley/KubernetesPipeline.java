package dev.quartet.galley;

import dev.quartet.admin.Ports;
import dev.quartet.admin.ServiceName;
import dev.quartet.admin.StatusContributor;
import dev.quartet.admin.webhook.Webhook;
import dev.quartet.galley.admission.Agreements;
import dev.quartet.galley.admission.Departures;
import dev.quartet.galley.batch.BatchBook;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.cluster.ClusterWrites;
import dev.quartet.galley.conditions.StatusWriter;
import dev.quartet.galley.kube.ClusterDepartures;
import dev.quartet.galley.kube.ClusterView;
import dev.quartet.galley.kube.Impatient;
import dev.quartet.galley.kube.IngressStatus;
import dev.quartet.galley.kube.KubernetesSource;
import dev.quartet.galley.register.ValidationWebhooks;
import dev.quartet.galley.status.StatusTable;
import dev.quartet.kube.Leadership;
import dev.quartet.kube.Leadership.Timing;
import dev.quartet.kube.WebhookAddress;
import dev.quartet.kube.WebhookRegistration;
import dev.quartet.kube.WebhookType;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnCloudPlatform;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// What Kubernetes adds to the pipeline (profile `kubernetes`): the apiserver as a source, the webhook's entry in the
/// cluster and the addresses of Ingresses, which the leader writes, REST's changes as batches of objects, and readiness that waits for the webhook.
@Configuration(proxyBeanMethods = false)
@ConditionalOnCloudPlatform(CloudPlatform.KUBERNETES)
class KubernetesPipeline {
    private static final String LEASE = "istio-galley";
    private static final Duration FOR_ONE_ANSWER = Duration.ofSeconds(5);

    @Bean(destroyMethod = "close")
    KubernetesSource kubernetesSource(
            KubernetesClient client,
            GalleySettings settings,
            BatchBook batchBook,
            GalleyMetrics metrics) {
        return new KubernetesSource(client, settings.namespace(), batchBook, metrics);
    }

    @Bean
    BatchBook batchBook(
            KubernetesClient client,
            GalleySettings settings,
            ServiceName service,
            Ports ports,
            Clock clock) {
        return new BatchBook(
                Impatient.of(client, FOR_ONE_ANSWER),
                settings.namespace(),
                replica(settings, service, ports),
                clock);
    }

    private static String replica(GalleySettings settings, ServiceName service, Ports ports) {
        return service.replica(ports.of(settings.webhookPort()));
    }

    @Bean
    Agreements agreements(BatchBook batchBook) {
        return ClusterWrites.agreements(batchBook);
    }

    @Bean(destroyMethod = "close")
    ClusterWrites clusterWrites(
            KubernetesClient client,
            GalleySettings settings,
            BatchBook batchBook,
            KubernetesSource source,
            ChangeDesk desk,
            Leadership leadership,
            Clock clock,
            GalleyMetrics metrics) {
        return ClusterWrites.start(
                Impatient.of(client, FOR_ONE_ANSWER),
                settings.namespace(),
                batchBook,
                source,
                desk,
                leadership,
                clock,
                metrics);
    }

    @Bean
    ClusterView clusterView(KubernetesClient client) {
        return new ClusterView(client);
    }

    @Bean
    Departures departures(KubernetesSource source, KubernetesClient client) {
        return new ClusterDepartures(source, client);
    }

    @Bean(destroyMethod = "close")
    Leadership leadership(
            KubernetesClient client, GalleySettings settings, ServiceName service, Ports ports) {
        return Leadership.start(
                client,
                settings.namespace(),
                LEASE,
                replica(settings, service, ports),
                Timing.STANDARD);
    }

    @Bean(destroyMethod = "close")
    WebhookRegistration<?, ?> webhookRegistration(
            KubernetesClient client,
            GalleySettings settings,
            Webhook webhook,
            GalleyMetrics metrics,
            Leadership leadership) {
        var address =
                new WebhookAddress(
                        settings.webhookUrl(), settings.namespace(), ValidationWebhooks.NAME);
        return WebhookRegistration.start(
                client,
                WebhookType.VALIDATING,
                new ValidationWebhooks(
                                address, settings.failurePolicy(), settings.systemNamespaces())
                        .configuration(),
                webhook::trust,
                metrics,
                leadership);
    }

    @Bean(destroyMethod = "close")
    @ConditionalOnBooleanProperty(name = "quartet.galley.write-status", matchIfMissing = true)
    StatusWriter statusWriter(
            KubernetesClient client,
            KubernetesSource source,
            ChangeDesk desk,
            StatusTable table,
            Leadership leadership,
            GalleyMetrics metrics,
            Clock clock) {
        return StatusWriter.start(client, source, desk, table, leadership, metrics, clock);
    }

    @Bean(destroyMethod = "close")
    IngressStatus ingressStatus(
            KubernetesClient client,
            GalleySettings settings,
            KubernetesSource source,
            Leadership leadership) {
        return IngressStatus.start(client, settings.namespace(), source, leadership);
    }

    @Bean
    StatusContributor kubernetesSection(
            KubernetesSource source, WebhookRegistration<?, ?> registration) {
        return StatusContributor.of(
                "kubernetes",
                () -> {
                    var facts = new LinkedHashMap<String, Object>(source.status());
                    facts.put("leader", registration.leads());
                    return facts;
                });
    }

    @Bean
    HealthIndicator webhookHealthIndicator(Webhook webhook) {
        return webhook.health();
    }
}
