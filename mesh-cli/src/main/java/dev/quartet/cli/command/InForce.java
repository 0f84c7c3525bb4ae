package dev.quartet.cli.command;

import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.print.Printable;
import dev.quartet.cli.print.Terminal;
import dev.quartet.cli.print.Terminal.Tone;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// Waits until a revision is in force everywhere, and says how far it is.
final class InForce {
    private static final Duration ROUND = Duration.ofMillis(700);

    private final AdminClient galley;
    private final Terminal terminal;

    InForce(AdminClient galley, Terminal terminal) {
        this.galley = galley;
        this.terminal = terminal;
    }

    /// Galley's last `WaitView`. Progress is shown on a terminal.
    JsonNode await(String revision, Duration limit, boolean quiet) {
        var end = System.nanoTime() + limit.toNanos();
        while (true) {
            var left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
            var round = left.compareTo(ROUND) < 0 ? left : ROUND;
            var path =
                    "/admin/v1/config/wait?timeout="
                            + round.toMillis()
                            + "ms"
                            + (revision.isEmpty()
                                    ? ""
                                    : "&revision="
                                            + URLEncoder.encode(revision, StandardCharsets.UTF_8));
            var answer = galley.get(path, Duration.ofSeconds(15));
            if (answer.path("reached").asBoolean(false) || left.isZero()) {
                return answer;
            }
            if (!quiet) {
                terminal.passing(
                        Printable.line(answer.path("status").path("text").asString("waiting")));
            }
        }
    }

    /// Prints the result for people.
    ///
    /// @return the exit code
    int print(JsonNode answer, long startNanos, Duration limit) {
        terminal.settle();
        var status = answer.path("status");
        var reached = answer.path("reached").asBoolean(false);
        var text = Printable.line(status.path("text").asString(""));
        var seconds = String.format(Locale.ROOT, "%.1f s", (System.nanoTime() - startNanos) / 1e9);
        terminal.line(
                reached
                        ? terminal.tone(Tone.GOOD, text) + " after " + seconds
                        : terminal.tone(
                                        Tone.BAD,
                                        "not in force after " + limit.toSeconds() + " s: ")
                                + text);
        if (!reached) {
            status.path("waitingFor")
                    .forEach(who ->
                            terminal.line("  waiting for " + Printable.line(who.asString())));
        }
        for (var rejection : status.path("rejections")) {
            terminal.line(
                    terminal.tone(Tone.BAD, "  refused by ")
                            + Printable.line(
                                    rejection.path("proxy").asString()
                                            + " ("
                                            + rejection.path("type").asString()
                                            + "): "
                                            + rejection.path("error").asString()));
        }
        return reached ? 0 : 1;
    }
}
