package dev.quartet.galley;

import dev.quartet.admin.mesh.IdentityProperties;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

@SpringBootApplication
@EnableConfigurationProperties({GalleySettings.class, IdentityProperties.class})
public class GalleyApplication {
    public static void main(String[] arguments) {
        SpringApplication.run(GalleyApplication.class, arguments);
    }
}
