package dev.quartet.galley;

import dev.quartet.admin.mesh.IdentityProperties;
import dev.quartet.galley.source.ReadAhead;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;

@SpringBootApplication
@EnableConfigurationProperties({GalleySettings.class, IdentityProperties.class})
public class GalleyApplication {
    public static void main(String[] arguments) {
        var application = new SpringApplication(GalleyApplication.class);
        application.addInitializers(GalleyApplication::readAhead);
        application.run(arguments);
    }

    /// The directory is read while Spring makes its beans.
    private static void readAhead(ConfigurableApplicationContext context) {
        var folder = context.getEnvironment().getProperty("quartet.galley.config-dir");
        if (folder == null || folder.isBlank()) {
            return;
        }
        try {
            context.getBeanFactory()
                    .registerSingleton("readAhead", ReadAhead.begin(Path.of(folder)));
        } catch (InvalidPathException _) {
            // the settings are bound soon, and say so better
        }
    }
}
