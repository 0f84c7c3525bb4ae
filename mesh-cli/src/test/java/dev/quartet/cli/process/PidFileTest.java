package dev.quartet.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PidFileTest {
    @TempDir Path folder;

    @Test
    void findsTheProcessThatItRemembers() {
        var file = new PidFile(folder.resolve("run/a.pid"));
        var child =
                Detached.start(List.of("sleep", "60"), Map.of(), folder, folder.resolve("a.log"));
        try {
            file.remember(child.toHandle());

            assertThat(file.running().map(ProcessHandle::pid)).hasValue(child.pid());
        } finally {
            assertThat(Detached.stop(child.toHandle(), Duration.ofSeconds(5))).isTrue();
        }
        assertThat(file.running()).isEmpty();
    }

    @Test
    void pidThatIsNowAnotherProcessCountsAsGone() throws Exception {
        var path = folder.resolve("a.pid");
        var own = ProcessHandle.current();
        Files.writeString(
                path,
                own.pid()
                        + "\n"
                        + own.info().startInstant().orElseThrow().minusSeconds(60).toEpochMilli()
                        + "\n");

        assertThat(new PidFile(path).running()).isEmpty();
    }

    @Test
    void brokenOrMissingFileCountsAsGone() throws Exception {
        assertThat(new PidFile(folder.resolve("none.pid")).running()).isEmpty();
        for (var text : List.of("", "12", "x\ny\n")) {
            Files.writeString(folder.resolve("b.pid"), text);
            assertThat(new PidFile(folder.resolve("b.pid")).running()).as(text).isEmpty();
        }
    }

    @Test
    void killsWhatDoesNotWantToEnd() {
        var child =
                Detached.start(
                        List.of("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"),
                        Map.of(),
                        folder,
                        folder.resolve("c.log"));
        Awaitility.await().until(() -> Files.readString(folder.resolve("c.log")).contains("ready"));

        assertThat(Detached.stop(child.toHandle(), Duration.ofMillis(200))).isFalse();

        assertThat(child.isAlive()).isFalse();
    }

    @Test
    void startedProcessLeadsASessionOfItsOwn() throws Exception {
        var log = folder.resolve("d.log");
        var child =
                Detached.start(
                        List.of(
                                "sh",
                                "-c",
                                "ps -o pid=,sid= -p $$ 2>/dev/null || cut -d' ' -f1,6 /proc/$$/stat"),
                        Map.of(),
                        folder,
                        log);
        child.waitFor();

        var numbers = Files.readString(log).strip().split("\\s+");
        assertThat(numbers[0]).isEqualTo(numbers[1]).isEqualTo(Long.toString(child.pid()));
    }
}
