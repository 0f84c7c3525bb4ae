package dev.quartet.mixer;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.mesh.GalleyProperties;
import dev.quartet.admin.mesh.IdentityProperties;
import dev.quartet.identity.ServiceIdentity;
import java.time.Clock;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/// Starts Mixer as a process of its own.
@SpringBootApplication(proxyBeanMethods = false)
@EnableConfigurationProperties({
    MixerSettings.class,
    IdentityProperties.class,
    GalleyProperties.class
})
public class MixerApplication {
    /// Mixer's own certificate, which REST shows too.
    @Bean(destroyMethod = "close")
    ServiceIdentity serviceIdentity(
            IdentityProperties identity, AdminProperties shared, Clock clock) {
        return identity.start(shared, clock);
    }

    public static void main(String[] args) {
        SpringApplication.run(MixerApplication.class, args);
    }
}
