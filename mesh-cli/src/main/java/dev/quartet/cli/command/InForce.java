package dev.quartet.cli.command;

import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.print.Printable;
import dev.quartet.cli.print.Terminal;
import dev.quartet.cli.print.Terminal.Tone;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Follows a revision until it is in force everywhere, and says how far it came.
///
/// Where no proxy is connected a revision is in force on all there are, in Galley's sense. Who has changed the config is content
/// with that, since it is published; who waits for proxies is not.
final class InForce {
    private static final Duration ROUND = Duration.ofMillis(700);

    /// @param reached whether this is the end that was waited for
    /// @param view Galley's last `WaitView`
    record Progress(boolean reached, JsonNode view, Duration took) {
        int exitCode() {
            return reached ? 0 : 1;
        }

        boolean onNoProxy() {
            return view.path("status").path("proxies").path("connected").asInt(0) == 0;
        }

        /// Galley's view, with the end that was waited for here: it and the exit code say the same.
        JsonNode json() {
            return ((ObjectNode) view.deepCopy()).put("reached", reached);
        }
    }

    private final AdminClient galley;
    private final Terminal terminal;
    private final boolean quiet;

    /// @param quiet no progress, not even on a terminal
    InForce(AdminClient galley, Terminal terminal, boolean quiet) {
        this.galley = galley;
        this.terminal = terminal;
        this.quiet = quiet;
    }

    /// @param revision empty for the newest
    /// @param needsProxy whether at least one proxy must have it
    Progress await(String revision, Duration limit, boolean needsProxy) {
        var start = System.nanoTime();
        var end = start + limit.toNanos();
        while (true) {
            var left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
            var round = left.compareTo(ROUND) < 0 ? left : ROUND;
            var view =
                    galley.get(
                            "/admin/v1/config/wait?timeout="
                                    + round.toMillis()
                                    + "ms"
                                    + (revision.isEmpty()
                                            ? ""
                                            : "&revision=" + AdminClient.encoded(revision)),
                            Duration.ofSeconds(15));
            var everywhere = view.path("reached").asBoolean(false);
            var took = Duration.ofNanos(System.nanoTime() - start);
            var progress = new Progress(everywhere, view, took);
            var lacksProxy = everywhere && needsProxy && progress.onNoProxy();
            if (everywhere && !lacksProxy) {
                return progress;
            }
            if (left.isZero()) {
                return new Progress(false, view, took);
            }
            if (!quiet) {
                terminal.passing(
                        Printable.line(view.path("status").path("text").asString("waiting")));
            }
            if (lacksProxy) {
                LockSupport.parkNanos(round.toNanos()); // Galley has nothing to wait for
            }
        }
    }

    /// Prints the result for people.
    ///
    /// @return the exit code
    int print(Progress progress) {
        terminal.settle();
        var status = progress.view().path("status");
        var text = Printable.line(status.path("text").asString(""));
        var after =
                String.format(Locale.ROOT, " after %.1f s", progress.took().toMillis() / 1000.0);
        if (!progress.reached()) {
            terminal.line(Tone.BAD, "not in force" + after + ": ", text);
            status.path("waitingFor")
                    .forEach(what -> terminal.line("  " + Printable.line(what.asString())));
        } else if (progress.onNoProxy()) {
            terminal.line(Tone.WARN, "published; ", text + ", so it is in force on none yet");
        } else {
            terminal.line(terminal.tone(Tone.GOOD, text) + after);
        }
        for (var rejection : status.path("rejections")) {
            terminal.line(
                    Tone.BAD,
                    "  refused by ",
                    Printable.line(
                            rejection.path("proxy").asString()
                                    + " ("
                                    + rejection.path("type").asString()
                                    + "): "
                                    + rejection.path("error").asString()));
        }
        return progress.exitCode();
    }
}
