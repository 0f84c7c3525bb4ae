package dev.quartet.galley.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.galley.source.FileEvents.Batch;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a watch service says, as batches; a service that is made by hand stands for macOS'.
class WatchServiceEventsTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir Path temp;

    private final FakeWatchService service = new FakeWatchService();
    private final WatchedTrees events = new WatchedTrees(service, service::watchable);
    private Path root;

    @BeforeEach
    void watched() throws IOException {
        root = Files.createDirectory(temp.resolve("config")).toRealPath();
        events.watch(root);
    }

    @Test
    void everyKindOfEventSaysToLookThroughTheFolders() throws Exception {
        var key = service.key(root);

        for (var kind :
                List.<WatchEvent.Kind<?>>of(
                        StandardWatchEventKinds.ENTRY_CREATE,
                        StandardWatchEventKinds.ENTRY_MODIFY,
                        StandardWatchEventKinds.ENTRY_DELETE,
                        StandardWatchEventKinds.OVERFLOW)) {
            key.post(kind, root.resolve("a.yaml"));

            assertThat(events.next(LONG)).isEqualTo(Batch.ELSEWHERE);
        }
    }

    @Test
    void whatHappenedTogetherIsOneBatch() throws Exception {
        var linked = Files.createDirectory(temp.resolve("linked")).toRealPath();
        events.watch(linked);
        for (int i = 0; i < 100; i++) {
            service.key(root).post(StandardWatchEventKinds.ENTRY_MODIFY, root.resolve(i + ".yaml"));
        }
        service.key(root).post(StandardWatchEventKinds.OVERFLOW, root);
        service.key(linked).post(StandardWatchEventKinds.ENTRY_CREATE, linked.resolve("b.yaml"));

        assertThat(events.next(LONG)).isEqualTo(Batch.ELSEWHERE);

        assertThat(events.next(Duration.ZERO)).isEqualTo(Batch.TIME_UP);
    }

    @Test
    void aKeyTellsAgainAfterItWasHeard() throws Exception {
        for (int i = 0; i < 3; i++) {
            service.key(root).post(StandardWatchEventKinds.ENTRY_MODIFY, root.resolve("a.yaml"));
            assertThat(events.next(LONG)).isEqualTo(Batch.ELSEWHERE);
        }
    }

    @Test
    void aTreeIsWatchedOnce() throws IOException {
        var folder = Files.createDirectories(root.resolve("deep/deeper"));

        events.watch(root);
        events.watch(folder);

        assertThat(service.registered()).containsExactly(root);
    }

    /// As in `/var` of macOS, whose events are named by their place in `/private/var`.
    @Test
    void aRootThatIsALinkIsWatchedWhereItLeadsTo() throws IOException {
        var link = Files.createSymbolicLink(temp.resolve("link"), root);

        events.watch(link);
        events.watch(Files.createDirectory(link.resolve("folder")));

        assertThat(service.registered()).containsExactly(root);
    }

    @Test
    void whatALinkLeadsToOutsideIsWatchedToo() throws IOException {
        var outside = Files.createDirectory(temp.resolve("outside")).toRealPath();
        Files.createDirectory(outside.resolve("folder"));
        var link = Files.createSymbolicLink(root.resolve("link"), outside);

        events.watch(link);
        events.watch(link.resolve("folder"));

        assertThat(service.registered()).containsExactly(root, outside);
    }

    @Test
    void aTreeThatWentIsWatchedAnewWhenItIsBack() throws Exception {
        service.key(root).post(StandardWatchEventKinds.ENTRY_DELETE, root);
        service.key(root).cancel();
        Files.delete(root);

        assertThat(events.next(LONG)).as("its last word").isEqualTo(Batch.ELSEWHERE);
        assertThatThrownBy(() -> events.watch(root)).isInstanceOf(NoSuchFileException.class);
        Files.createDirectory(root);
        events.watch(root);

        assertThat(service.registered()).containsExactly(root, root);
        service.key(root).post(StandardWatchEventKinds.ENTRY_CREATE, root.resolve("a.yaml"));
        assertThat(events.next(LONG)).isEqualTo(Batch.ELSEWHERE);
    }

    @Test
    void aFolderThatGoesWhileItIsRegisteredIsNoBug() throws IOException {
        var folder = Files.createDirectory(temp.resolve("other"));
        service.refuse(new RuntimeException("Directory to watch doesn't exist: other"));

        assertThatThrownBy(() -> events.watch(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("doesn't exist");
    }

    @Test
    void whoWaitsIsToldOfTheEnd() throws Exception {
        var waiting = service.waiting();
        var end = new CompletableFuture<Throwable>();
        var thread =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                events.next(LONG);
                            } catch (InterruptedException | RuntimeException e) {
                                end.complete(e);
                            }
                        });
        waiting.await();

        events.close();

        thread.join();
        assertThat(end).isCompletedWithValueMatching(ClosedWatchServiceException.class::isInstance);
        assertThatThrownBy(() -> events.next(LONG)).isInstanceOf(ClosedWatchServiceException.class);
        assertThatThrownBy(() -> events.watch(root))
                .isInstanceOf(ClosedWatchServiceException.class);
        assertThatCode(events::close).doesNotThrowAnyException();
    }
}
