package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.testkit.OnPath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Prometheus's own tool; Debian's package prometheus has it.
final class Promtool {
    private Promtool() {}

    /// @return what it printed
    /// @throws AssertionError with that, when it fails
    static String run(List<String> arguments) throws IOException, InterruptedException {
        var command =
                new ArrayList<>(List.of(OnPath.required("promtool", "prometheus").toString()));
        command.addAll(arguments);
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
