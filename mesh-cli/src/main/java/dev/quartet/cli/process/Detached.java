package dev.quartet.cli.process;

import dev.quartet.cli.Failure;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Starts processes that outlive this one: in a session of their own, so that neither Ctrl-C nor a closed terminal reaches them,
/// with output appended to a log file and no input.
public final class Detached {
    private Detached() {}

    /// The pid of the result is that of the command itself: what leads the session replaces itself by it.
    ///
    /// @throws Failure when it cannot be started
    public static Process start(
            List<String> command, Map<String, String> environment, Path folder, Path log) {
        var whole = new ArrayList<>(leader());
        whole.addAll(command);
        var builder =
                new ProcessBuilder(whole)
                        .directory(folder.toFile())
                        .redirectInput(new File("/dev/null"))
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .redirectErrorStream(true);
        builder.environment().putAll(environment);
        try {
            Files.createDirectories(folder);
            Files.createDirectories(log.toAbsolutePath().getParent());
            return builder.start();
        } catch (IOException failure) {
            throw new Failure(
                    "cannot start " + command.getFirst() + ": " + failure.getMessage(),
                    "check that the file exists and may be run",
                    failure);
        }
    }

    private static List<String> leader() {
        return OnPath.find("setsid", System.getenv()).isPresent()
                ? List.of("setsid")
                : List.of(
                        "python3",
                        "-c",
                        "import os,sys\nos.setsid()\nos.execvp(sys.argv[1], sys.argv[1:])");
    }

    /// Asks to end, waits, and insists. Returns when the process is gone.
    ///
    /// @return false when it had to be killed
    public static boolean stop(ProcessHandle process, Duration patience) {
        process.destroy();
        try {
            process.onExit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException _) {
            process.destroyForcibly();
            process.onExit().join();
            return false;
        } catch (ExecutionException | InterruptedException _) {
            process.destroyForcibly();
            return false;
        }
    }
}
