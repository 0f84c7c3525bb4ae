package dev.quartet.citadel;

import dev.quartet.admin.AdminProperties;
import dev.quartet.citadel.authenticate.ForeignTokens;
import dev.quartet.citadel.kube.TokenReviews;
import dev.quartet.citadel.metrics.CitadelMetrics;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import org.springframework.boot.autoconfigure.condition.ConditionalOnCloudPlatform;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// What Kubernetes adds to the pipeline (profile `kubernetes`).
@Configuration(proxyBeanMethods = false)
@ConditionalOnCloudPlatform(CloudPlatform.KUBERNETES)
class KubernetesPipeline {

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
}
