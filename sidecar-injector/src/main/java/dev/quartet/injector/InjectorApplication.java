package dev.quartet.injector;

import dev.quartet.admin.mesh.IdentityProperties;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

/// Starts the sidecar injector.
@SpringBootApplication(proxyBeanMethods = false)
@EnableConfigurationProperties({InjectorSettings.class, IdentityProperties.class})
public class InjectorApplication {
    public static void main(String[] args) {
        SpringApplication.run(InjectorApplication.class, args);
    }
}
