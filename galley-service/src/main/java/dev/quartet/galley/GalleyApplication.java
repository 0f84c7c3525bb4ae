package dev.quartet.galley;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

@SpringBootApplication
@EnableConfigurationProperties(GalleySettings.class)
public class GalleyApplication {
    public static void main(String[] arguments) {
        SpringApplication.run(GalleyApplication.class, arguments);
    }
}
