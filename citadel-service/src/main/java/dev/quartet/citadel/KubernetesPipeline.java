package dev.quartet.citadel;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.ServiceName;
import dev.quartet.admin.StatusContributor;
import dev.quartet.citadel.authenticate.ForeignTokens;
import dev.quartet.citadel.credential.Shelf;
import dev.quartet.citadel.keep.Keeping;
import dev.quartet.citadel.kube.KubernetesSecret;
import dev.quartet.citadel.kube.RootConfigMaps;
import dev.quartet.citadel.kube.SecretCredentials;
import dev.quartet.citadel.kube.TokenReviews;
import dev.quartet.citadel.metrics.CitadelMetrics;
import dev.quartet.citadel.root.RootAuthority;
import dev.quartet.identity.SpiffeId;
import dev.quartet.kube.Leadership;
import dev.quartet.kube.Leadership.Timing;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.Map;
import org.springframework.boot.autoconfigure.condition.ConditionalOnCloudPlatform;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// What Kubernetes adds to the pipeline (profile `kubernetes`).
@Configuration(proxyBeanMethods = false)
@ConditionalOnCloudPlatform(CloudPlatform.KUBERNETES)
class KubernetesPipeline {

    private static final String NAMESPACE = SpiffeId.citadel("any").namespace();

    @Bean
    Keeping secretsOfTheCluster(KubernetesClient client) {
        return new Keeping(
                KubernetesSecret.root(client, NAMESPACE),
                KubernetesSecret.tokenKey(client, NAMESPACE));
    }

    @Bean
    ForeignTokens serviceAccountTokens(
            KubernetesClient client,
            AdminProperties shared,
            CitadelSettings settings,
            CitadelMetrics metrics,
            Clock clock) {
        return new TokenReviews(
                client, shared.trustDomain(), settings.tokenReviewMemory(), metrics, clock);
    }

    @Bean(destroyMethod = "close")
    SecretCredentials secretCredentials(
            KubernetesClient client,
            Shelf shelf,
            CitadelSettings settings,
            CitadelMetrics metrics,
            Clock clock) {
        return new SecretCredentials(client, shelf, settings.accessReviewMemory(), metrics, clock);
    }

    @Bean(destroyMethod = "close")
    Leadership leadership(KubernetesClient client, ServiceName service, GrpcDoor door) {
        return Leadership.start(
                client, NAMESPACE, "istio-citadel", service.replica(door.port()), Timing.STANDARD);
    }

    @Bean(destroyMethod = "close")
    RootConfigMaps rootConfigMaps(
            KubernetesClient client,
            RootAuthority root,
            CitadelMetrics metrics,
            Leadership leadership) {
        return new RootConfigMaps(client, root.pem(), metrics, leadership);
    }

    @Bean
    StatusContributor kubernetesSection(RootConfigMaps roots) {
        return StatusContributor.of("kubernetes", () -> Map.of("leader", roots.leads()));
    }
}
