package dev.quartet.injector;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.Ports;
import dev.quartet.admin.ServiceName;
import dev.quartet.admin.StatusContributor;
import dev.quartet.admin.webhook.Webhook;
import dev.quartet.identity.SpiffeId;
import dev.quartet.injector.register.InjectionWebhooks;
import dev.quartet.injector.register.RegistrationMetrics;
import dev.quartet.kube.Leadership;
import dev.quartet.kube.Leadership.Timing;
import dev.quartet.kube.WebhookAddress;
import dev.quartet.kube.WebhookRegistration;
import dev.quartet.kube.WebhookType;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import org.springframework.boot.autoconfigure.condition.ConditionalOnCloudPlatform;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// What Kubernetes adds to the pipeline (profile `kubernetes`): the webhook's entry in the cluster, and readiness that
/// waits for the webhook, so that no pod is sent to a replica without a certificate.
@Configuration(proxyBeanMethods = false)
@ConditionalOnCloudPlatform(CloudPlatform.KUBERNETES)
class KubernetesPipeline {
    private static final String LEASE = "istio-sidecar-injector";

    @Bean(destroyMethod = "close")
    Leadership leadership(
            KubernetesClient client,
            InjectorSettings settings,
            AdminProperties shared,
            ServiceName service,
            Ports ports) {
        return Leadership.start(
                client,
                SpiffeId.citadel(shared.trustDomain()).namespace(),
                LEASE,
                service.replica(ports.of(settings.webhookPort())),
                Timing.STANDARD);
    }

    @Bean(destroyMethod = "close")
    WebhookRegistration<?, ?> webhookRegistration(
            KubernetesClient client,
            InjectorSettings settings,
            AdminProperties shared,
            Webhook webhook,
            RegistrationMetrics metrics,
            Leadership leadership) {
        var namespace = SpiffeId.citadel(shared.trustDomain()).namespace();
        var address = new WebhookAddress(settings.webhookUrl(), namespace, InjectionWebhooks.NAME);
        return WebhookRegistration.start(
                client,
                WebhookType.MUTATING,
                new InjectionWebhooks(address, settings.systemNamespaces()).configuration(),
                webhook::trust,
                metrics,
                leadership);
    }

    @Bean
    StatusContributor kubernetesSection(WebhookRegistration<?, ?> registration) {
        return StatusContributor.of("kubernetes", () -> Map.of("leader", registration.leads()));
    }

    @Bean
    HealthIndicator webhookHealthIndicator(Webhook webhook) {
        return webhook.health();
    }
}
