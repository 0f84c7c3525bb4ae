package dev.quartet.cli.command;

import dev.quartet.cli.local.ControlService;
import dev.quartet.cli.print.Printable;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mesh inject`.
@Command(
        name = "inject",
        description =
                "Prints Kubernetes manifests with the sidecar added to their pods, as the injector would add it.",
        mixinStandardHelpOptions = true)
public final class Inject implements Callable<Integer> {
    private final Surroundings surroundings;
    @Mixin private final ServiceOptions service;

    @Option(
            names = {"-f", "--file"},
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = Documents.OPTION)
    private List<String> files = List.of();

    @Option(
            names = "--injector",
            paramLabel = "URL",
            description =
                    "The injector's REST address (default: MESH_INJECTOR_URL, or that of the local mesh).")
    private @Nullable String injector;

    public Inject(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.service = new ServiceOptions(surroundings);
    }

    @Override
    public Integer call() {
        var client = service.client(ControlService.INJECTOR, injector);
        var separator = "";
        for (var document : Documents.read(files, System.in)) {
            var manifest =
                    client.post(
                            "/admin/v1/inject",
                            document.content(),
                            "application/yaml",
                            Duration.ofSeconds(30));
            surroundings.terminal().line(separator + Printable.of(manifest).stripTrailing());
            separator = "---\n";
        }
        return 0;
    }
}
