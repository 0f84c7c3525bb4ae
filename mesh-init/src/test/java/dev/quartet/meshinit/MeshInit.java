package dev.quartet.meshinit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Runs programs, first of all the script under test.
final class MeshInit {
    static final Path SCRIPT = Path.of("mesh-init.sh").toAbsolutePath();

    record Result(int exitCode, String out, String err) {}

    private MeshInit() {}

    static Result run(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<String>(List.of(SCRIPT.toString()));
        command.addAll(List.of(arguments));
        return execute(command);
    }

    static Result execute(List<String> command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).start();
        process.getOutputStream().close();
        // Both are a few lines, less than a pipe holds.
        var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        var err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), out, err);
    }
}
