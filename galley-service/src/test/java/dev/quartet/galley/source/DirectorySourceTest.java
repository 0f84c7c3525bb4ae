package dev.quartet.galley.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quartet.admin.StartupFailure;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.WorkloadEntry;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class DirectorySourceTest {
    /// Both ways to hear of changes that there are on every system.
    enum Events {
        OF_THIS_SYSTEM,
        OF_THE_JDK
    }

    private static final String DEEP = "d/".repeat(15) + "d";

    /// What is said of each piece of junk.
    private static final Map<String, String> JUNK =
            Map.of(
                    "binary.yaml",
                    "the file is not UTF-8",
                    "nul.yml",
                    "special characters are not allowed",
                    "page.json",
                    "the document is text, not a resource",
                    "huge.yaml",
                    "the file has more than 16 MiB",
                    "dangling.yaml",
                    "the file can't be read: ",
                    "pipe.yaml",
                    "this is a pipe, a socket or a device and not a file",
                    "zero.yaml",
                    "this is a pipe, a socket or a device and not a file",
                    DEEP,
                    "the folder lies deeper than 16 levels");

    private final Events events;

    @TempDir Path temp;

    private Path root;
    private StateFolder state;
    private volatile @Nullable Path written;
    private final List<DirectorySource> open = new ArrayList<>();
    private final AtomicInteger changes = new AtomicInteger();

    DirectorySourceTest(Events events) {
        this.events = events;
    }

    @BeforeEach
    void folders() throws IOException {
        root = Files.createDirectory(temp.resolve("config"));
        state = StateFolder.open(temp.resolve("state"));
    }

    @AfterEach
    void close() {
        open.forEach(DirectorySource::close);
    }

    private DirectorySource open() {
        return open(Clock.systemUTC());
    }

    private DirectorySource open(Clock clock) {
        var ahead = ReadAhead.begin(root);
        var source =
                switch (events) {
                    case OF_THIS_SYSTEM -> new DirectorySource(root, ahead, state, clock);
                    case OF_THE_JDK ->
                            new DirectorySource(
                                    root,
                                    ahead,
                                    state,
                                    clock,
                                    () -> WatchedFolders.in(root.getFileSystem()));
                };
        open.add(source);
        return source;
    }

    private DirectorySource watching() {
        var source = open();
        source.watch(taking(changes::incrementAndGet));
        return source;
    }

    private static DirectorySource.Changes taking(Runnable change) {
        return new DirectorySource.Changes() {
            @Override
            public boolean offer() {
                change.run();
                return true;
            }

            @Override
            public void take() {
                change.run();
            }
        };
    }

    static String entry(String name, String address) {
        return """
        apiVersion: networking.istio.io/v1alpha3
        kind: WorkloadEntry
        metadata:
          name: %s
          namespace: shop
        spec:
          address: %s
        ---
        """
                .formatted(name, address);
    }

    private static Set<String> names(DirectorySource source) {
        var names = new TreeSet<String>();
        source.content().resources().forEach(read -> names.add(read.resource().name()));
        return names;
    }

    private static List<Problem> problems(DirectorySource source) {
        return source.content().problems();
    }

    @Test
    void readsYamlAndJsonInAllFoldersButHiddenOnes() throws IOException {
        Files.createDirectories(root.resolve("deep/deeper"));
        Files.createDirectories(root.resolve(".git"));
        Files.writeString(root.resolve("a.yaml"), entry("a", "10.0.0.1"));
        Files.writeString(root.resolve("deep/deeper/b.yml"), entry("b", "10.0.0.1"));
        Files.writeString(
                root.resolve("deep/c.json"),
                "{\"apiVersion\":\"networking.istio.io/v1\",\"kind\":\"WorkloadEntry\",\"metadata\":{\"name\":\"c\",\"namespace\":\"shop\"},\"spec\":{\"address\":\"10.0.0.3\"}}");
        Files.writeString(root.resolve(".git/d.yaml"), entry("d", "10.0.0.1"));
        Files.writeString(root.resolve("notes.txt"), "not config");

        var source = watching();

        assertThat(names(source)).containsExactly("a", "b", "c");
        assertThat(source.content().resources().getFirst().position().file()).isEqualTo("a.yaml");
        assertThat(problems(source)).isEmpty();
    }

    @Test
    void tellsAgainWhoFailedOnAChange() throws IOException {
        var source = open();
        var told = new AtomicInteger();
        source.watch(
                taking(() -> {
                    if (told.incrementAndGet() == 1) {
                        throw new IllegalStateException("a bug");
                    }
                }));

        Files.writeString(root.resolve("a.yaml"), entry("a", "10.0.0.1"));

        await().atMost(Duration.ofSeconds(20)).until(() -> told.get() == 2);
    }

    @Test
    void followsNewChangedMovedAndDeletedFiles() throws IOException {
        var source = watching();
        Files.writeString(root.resolve("a.yaml"), entry("a", "10.0.0.1"));
        await().until(() -> names(source).equals(Set.of("a")));

        Files.createDirectory(root.resolve("new"));
        Files.writeString(root.resolve("new/b.yaml"), entry("b", "10.0.0.1"));
        await().until(() -> names(source).equals(Set.of("a", "b")));

        Files.writeString(temp.resolve("c.tmp"), entry("c", "10.0.0.1"));
        Files.move(
                temp.resolve("c.tmp"),
                root.resolve("a.yaml"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        await().until(() -> names(source).equals(Set.of("b", "c")));

        Files.delete(root.resolve("new/b.yaml"));
        await().until(() -> names(source).equals(Set.of("c")));
        assertThat(changes).hasPositiveValue();
    }

    @Test
    void keepsTheLastGoodVersionOfAFileThatDoesNotParse() throws IOException {
        Files.writeString(root.resolve("a.yaml"), entry("a", "10.0.0.1"));
        Files.writeString(root.resolve("b.yaml"), entry("b", "10.0.0.1"));
        var source = watching();

        Files.writeString(root.resolve("a.yaml"), entry("a", "10.0.0.2") + "kind: [unclosed\n");
        Files.writeString(root.resolve("b.yaml"), entry("b", "10.0.0.2"));

        await().until(() -> !problems(source).isEmpty());
        assertThat(names(source)).containsExactly("a", "b");
        assertThat(problems(source).getFirst().reason()).isEqualTo(Reason.MALFORMED_YAML);
        assertThat(problems(source).getFirst().toString()).contains("a.yaml:");

        Files.writeString(root.resolve("a.yaml"), entry("a", "10.0.0.3"));
        await().until(() -> problems(source).isEmpty());
    }

    @Test
    void keepsTheLastGoodVersionOverARestart() throws IOException {
        Files.writeString(root.resolve("a.yaml"), entry("a", "10.0.0.1"));
        watching().close();
        Files.writeString(root.resolve("a.yaml"), "kind: [unclosed\n");

        var restarted = watching();

        assertThat(names(restarted)).containsExactly("a");
        assertThat(problems(restarted)).isNotEmpty();
    }

    @Test
    void forgetsAFileThatWentWhileGalleyWasDown() throws IOException {
        Files.writeString(root.resolve("a.yaml"), entry("a", "10.0.0.1"));
        watching().close();
        Files.delete(root.resolve("a.yaml"));
        watching().close();
        Files.writeString(root.resolve("a.yaml"), "kind: [unclosed\n");

        assertThat(names(watching())).isEmpty();
    }

    /// A writer that is slower than a disk: pieces that are no YAML, and one that is YAML but not all of it.
    @Test
    void neverShowsAFileByHalf() throws Exception {
        Files.writeString(root.resolve("a.yaml"), entry("a", "10.0.0.1") + entry("b", "10.0.0.1"));
        var source = open(new StandsStillWhileWritten());
        var seen = new ConcurrentLinkedQueue<Set<String>>();
        source.watch(taking(() -> seen.add(names(source))));

        writeSlowly("a.yaml", "a", "b", "c");
        writeSlowly("new.yaml", "x", "y", "z");

        await().until(() -> names(source).equals(Set.of("a", "b", "c", "x", "y", "z")));
        assertThat(seen)
                .allMatch(names -> names.containsAll(Set.of("a", "b")))
                .allMatch(names ->
                        names.containsAll(Set.of("x", "y", "z"))
                                || Collections.disjoint(names, Set.of("x", "y", "z")));
        assertThat(problems(source)).isEmpty();
    }

    /// A machine that stops for a moment between two pieces does not make a writer slower by this clock.
    private final class StandsStillWhileWritten extends Clock {
        @Override
        public Instant instant() {
            var path = written;
            try {
                return path == null ? Instant.now() : Files.getLastModifiedTime(path).toInstant();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    }

    private void writeSlowly(String name, String first, String second, String third)
            throws IOException {
        try (var file =
                Files.newOutputStream(
                        root.resolve(name),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
            written = root.resolve(name);
            for (var piece :
                    List.of(
                            entry(first, "10.0.0.2"),
                            "apiVersion: networking",
                            ".istio.io/v1\nkind: Workload",
                            "Entry\nmetadata: {name: %s, namespace: shop}\nspec: {address: 10.0.0.2}\n---\n"
                                    .formatted(second),
                            entry(third, "10.0.0.2"))) {
                file.write(piece.getBytes(StandardCharsets.UTF_8));
                file.flush();
                LockSupport.parkNanos(10_000_000);
            }
        }
        written = null;
    }

    /// The addresses of what is in force, by name.
    private static Map<String, String> addresses(DirectorySource source) {
        var addresses = new TreeMap<String, String>();
        for (var read : source.content().resources()) {
            if (read.resource().spec() instanceof WorkloadEntry entry) {
                addresses.put(read.resource().name(), entry.address());
            }
        }
        return addresses;
    }

    /// Hardening case 35.
    @Test
    void ofAThousandResourcesOnlyTheBadOneIsLeftOut() throws IOException {
        var file = root.resolve("all.yaml");
        var text = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            text.append(entry("e" + i, i == 500 ? "no address" : "10.0.0.1"));
        }
        Files.writeString(file, text);

        var source = watching();

        assertThat(names(source)).hasSize(999).doesNotContain("e500");
        assertThat(problems(source))
                .singleElement()
                .asString()
                .contains("all.yaml:", "WorkloadEntry shop/e500 spec.address");
    }

    @Test
    void aBadResourceKeepsItsLastGoodVersionWhileTheRestOfItsFileGoesOn() throws IOException {
        var file = root.resolve("two.yaml");
        Files.writeString(file, entry("a", "10.0.0.1") + entry("b", "10.0.0.1"));
        var source = watching();

        write(file, entry("a", "no address") + entry("b", "10.0.0.2"));
        await().until(() -> addresses(source).equals(Map.of("a", "10.0.0.1", "b", "10.0.0.2")));
        write(file, entry("a", "none yet") + entry("b", "none yet") + entry("c", "10.0.0.3"));
        var expected = Map.of("a", "10.0.0.1", "b", "10.0.0.2", "c", "10.0.0.3");
        await().until(() -> addresses(source).equals(expected));
        assertThat(problems(source)).hasSize(2);
        source.close();

        var restarted = open();

        assertThat(addresses(restarted)).isEqualTo(expected);
        assertThat(problems(restarted)).hasSize(2);
    }

    /// What is not named may stand in the part that cannot be read.
    @Test
    void aDocumentThatCannotBeReadTakesNothingAway() throws IOException {
        var file = root.resolve("three.yaml");
        var all = entry("a", "10.0.0.1") + entry("b", "10.0.0.1") + entry("c", "10.0.0.1");
        Files.writeString(file, all);
        var source = watching();

        write(file, entry("a", "10.0.0.2") + "kind: [");
        await().until(() -> "10.0.0.2".equals(addresses(source).get("a")));
        assertThat(names(source)).containsExactly("a", "b", "c");

        write(file, entry("a", "10.0.0.2") + entry("c", "no address"));
        await().until(() -> names(source).equals(Set.of("a", "c")));
        assertThat(addresses(source)).containsEntry("c", "10.0.0.1");
    }

    private void write(Path file, String text) throws IOException {
        Files.writeString(temp.resolve("next"), text);
        Files.move(temp.resolve("next"), file, StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void keepsEverythingWhenTheDirectoryGoes() throws IOException {
        Files.writeString(root.resolve("a.yaml"), entry("a", "10.0.0.1"));
        var source = watching();

        Files.move(root, temp.resolve("gone"));

        await().until(() -> !problems(source).isEmpty());
        assertThat(names(source)).containsExactly("a");
        Files.move(temp.resolve("gone"), root);
        await().until(() -> problems(source).isEmpty());
        assertThat(names(source)).containsExactly("a");
    }

    @Test
    void readsAllButTheJunkAndNamesEachPieceOfIt() throws Exception {
        Files.writeString(root.resolve("a.yaml"), entry("a", "10.0.0.1"));
        putJunk();

        var source = watching();

        assertThat(names(source)).containsExactly("a");
        assertThatJunkIsNamed(source);
    }

    @Test
    void goesOnWhenItIsFilledWithJunk() throws Exception {
        Files.writeString(root.resolve("a.yaml"), entry("a", "10.0.0.1"));
        var source = watching();

        putJunk();
        Files.writeString(root.resolve("b.yaml"), entry("b", "10.0.0.1"));

        await().until(() -> problems(source).size() == JUNK.size());
        await().until(() -> names(source).equals(Set.of("a", "b")));
        assertThatJunkIsNamed(source);
    }

    private void putJunk() throws Exception {
        Files.write(root.resolve("binary.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
        Files.writeString(root.resolve("nul.yml"), "kind: \0\n");
        Files.writeString(root.resolve("page.json"), "<html></html>");
        try (var huge = new RandomAccessFile(root.resolve("huge.yaml").toFile(), "rw")) {
            huge.setLength(20L << 20);
        }
        Files.createSymbolicLink(root.resolve("dangling.yaml"), Path.of("nowhere"));
        Files.createSymbolicLink(root.resolve("zero.yaml"), Path.of("/dev/zero"));
        Files.createSymbolicLink(root.resolve("loop"), root);
        var pipe = new ProcessBuilder("mkfifo", root.resolve("pipe.yaml").toString()).start();
        assertThat(pipe.waitFor()).isZero();
        Files.createDirectories(root.resolve(DEEP));
        Files.writeString(root.resolve(DEEP).resolve("b.yaml"), entry("deep", "10.0.0.1"));
        Files.writeString(root.resolve("notes.txt"), "no config");
        Files.write(root.resolve(".swp.yaml"), new byte[] {0});
    }

    private static void assertThatJunkIsNamed(DirectorySource source) {
        assertThat(problems(source)).hasSameSizeAs(JUNK.entrySet());
        JUNK.forEach((file, words) ->
                assertThat(problems(source))
                        .extracting(Problem::toString)
                        .anySatisfy(it -> assertThat(it).contains(file + ":", words)));
    }

    @Test
    void showsAResourceThatStandsInTwoFiles() throws IOException {
        Files.writeString(root.resolve("a.yaml"), entry("same", "10.0.0.1"));
        Files.writeString(root.resolve("b.yaml"), entry("same", "10.0.0.2"));

        var source = watching();

        assertThat(problems(source))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.reason()).isEqualTo(Reason.DUPLICATE_RESOURCE);
                    assertThat(problem.toString()).contains("b.yaml:1").contains("a.yaml:1");
                });
        assertThat(source.content().resources()).hasSize(1);
    }

    @Test
    void refusesToStartWithoutTheDirectory() {
        assertThatThrownBy(() ->
                        new DirectorySource(
                                temp.resolve("missing"),
                                ReadAhead.begin(temp.resolve("missing")),
                                state,
                                Clock.systemUTC()))
                .isInstanceOf(StartupFailure.class)
                .hasMessageContaining("missing");
    }

    @Test
    void aFileIsReadWhenItsWriterIsDone() throws IOException {
        // else it is read when it rested for a moment
        var toldOfItsEnd = events == Events.OF_THIS_SYSTEM && Inotify.isHere();
        var source = watching();
        Files.writeString(root.resolve("first.yaml"), entry("first", "10.0.0.1"));
        await("the look at the whole tree is over").until(() -> names(source).contains("first"));

        try (var writer = Files.newBufferedWriter(root.resolve("half.yaml"))) {
            writer.write(entry("half", "10.0.0.1"));
            writer.flush();
            Files.writeString(root.resolve("whole.yaml"), entry("whole", "10.0.0.2"));
            await().until(() -> names(source).contains("whole"));

            if (toldOfItsEnd) {
                assertThat(names(source)).containsExactly("first", "whole");
            }

            writer.write(entry("other-half", "10.0.0.3"));
        }

        await().untilAsserted(() ->
                assertThat(names(source)).containsExactly("first", "half", "other-half", "whole"));
    }

    @Test
    void whatMakesNewProblemsWaitsForTheRestOfTheChange() throws IOException {
        var source = open();
        var taken = new ConcurrentLinkedQueue<Set<String>>();
        source.watch(
                new DirectorySource.Changes() {
                    @Override
                    public boolean offer() {
                        return false;
                    }

                    @Override
                    public void take() {
                        taken.add(names(source));
                    }
                });

        for (int i = 0; i < 5; i++) {
            Files.writeString(root.resolve(i + ".yaml"), entry("entry-" + i, "10.0.0." + i));
        }

        await().until(() -> !taken.isEmpty());
        assertThat(taken).containsExactly(new TreeSet<>(names(source)));
        assertThat(names(source)).hasSize(5);
    }

    @Test
    void aLinkedFolderThatIsSwappedIsLookedThrough() throws IOException {
        for (var version : List.of("one", "two")) {
            var folder = Files.createDirectory(root.resolve("..data-" + version));
            Files.writeString(folder.resolve("a.yaml"), entry(version, "10.0.0.1"));
        }
        Files.createSymbolicLink(root.resolve("..data"), Path.of("..data-one"));
        Files.createSymbolicLink(root.resolve("a.yaml"), Path.of("..data/a.yaml"));
        var source = watching();
        assertThat(names(source)).containsExactly("one");

        Files.createSymbolicLink(root.resolve("..data-tmp"), Path.of("..data-two"));
        Files.move(
                root.resolve("..data-tmp"),
                root.resolve("..data"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);

        await().untilAsserted(() -> assertThat(names(source)).containsExactly("two"));
    }
}
