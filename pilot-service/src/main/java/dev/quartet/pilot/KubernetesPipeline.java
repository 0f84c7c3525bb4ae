package dev.quartet.pilot;

import dev.quartet.admin.StatusContributor;
import dev.quartet.pilot.kube.KubeRegistry;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.springframework.boot.autoconfigure.condition.ConditionalOnCloudPlatform;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// What Kubernetes adds in front of the pipeline (profile `kubernetes`): its Services and Pods, as a registry.
@Configuration(proxyBeanMethods = false)
@ConditionalOnCloudPlatform(CloudPlatform.KUBERNETES)
class KubernetesPipeline {
    @Bean(destroyMethod = "close")
    KubeRegistry kubeRegistry(KubernetesClient client, Wakeup inputsChanged) {
        return new KubeRegistry(client, inputsChanged);
    }

    @Bean
    StatusContributor kubernetesSection(KubeRegistry registry) {
        return StatusContributor.of("kubernetes", registry::status);
    }
}
