package dev.quartet.pilot;

import dev.quartet.admin.StatusContributor;
import dev.quartet.pilot.kube.ClusterMetrics;
import dev.quartet.pilot.kube.KubeRegistry;
import dev.quartet.pilot.kube.RemoteClusterSettings;
import dev.quartet.pilot.kube.RemoteClusters;
import dev.quartet.pilot.registry.RegistryFamily;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.List;
import org.springframework.boot.autoconfigure.condition.ConditionalOnCloudPlatform;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/// What Kubernetes adds in front of the pipeline (profile `kubernetes`): its Services and Pods, and those of other
/// clusters, as registries.
@Configuration(proxyBeanMethods = false)
@ConditionalOnCloudPlatform(CloudPlatform.KUBERNETES)
@EnableConfigurationProperties(RemoteClusterSettings.class)
class KubernetesPipeline {
    /// Of the cluster that Pilot runs in.
    @Bean(destroyMethod = "close")
    KubeRegistry kubeRegistry(KubernetesClient client, Wakeup inputsChanged) {
        return new KubeRegistry("kubernetes", client, inputsChanged);
    }

    @Bean
    @Order(1)
    RegistryFamily kubernetesFamily(KubeRegistry registry) {
        return () -> List.of(registry.member());
    }

    @Bean(destroyMethod = "close")
    @Order(2)
    RemoteClusters remoteClusters(
            KubernetesClient client,
            RemoteClusterSettings settings,
            Clock clock,
            ClusterMetrics metrics,
            Wakeup inputsChanged) {
        return new RemoteClusters(client, settings, clock, metrics, inputsChanged);
    }

    @Bean
    StatusContributor remoteClustersSection(RemoteClusters clusters) {
        return StatusContributor.of("remoteClusters", clusters::status);
    }

    @Bean
    StatusContributor kubernetesSection(KubeRegistry registry) {
        return StatusContributor.of("kubernetes", registry::status);
    }
}
