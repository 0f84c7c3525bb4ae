package dev.quartet.benchmarks;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `mesh bench`. Exit codes: 0 every goal met, 1 one missed or not measured, 2 wrong arguments.
@Command(
        name = "bench",
        description = "Measures one area and compares each figure with its goal.",
        mixinStandardHelpOptions = true,
        subcommands = {ComposeBench.class, GalleyBench.class, PilotBench.class, StartBench.class})
public final class Bench {
    /// What every area takes.
    static final class Output {
        @Option(
                names = "--json",
                paramLabel = "FILE",
                description = "Also write the figures there, as one JSON array.")
        @Nullable Path json;
    }

    private Bench() {}

    public static void main(String[] arguments) {
        System.setProperty(
                "slf4j.internal.verbosity", "ERROR"); // the libraries' logs are not wanted here
        var line = new CommandLine(new Bench());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, _, _) -> {
            System.err.println(
                    "bench: "
                            + (failure instanceof IllegalStateException
                                    ? failure.getMessage()
                                    : failure.toString()));
            if (!(failure instanceof IllegalStateException)) {
                failure.printStackTrace();
            }
            return 1;
        });
        try {
            System.exit(line.execute(arguments));
        } catch (AssertionError failure) {
            // what a mesh command said that failed
            System.err.println("bench: " + failure.getMessage());
            System.exit(1);
        }
    }
}
