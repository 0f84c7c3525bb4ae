package dev.quartet.pilot;

import com.netflix.discovery.EurekaClient;
import dev.quartet.pilot.discovery.Dialect;
import dev.quartet.pilot.discovery.DiscoveryRegistry;
import dev.quartet.pilot.discovery.DiscoverySettings;
import dev.quartet.pilot.discovery.EurekaDialect;
import dev.quartet.pilot.registry.RegistryFamily;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.composite.CompositeDiscoveryClient;
import org.springframework.cloud.client.discovery.event.HeartbeatEvent;
import org.springframework.cloud.client.discovery.simple.SimpleDiscoveryClient;
import org.springframework.cloud.netflix.eureka.EurekaDiscoveryClient;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/// What Spring Cloud adds in front of the pipeline (`quartet.pilot.discovery.enabled`): each discovery client is a registry, in
/// the clients' order.
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty("quartet.pilot.discovery.enabled")
@EnableConfigurationProperties(DiscoverySettings.class)
class DiscoveryPipeline {
    /// The registry of each client.
    record Discovery(List<DiscoveryRegistry> registries) implements AutoCloseable {
        @Override
        public void close() {
            registries.forEach(DiscoveryRegistry::close);
        }
    }

    @Bean(destroyMethod = "close")
    Discovery discovery(
            ObjectProvider<DiscoveryClient> clients,
            ObjectProvider<EurekaClient> eureka,
            DiscoverySettings settings,
            Wakeup inputsChanged) {
        return new Discovery(
                clients.orderedStream()
                        .filter(DiscoveryPipeline::knowsSomething)
                        .map(client ->
                                new DiscoveryRegistry(
                                        client, dialect(client, eureka), settings, inputsChanged))
                        .toList());
    }

    /// Spring Cloud always makes one that joins the others, and one of what stands in the settings.
    private static boolean knowsSomething(DiscoveryClient client) {
        return !(client instanceof CompositeDiscoveryClient)
                && !(client instanceof SimpleDiscoveryClient settings
                        && settings.getServices().isEmpty());
    }

    private static Dialect dialect(DiscoveryClient client, ObjectProvider<EurekaClient> eureka) {
        return client instanceof EurekaDiscoveryClient
                ? new EurekaDialect(eureka::getObject)
                : Dialect.direct(client);
    }

    @Bean
    @Order(3)
    RegistryFamily discoveryFamily(Discovery discovery) {
        var members = discovery.registries().stream().map(DiscoveryRegistry::member).toList();
        return () -> members;
    }

    @Bean
    ApplicationListener<HeartbeatEvent> discoveryHasNews(Discovery discovery) {
        return _ -> discovery.registries().forEach(DiscoveryRegistry::hasNews);
    }
}
