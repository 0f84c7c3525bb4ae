package dev.quartet.cli;

import dev.quartet.cli.command.Analyze;
import dev.quartet.cli.command.Apply;
import dev.quartet.cli.command.Bench;
import dev.quartet.cli.command.Convert;
import dev.quartet.cli.command.Credential;
import dev.quartet.cli.command.Delete;
import dev.quartet.cli.command.Diff;
import dev.quartet.cli.command.Down;
import dev.quartet.cli.command.Explain;
import dev.quartet.cli.command.Get;
import dev.quartet.cli.command.Inject;
import dev.quartet.cli.command.Logs;
import dev.quartet.cli.command.Restart;
import dev.quartet.cli.command.Revisions;
import dev.quartet.cli.command.Rollback;
import dev.quartet.cli.command.Status;
import dev.quartet.cli.command.Test;
import dev.quartet.cli.command.Up;
import dev.quartet.cli.command.Validate;
import dev.quartet.cli.command.Wait;
import dev.quartet.cli.print.Printable;
import dev.quartet.cli.print.Terminal;
import dev.quartet.cli.print.Terminal.Tone;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/// The entry of `mesh`. Exit codes: 0 done, 1 not done (a message says why; for diff: there is a difference), 2 wrong arguments.
@Command(
        name = "mesh",
        description = "Runs the mesh on this machine, and talks to it.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        usageHelpAutoWidth = true,
        subcommands = {
            Up.class,
            Down.class,
            Status.class,
            Validate.class,
            Analyze.class,
            Explain.class,
            Apply.class,
            Get.class,
            Delete.class,
            Wait.class,
            Revisions.class,
            Diff.class,
            Rollback.class,
            Logs.class,
            Restart.class,
            Inject.class,
            Credential.class,
            Convert.class,
            Test.class,
            Bench.class
        },
        footer = {
            "",
            "To begin:",
            "  ./mesh up",
            "  curl -s http://127.0.0.1:8000/storefront",
            "  ./mesh apply -f samples/bookshop/canary-90-10.yaml",
            "  ./mesh COMMAND --help"
        })
@SuppressWarnings("NullAway.Init") // picocli sets what it annotates
public final class Mesh implements Runnable {
    @Spec private CommandSpec spec;

    public static void main(String[] arguments) {
        System.exit(
                run(
                        new Terminal(System.out, System.err, System.getenv()),
                        System.getenv(),
                        arguments));
    }

    static int run(Terminal terminal, Map<String, String> environment, String... arguments) {
        var factory = new Doors(terminal, environment);
        var line = new CommandLine(Mesh.class, factory);
        var version = "mesh " + Mesh.class.getPackage().getImplementationVersion();
        setVersion(line, version);
        line.setColorScheme(
                CommandLine.Help.defaultColorScheme(terminal.colours() ? Ansi.ON : Ansi.OFF));
        line.setUsageHelpWidth(Math.clamp(terminal.columns(), 60, 120));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, _, _) -> failed(failure, terminal));
        line.setParameterExceptionHandler((wrong, _) -> wrongArguments(wrong, terminal));
        line.setOut(new PrintWriter(new Lines(terminal::line), true));
        return line.execute(arguments);
    }

    private static void setVersion(CommandLine command, String version) {
        command.getCommandSpec().version(version);
        command.getSubcommands().values().forEach(sub -> setVersion(sub, version));
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static int failed(Exception exception, Terminal terminal) {
        terminal.settle();
        if (!(exception instanceof Failure failure)) {
            terminal.error(
                    Tone.BAD,
                    "mesh: ",
                    "this is a bug in mesh itself; please report it with these lines");
            exception.printStackTrace();
            return 1;
        }
        refuse(terminal, String.valueOf(failure.getMessage()), failure.fix());
        return failure.exitCode();
    }

    private static int wrongArguments(ParameterException wrong, Terminal terminal) {
        var command = wrong.getCommandLine();
        var similar =
                wrong instanceof UnmatchedArgumentException unmatched
                        ? unmatched.getSuggestions()
                        : List.<String>of();
        refuse(
                terminal,
                String.valueOf(wrong.getMessage()),
                (similar.isEmpty() ? "" : "did you mean " + String.join(" or ", similar) + "? ")
                        + "see ./"
                        + command.getCommandSpec().qualifiedName(" ")
                        + " --help");
        return 2;
    }

    private static void refuse(Terminal terminal, String what, String fix) {
        terminal.error(Tone.BAD, "mesh: ", Printable.of(what));
        if (!fix.isEmpty()) {
            terminal.error(Tone.STRONG, "  what to do: ", Printable.of(fix));
        }
    }
}
