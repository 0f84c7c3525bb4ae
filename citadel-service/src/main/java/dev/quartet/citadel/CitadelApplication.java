package dev.quartet.citadel;

import dev.quartet.citadel.command.CitadelCommand;
import java.time.Clock;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/// Citadel as a service; with `token` or `init-trust` as the first argument it is a command, without Spring.
@SpringBootApplication
class CitadelApplication {

    public static void main(String... arguments) {
        if (CitadelCommand.handles(arguments)) {
            System.exit(
                    new CitadelCommand(System.out, System.err, Clock.systemUTC()).run(arguments));
        }
        SpringApplication.run(CitadelApplication.class, arguments);
    }
}
