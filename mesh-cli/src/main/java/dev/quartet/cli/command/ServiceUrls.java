package dev.quartet.cli.command;

import dev.quartet.cli.local.ControlService;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where each service is; those of the local mesh when none is named.
final class ServiceUrls {
    @Option(names = "--citadel", paramLabel = "URL", description = "Citadel's REST address.")
    private @Nullable String citadel;

    @Option(names = "--galley", paramLabel = "URL", description = "Galley's REST address.")
    private @Nullable String galley;

    @Option(names = "--pilot", paramLabel = "URL", description = "Pilot's REST address.")
    private @Nullable String pilot;

    @Option(names = "--mixer", paramLabel = "URL", description = "Mixer's REST address.")
    private @Nullable String mixer;

    @Option(names = "--injector", paramLabel = "URL", description = "The injector's REST address.")
    private @Nullable String injector;

    @Nullable String of(ControlService service) {
        return switch (service) {
            case CITADEL -> citadel;
            case GALLEY -> galley;
            case PILOT -> pilot;
            case MIXER -> mixer;
            case INJECTOR -> injector;
        };
    }
}
