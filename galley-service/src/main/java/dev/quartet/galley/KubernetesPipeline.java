package dev.quartet.galley;

import dev.quartet.admin.StatusContributor;
import dev.quartet.galley.kube.KubernetesSource;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.springframework.boot.autoconfigure.condition.ConditionalOnCloudPlatform;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// What Kubernetes adds to the pipeline (profile `kubernetes`): the apiserver as a source.
@Configuration(proxyBeanMethods = false)
@ConditionalOnCloudPlatform(CloudPlatform.KUBERNETES)
class KubernetesPipeline {
    @Bean(destroyMethod = "close")
    KubernetesSource kubernetesSource(
            KubernetesClient client, GalleySettings settings, GalleyMetrics metrics) {
        return new KubernetesSource(client, settings.namespace(), metrics);
    }

    @Bean
    StatusContributor kubernetesSection(KubernetesSource source) {
        return StatusContributor.of("kubernetes", source::status);
    }
}
