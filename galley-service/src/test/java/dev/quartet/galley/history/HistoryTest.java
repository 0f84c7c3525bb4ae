package dev.quartet.galley.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.admin.StartupFailure;
import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ReadResource;
import dev.quartet.galley.process.ConfigProcessor;
import dev.quartet.galley.process.JudgedConfig;
import dev.quartet.galley.source.AppliedSource;
import dev.quartet.galley.source.ConfigFile;
import dev.quartet.galley.source.Origin;
import dev.quartet.galley.source.SourceContent;
import dev.quartet.galley.source.StateFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistoryTest {
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");
    private static final Cause APPLY = Cause.rest(Cause.Kind.APPLY, "anna", "more for v2");

    @TempDir Path state;

    private History history;

    @BeforeEach
    void openHistory() {
        history = reopen(100);
    }

    private History reopen(int kept) {
        return open(kept, true);
    }

    private History open(int kept, boolean records) {
        var folder = StateFolder.open(state);
        return History.open(
                folder,
                new AppliedSource(folder).resources(),
                kept,
                records,
                Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private static String entry(String name, int address) {
        return """
        ---
        apiVersion: networking.istio.io/v1alpha3
        kind: WorkloadEntry
        metadata: {name: %s, namespace: shop}
        spec: {address: 10.0.0.%d}
        """
                .formatted(name, address);
    }

    private static ResourceKey key(String name) {
        return new ResourceKey(Kind.WORKLOAD_ENTRY, "shop", name);
    }

    private static SourceContent source(Origin origin, String... yaml) {
        var resources = ConfigFile.read("test.yaml", String.join("", yaml)).resources();
        return new SourceContent(origin, resources, List.of());
    }

    private static JudgedConfig config(SourceContent... sources) {
        return new ConfigProcessor().process(List.of(sources));
    }

    private static JudgedConfig applied(String... yaml) {
        return config(source(Origin.APPLIED, yaml));
    }

    private static String id(int number) {
        return "%024x".formatted(number);
    }

    private static SortedMap<ResourceKey, ReadResource> byKey(String... yaml) {
        var resources = new TreeMap<ResourceKey, ReadResource>();
        source(Origin.APPLIED, yaml)
                .resources()
                .forEach(read -> resources.put(read.resource().key(), read));
        return resources;
    }

    private List<String> files() throws IOException {
        try (var files = Files.list(state.resolve("config/revisions"))) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private static List<Long> numbers(History history) {
        return history.revisions().stream().map(LoggedRevision::number).toList();
    }

    @Test
    void tellsWhatWhenWhoAndWhyAlsoAfterARestart() throws IOException {
        history.record(Cause.start(), id(1), applied(entry("a", 1), entry("b", 1)));
        history.record(APPLY, id(2), applied(entry("b", 2), entry("c", 1)));

        for (var log : List.of(history, reopen(100))) {
            assertThat(log.revisions())
                    .first()
                    .isEqualTo(
                            new LoggedRevision(
                                    2,
                                    id(2),
                                    NOW,
                                    APPLY,
                                    List.of(key("c")),
                                    List.of(key("b")),
                                    List.of(key("a"))));
            assertThat(numbers(log)).containsExactly(2L, 1L);
            assertThat(log.content(log.revisions().getLast()).resources())
                    .containsOnlyKeys(key("a"), key("b"));
        }
    }

    @Test
    void keepsWholeDocumentsWithTheirOrigin() throws IOException {
        var yaml =
                entry("note", 1)
                        .replace(
                                "namespace: shop",
                                "namespace: shop, annotations: {x: \"--- # a\\n--- # b\"}");
        var config =
                config(source(Origin.BUILT_IN, entry("base", 1)), source(Origin.APPLIED, yaml));
        history.record(APPLY, id(1), config);
        history.record(APPLY, id(2), applied());

        var content = reopen(100).content(history.revisions().getLast());

        assertThat(content).isEqualTo(RevisionContent.of(config));
        assertThat(content.applied()).containsOnlyKeys(key("note"));
        var again = ConfigFile.read("again", content.applied().firstEntry().getValue().yaml());
        assertThat(again.resources())
                .extracting(read -> read.resource().version())
                .containsExactly(content.applied().firstEntry().getValue().version());
    }

    @Test
    void recordsNothingTwice() throws IOException {
        history.record(APPLY, id(1), applied(entry("a", 1)));
        history.record(APPLY, id(1), applied(entry("a", 1)));
        assertThat(numbers(reopen(100))).containsExactly(1L);
    }

    @Test
    void recordsThatRestHasTakenAResourceOver() throws IOException {
        history.record(APPLY, id(1), config(source(Origin.DIRECTORY, entry("a", 1))));
        history.record(APPLY, id(1), applied(entry("a", 1)));

        assertThat(history.revisions().getFirst().changed()).containsExactly(key("a"));
        assertThat(
                        RevisionDiff.between(
                                        history.content(history.revisions().getLast()),
                                        history.content(history.revisions().getFirst()))
                                .text("revision 1", "revision 2"))
                .isEqualTo(
                        """
                        --- a/WorkloadEntry/shop/a.yaml\trevision 1, directory
                        +++ b/WorkloadEntry/shop/a.yaml\trevision 2, applied
                        """);
    }

    @Test
    void oldestMakeRoom() throws IOException {
        for (var i = 1; i <= 5; i++) {
            history.record(APPLY, id(i), applied(entry("a", i)));
        }
        var oldest = history.revisions().getLast();

        var fewer = reopen(3);
        assertThat(numbers(fewer)).containsExactly(5L, 4L, 3L);
        fewer.record(APPLY, id(6), applied(entry("a", 6)));

        assertThat(numbers(fewer)).containsExactly(6L, 5L, 4L);
        assertThat(files())
                .containsExactly(
                        "00000004-" + id(4) + ".revision",
                        "00000005-" + id(5) + ".revision",
                        "00000006-" + id(6) + ".revision",
                        "FORMAT");
        assertThatThrownBy(() -> fewer.content(oldest)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void findsByNumberAndByTheBeginningOfAnId() throws IOException {
        history.record(APPLY, "aaaaaa11" + "0".repeat(16), applied(entry("a", 1)));
        history.record(APPLY, "aaaaaa22" + "0".repeat(16), applied(entry("a", 2)));
        history.record(APPLY, "aaaaaa11" + "0".repeat(16), applied(entry("a", 1)));
        history.record(APPLY, "1".repeat(24), applied(entry("a", 3)));

        assertThat(found("2")).containsExactly(2L);
        assertThat(found("aaaaaa2")).containsExactly(2L);
        assertThat(found("aaaaaa1")).as("the newest of an id").containsExactly(3L);
        assertThat(found("aaaaaa")).containsExactly(3L, 2L);
        assertThat(found("1")).as("too short for an id").containsExactly(1L);
        assertThat(found("111111")).containsExactly(4L);
        assertThat(found("aaaaa")).isEmpty();
        assertThat(found("9")).isEmpty();
        assertThat(history.before(history.find("2").getFirst()))
                .hasValueSatisfying(it -> assertThat(it.number()).isEqualTo(1));
        assertThat(history.before(history.find("1").getFirst())).isEmpty();
    }

    private List<Long> found(String name) {
        return history.find(name).stream().map(LoggedRevision::number).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"empty", "cut", "flipped", "not JSON", "another's"})
    void brokenFilesAreLeftOut(String damage) throws IOException {
        for (var i = 1; i <= 3; i++) {
            history.record(APPLY, id(i), applied(entry("a", i)));
        }
        for (var number : List.of(1, 3)) {
            damage(file(number), damage);
        }

        var log = reopen(100);
        assertThat(numbers(log)).containsExactly(2L);
        log.record(APPLY, id(4), applied(entry("a", 2), entry("b", 4)));

        assertThat(log.revisions().getFirst().number()).as("no number twice").isEqualTo(4);
        assertThat(log.revisions().getFirst().created()).containsExactly(key("b"));
        assertThat(numbers(reopen(1))).containsExactly(4L);
        assertThat(files()).as("the broken ones make room too").hasSize(2);
    }

    private Path file(int number) {
        return state.resolve("config/revisions/%08d-%s.revision".formatted(number, id(number)));
    }

    private void damage(Path file, String how) throws IOException {
        var bytes = Files.readAllBytes(file);
        switch (how) {
            case "empty" -> bytes = new byte[0];
            case "cut" -> bytes = Arrays.copyOf(bytes, bytes.length - 7);
            case "flipped" -> bytes[bytes.length - 20] ^= 1;
            case "not JSON" -> bytes[0] = '[';
            default -> bytes = Files.readAllBytes(file(2)); // another's
        }
        Files.write(file, bytes);
    }

    @Test
    void aNewestOneWhoseDocumentsCantBeReadIsLeftOutToo() throws IOException {
        history.record(APPLY, id(1), applied(entry("a", 1)));
        history.record(APPLY, id(2), applied(entry("a", 2)));
        var revision = RevisionFile.read(file(2)).revision();
        Files.write(file(2), new RevisionFile(revision, new byte[] {1, 2, 3}).bytes());

        assertThat(numbers(reopen(100))).containsExactly(1L);
    }

    @Test
    void whatDidNotComeIntoForceDoesNotCount() throws IOException {
        history.record(APPLY, id(1), applied());
        assertThat(history.prepare(APPLY, id(2), applied(entry("a", 1))))
                .isPresent(); // and then a kill -9

        assertThat(numbers(reopen(100))).containsExactly(1L);

        assertThat(files()).hasSize(2);
    }

    @Test
    void whatCameIntoForceCountsThoughItWasNotToldAnyMore() throws IOException {
        history.record(APPLY, id(1), applied());
        var draft = history.prepare(APPLY, id(2), applied(entry("a", 1))).orElseThrow();
        new AppliedSource(StateFolder.open(state))
                .replace(byKey(entry("a", 1))); // and then a kill -9

        assertThat(reopen(100).revisions()).first().isEqualTo(draft.revision());
        assertThat(files()).hasSize(3);
    }

    @Test
    void aKilledWriterLeavesNothingBehind() throws IOException {
        history.record(APPLY, id(1), applied());
        Files.writeString(
                state.resolve("config/revisions/.00000002-x.revision.pending.123.tmp"), "half");
        Files.writeString(
                state.resolve("config/revisions/00000002-" + id(2) + ".revision.pending"), "half");

        assertThat(numbers(reopen(100))).containsExactly(1L);

        assertThat(files()).containsExactly("00000001-" + id(1) + ".revision", "FORMAT");
    }

    @Test
    void whatIsTakenBackDoesNotCount() throws IOException {
        history.record(APPLY, id(1), applied());
        history.discard(history.prepare(APPLY, id(2), applied(entry("a", 1))).orElseThrow());

        assertThat(files()).hasSize(2);
        history.record(APPLY, id(3), applied(entry("a", 2)));
        assertThat(numbers(history)).containsExactly(2L, 1L);
    }

    @Test
    void filesAreTheOwnersAlone() throws IOException {
        history.record(APPLY, id(1), applied());

        assertThat(Files.getPosixFilePermissions(state.resolve("config/revisions")))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(Files.getPosixFilePermissions(file(1)))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void refusesAFolderOfAnotherFormat() throws IOException {
        Files.writeString(state.resolve("config/revisions/FORMAT"), "quartet-galley-revisions 2\n");

        assertThatThrownBy(() -> reopen(100))
                .isInstanceOf(StartupFailure.class)
                .hasMessageContaining("quartet-galley-revisions 2");
    }

    @Test
    void readsAndRecordsNothingWhereConfigLivesElsewhere() throws IOException {
        history.record(APPLY, id(1), applied());

        var log = open(100, false);
        log.record(APPLY, id(2), applied(entry("a", 1)));

        assertThat(numbers(log)).containsExactly(1L);
        assertThat(files()).hasSize(2);
    }
}
