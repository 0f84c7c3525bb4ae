package dev.quartet.cli.print;

import dev.quartet.cli.print.Terminal.Tone;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/// The progress of a long command: one line per finished stage, led by the time since the start.
public final class Stages {
    private final Terminal terminal;
    private final LongSupplier nanoTime;
    private final long start;

    public Stages(Terminal terminal, LongSupplier nanoTime) {
        this.terminal = terminal;
        this.nanoTime = nanoTime;
        this.start = nanoTime.getAsLong();
    }

    /// For what nobody watches.
    public static Stages silent() {
        var nowhere =
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return new Stages(new Terminal(nowhere, nowhere, Map.of()), System::nanoTime);
    }

    /// What is being waited for; seen on a terminal only, and replaced by the next line.
    public synchronized void waiting(String text) {
        terminal.passing(stamp() + text);
    }

    public synchronized void done(String stage, String detail) {
        terminal.settle();
        terminal.line(
                stamp()
                        + "%-14s %s"
                                .formatted(stage, terminal.tone(Tone.FAINT, detail))
                                .stripTrailing());
    }

    public synchronized void note(String text) {
        terminal.settle();
        terminal.line(" ".repeat(9) + terminal.tone(Tone.WARN, text));
    }

    private Duration elapsed() {
        return Duration.ofNanos(nanoTime.getAsLong() - start);
    }

    private String stamp() {
        return String.format(Locale.ROOT, "%6.1f s ", elapsed().toMillis() / 1000.0);
    }
}
