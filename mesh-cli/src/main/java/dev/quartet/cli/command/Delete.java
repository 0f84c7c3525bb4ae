package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mesh delete`.
@Command(
        name = "delete",
        description = {
            "Deletes what was applied: one resource by kind and name, or all that files hold. Waits until no proxy has them any more.",
            "Where no proxy is connected it says so, and ends well."
        },
        mixinStandardHelpOptions = true)
public final class Delete implements Callable<Integer> {
    @Mixin private final ChangeOptions change;
    @Mixin private final ResourceOptions resource = new ResourceOptions();

    @Option(
            names = {"-f", "--file"},
            arity = "1..*",
            paramLabel = "FILE",
            description = Documents.OPTION)
    private List<String> files = List.of();

    public Delete(Surroundings surroundings) {
        this.change = new ChangeOptions(surroundings);
    }

    @Override
    public Integer call() {
        if (resource.one() && files.isEmpty()) {
            return change.delete(resource);
        }
        if (resource.any() || files.isEmpty()) {
            throw new Failure(
                    "delete needs a kind and a name, or -f FILE, and not both",
                    "for example ./mesh delete virtualservice reviews -n shop",
                    2);
        }
        return change.post("/admin/v1/config/delete", files);
    }
}
