package dev.quartet.galley.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class FileEventsTest {
    private static final Supplier<FileEvents> NOT_ASKED =
            () -> {
                throw new AssertionError("this is not macOS");
            };

    @TempDir Path root;

    /// Works, or fails as a native library does.
    private static final class Macs implements FileEvents {
        private final @Nullable LinkageError failure;
        final List<Path> watched = new ArrayList<>();
        boolean closed;

        Macs(@Nullable LinkageError failure) {
            this.failure = failure;
        }

        @Override
        public void watch(Path folder) {
            watched.add(folder);
            if (failure != null) {
                throw failure;
            }
        }

        @Override
        public Batch next(Duration limit) {
            return Batch.TIME_UP;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void onLinuxTheyAreInotifys() throws IOException {
        assumeTrue(Inotify.isHere(), "not on Linux");

        try (var events = FileEvents.of(root, "Linux", NOT_ASKED)) {
            assertThat(events).isInstanceOf(Inotify.class);
        }
        try (var events = FileEvents.of(root)) {
            assertThat(events).isInstanceOf(Inotify.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Windows 11", "FreeBSD"})
    void onSystemsWithoutOwnOnesTheyAreTheJdks(String system, CapturedOutput output)
            throws IOException {
        try (var events = FileEvents.of(root, system, NOT_ASKED)) {
            assertThat(events).isInstanceOf(WatchedFolders.class);
        }
        assertThat(output).doesNotContain("WARN");
    }

    @Test
    void onMacOsTheyAreItsOwnAndAlreadyWatch(CapturedOutput output) throws IOException {
        var macs = new Macs(null);

        try (var events = FileEvents.of(root, "Mac OS X", () -> macs)) {
            assertThat(events).isSameAs(macs);
        }

        assertThat(macs.watched).containsExactly(root);
        assertThat(output).doesNotContain("WARN");
    }

    @Test
    void whereMacOsOnesDoNotWorkTheyAreTheJdksAndTheLogSaysSo(CapturedOutput output)
            throws Exception {
        var macs = new Macs(new UnsatisfiedLinkError("no Carbon here"));

        try (var events = FileEvents.of(root, "Mac OS X", () -> macs)) {
            assertThat(macs.closed).isTrue();
            assertThatWritesAreTold(events);
        }

        assertThat(warnings(output)).singleElement().asString().contains("no Carbon here");
    }

    /// The real library, on a system that is none of its own.
    @Test
    void theLibraryThatIsNotThereIsNoReasonNotToStart(CapturedOutput output) throws Exception {
        assumeTrue(Inotify.isHere(), "on macOS the library is there");

        try (var events = FileEvents.of(root, "Mac OS X", FsEvents::open)) {
            assertThatWritesAreTold(events);
        }

        assertThat(warnings(output))
                .singleElement()
                .asString()
                .contains("UnsatisfiedLinkError", "Carbon");
    }

    private void assertThatWritesAreTold(FileEvents events) throws Exception {
        assertThat(events).isInstanceOf(WatchedFolders.class);
        events.watch(root);
        Files.writeString(root.resolve("a.yaml"), "a: 1");
        assertThat(events.next(Duration.ofSeconds(60))).isEqualTo(FileEvents.Batch.ELSEWHERE);
    }

    private static List<String> warnings(CapturedOutput output) {
        return output.getAll().lines().filter(line -> line.contains("WARN")).toList();
    }
}
