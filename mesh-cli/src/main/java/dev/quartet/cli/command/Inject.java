package dev.quartet.cli.command;

import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.local.ControlService;
import dev.quartet.cli.local.MeshFile;
import dev.quartet.cli.print.Printable;
import java.nio.file.Path;
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
    @Mixin private HomeOption home = new HomeOption();

    @Option(
            names = {"-f", "--file"},
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Files or folders of YAML, or - for the standard input.")
    private List<String> files = List.of();

    @Option(
            names = "--injector",
            paramLabel = "URL",
            description = "The injector's REST address (default: that of the local mesh).")
    private @Nullable String injector;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "The admin token (default: that of the local mesh).")
    private @Nullable Path tokenFile;

    public Inject(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        var folder = home.home(surroundings);
        var url =
                injector != null
                        ? injector
                        : MeshFile.required(folder).restUrl(ControlService.INJECTOR);
        var client =
                new AdminClient(
                        "Injector", url, tokenFile != null ? tokenFile : folder.adminToken());
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
