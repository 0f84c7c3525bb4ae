package dev.quartet.mixer;

import dev.quartet.admin.mesh.GalleyProperties;
import dev.quartet.admin.mesh.IdentityProperties;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

/// Starts Mixer as a process of its own.
@SpringBootApplication(proxyBeanMethods = false)
@EnableConfigurationProperties({
    MixerSettings.class,
    IdentityProperties.class,
    GalleyProperties.class
})
public class MixerApplication {
    public static void main(String[] args) {
        SpringApplication.run(MixerApplication.class, args);
    }
}
