package dev.quartet.cli.command;

import dev.quartet.cli.local.BuiltJar;
import dev.quartet.cli.local.Home;
import dev.quartet.cli.print.Stages;
import dev.quartet.cli.report.Grounds;
import dev.quartet.cli.report.Need;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mesh bench`: hands over to the benchmarks' jar.
@Command(
        name = "bench",
        description = {
            "Measures one area (start, pilot, galley, compose) and compares each figure with its goal.",
            "compose sets up what mesh test compose does."
        },
        mixinStandardHelpOptions = true)
public final class Bench implements Callable<Integer> {
    private final Surroundings surroundings;

    @Parameters(index = "0", paramLabel = "AREA", description = "start, pilot, galley or compose.")
    private String area = "";

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "OPTION",
            description = "For the area itself, after --.")
    private List<String> rest = List.of();

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write the figures there, as one JSON array.")
    private @Nullable Path json;

    public Bench(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        var root = surroundings.root();
        var needs = area.equals("compose") ? Set.of(Need.CONTAINERS) : Set.<Need>of();
        try (var grounds =
                new Grounds(
                        needs,
                        new Home(root, root.resolve(Home.DEFAULT)),
                        surroundings.environment(),
                        new Stages(surroundings.terminal(), System::nanoTime))) {
            if (!needs.isEmpty()) {
                grounds.prepare();
                grounds.raise();
            }
            var builder = new ProcessBuilder(command(root)).inheritIO();
            builder.environment().putAll(grounds.variables());
            return builder.start().waitFor();
        }
    }

    private List<String> command(Path root) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Dmesh.root=" + root);
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("--sun-misc-unsafe-memory-access=allow");
        command.add("-jar");
        command.add(BuiltJar.of(root, "benchmarks", "-exec.jar").toString());
        command.add(area);
        if (json != null) {
            command.add("--json");
            command.add(json.toString());
        }
        command.addAll(rest);
        return command;
    }
}
