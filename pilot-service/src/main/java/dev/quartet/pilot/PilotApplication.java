package dev.quartet.pilot;

import dev.quartet.admin.mesh.GalleyProperties;
import dev.quartet.admin.mesh.IdentityProperties;
import dev.quartet.pilot.ingest.IssuerSettings;
import dev.quartet.pilot.registry.GraceSettings;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

/// Starts Pilot as a process of its own.
@SpringBootApplication(proxyBeanMethods = false)
@EnableConfigurationProperties({
    PilotSettings.class,
    GraceSettings.class,
    IssuerSettings.class,
    IdentityProperties.class,
    GalleyProperties.class
})
public class PilotApplication {
    public static void main(String[] args) {
        SpringApplication.run(PilotApplication.class, args);
    }
}
