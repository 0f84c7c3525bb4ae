package dev.quartet.galley.change;

import static dev.quartet.galley.TestDocuments.entry;
import static dev.quartet.galley.change.TestDesk.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quartet.config.ResourceKey;
import dev.quartet.galley.history.Cause;
import dev.quartet.galley.history.History;
import dev.quartet.galley.history.LoggedRevision;
import dev.quartet.galley.history.RevisionContent;
import dev.quartet.galley.source.ConfigFile;
import dev.quartet.galley.source.Origin;
import dev.quartet.galley.source.SourceContent;
import dev.quartet.testkit.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Each change of what is in force is in the log, and the log says what is in force: also after a full disk and a kill.
class RecordedChangesTest {
    @TempDir Path state;
    @RegisterExtension final TestDesk desks = new TestDesk();
    @TempDir Path temp;

    private ConfigFile directory = ConfigFile.read("dir.yaml", "");
    private ChangeDesk desk;

    @BeforeEach
    void openDesk() {
        desk = reopen();
    }

    private ChangeDesk reopen() {
        return desks.open(
                state, () -> new SourceContent(Origin.DIRECTORY, directory.resources(), List.of()));
    }

    private static Terms terms(Cause.Kind kind) {
        return new Terms(Cause.rest(kind, "anna", null), new Precondition.None(), false);
    }

    private Outcome apply(String yaml) throws IOException {
        return desk.apply(List.of(ConfigFile.read("test.yaml", yaml)), terms(Cause.Kind.APPLY));
    }

    private void edit(String yaml) {
        directory = ConfigFile.read("dir.yaml", yaml);
        desk.refresh(Cause.directory());
    }

    private static List<String> story(ChangeDesk desk) {
        return desk.history().revisions().reversed().stream()
                .map(it ->
                        "%s +%s ~%s -%s"
                                .formatted(
                                        it.cause().kind().label(),
                                        names(it.created()),
                                        names(it.changed()),
                                        names(it.deleted())))
                .toList();
    }

    private static List<String> names(List<ResourceKey> keys) {
        return keys.stream().map(ResourceKey::name).toList();
    }

    @Test
    void everyChangeOfWhatIsInForceIsInTheLog() throws IOException {
        apply(entry("a", "10.0.0.1"));
        apply(entry("a", "10.0.0.1"));
        edit(entry("a", "10.0.0.9") + entry("d", "10.0.0.1"));
        apply(entry("a", "10.0.0.2") + entry("b", "10.0.0.1"));
        desk.delete(List.of(key("a"), key("b")), terms(Cause.Kind.DELETE));
        edit("");
        apply(entry("a", "10.0.0.1").replace("address", "adress"));

        assertThat(story(desk))
                .containsExactly(
                        "start +[] ~[] -[]",
                        "apply +[a] ~[] -[]",
                        "directory +[d] ~[] -[]",
                        "apply +[b] ~[a] -[]",
                        "delete +[] ~[a] -[b]",
                        "directory +[] ~[] -[a, d]");
        assertThat(desk.history().revisions())
                .first()
                .satisfies(newest -> {
                    assertThat(newest.id()).isEqualTo(desk.log().current().id());
                    assertThat(newest.cause()).isEqualTo(Cause.directory());
                });
        assertThat(story(reopen())).isEqualTo(story(desk));
    }

    @Test
    void namesTheRevisionOfAChangeAndNoneWhereNothingIsNew() throws IOException {
        assertThat(logged(apply(entry("a", "10.0.0.1"))))
                .isEqualTo(desk.history().revisions().getFirst());
        assertThat(logged(apply(entry("a", "10.0.0.1")))).isNull();
    }

    private static @Nullable LoggedRevision logged(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Accepted.class);
        return ((Outcome.Accepted) outcome).logged();
    }

    @Test
    void whatChangedWhileGalleyWasDownIsFoundAtTheStart() throws IOException {
        apply(entry("a", "10.0.0.1") + entry("b", "10.0.0.1"));
        var file = state.resolve("config/applied.yaml");
        Files.writeString(file, Files.readString(file).replaceAll("(?s)---\n.*---", "---"));
        directory = ConfigFile.read("dir.yaml", entry("d", "10.0.0.1"));

        assertThat(story(reopen())).last().isEqualTo("start +[d] ~[] -[a]");
        assertThat(story(reopen())).hasSize(3);
    }

    @Test
    void aStateFolderWithoutRevisionsBeginsALog() throws IOException {
        apply(entry("a", "10.0.0.1"));
        Files.move(state.resolve("config/revisions"), temp.resolve("elsewhere"));

        assertThat(story(reopen())).containsExactly("start +[a] ~[] -[]");
    }

    @Test
    void changesNothingWhenTheDiskRefusesTheLog() throws IOException {
        apply(entry("a", "10.0.0.1"));
        var before = desk.state();
        Files.move(state.resolve("config/revisions"), temp.resolve("elsewhere"));

        assertThatThrownBy(() -> apply(entry("b", "10.0.0.1"))).isInstanceOf(IOException.class);

        assertThat(desk.state()).isSameAs(before);
        assertThat(desk.history().revisions()).hasSize(2);
        Files.move(temp.resolve("elsewhere"), state.resolve("config/revisions"));
        assertThat(apply(entry("b", "10.0.0.1"))).isInstanceOf(Outcome.Accepted.class);
        assertThat(story(reopen())).last().isEqualTo("apply +[b] ~[] -[]");
    }

    @Test
    void recordsNothingWhenTheDiskRefusesWhatIsApplied() throws IOException {
        apply(entry("a", "10.0.0.1"));
        var before = story(desk);
        var file = state.resolve("config/applied.yaml");
        Files.move(file, temp.resolve("applied.yaml"));
        Files.createDirectories(file.resolve("in-the-way"));

        assertThatThrownBy(() -> apply(entry("b", "10.0.0.1"))).isInstanceOf(IOException.class);

        assertThat(story(desk)).isEqualTo(before);
        Files.delete(file.resolve("in-the-way"));
        Files.delete(file);
        Files.move(temp.resolve("applied.yaml"), file);
        assertThat(story(reopen())).isEqualTo(before);
    }

    @Test
    void anEditThatTheDiskDidNotTakeIsRecordedBeforeTheNextChange() throws IOException {
        assertThat(story(desk)).as("the start").hasSize(1);
        Files.move(state.resolve("config/revisions"), temp.resolve("elsewhere"));
        edit(entry("d", "10.0.0.1"));
        assertThat(desk.config().entries()).as("nobody can refuse it").containsKey(key("d"));
        assertThat(story(desk)).hasSize(1);

        Files.move(temp.resolve("elsewhere"), state.resolve("config/revisions"));
        apply(entry("a", "10.0.0.1"));

        assertThat(story(desk))
                .containsExactly(
                        "start +[] ~[] -[]", "directory +[d] ~[] -[]", "apply +[a] ~[] -[]");
    }

    /// Hardening case 46 for two files: a process that does nothing but apply is killed in the middle, again and again.
    @Test
    void survivesAKillBetweenAnyTwoWrites() throws Exception {
        for (var round = 0; round < 5; round++) {
            var output = temp.resolve("output-" + round);
            var writer = JavaProcess.start(Writer.class, output, state.toString());
            var atLeast = 25 + round * 7;
            await().atMost(Duration.ofSeconds(60)).until(() -> told(output).size() >= atLeast);
            writer.destroyForcibly().waitFor();

            desk = reopen();

            var told = told(output);
            var generations = generations(desk.history());
            assertThat(generations).as("nothing told is lost").containsAll(last(told, 90));
            assertThat(generations).as("once each").doesNotHaveDuplicates().isSorted();
            assertThat(desk.history().revisions())
                    .as("nothing was left to find at the start")
                    .filteredOn(it -> it.cause().kind() == Cause.Kind.START && it.number() > 1)
                    .isEmpty();
            assertThat(RevisionContent.of(desk.config()))
                    .as("the log says what is in force")
                    .isEqualTo(desk.history().content(desk.history().revisions().getFirst()));
            try (var files = Files.list(state.resolve("config/revisions"))) {
                assertThat(files.map(file -> file.getFileName().toString()))
                        .allMatch(name -> name.equals("FORMAT") || name.endsWith(".revision"));
            }
        }
    }

    private static List<Integer> told(Path output) throws IOException {
        return Files.readString(output)
                .lines()
                .filter(line -> line.matches("applied \\d+ done")) // the last one may be cut
                .map(line -> Integer.valueOf(line.split(" ")[1]))
                .toList();
    }

    private static List<Integer> last(List<Integer> all, int count) {
        return all.subList(Math.max(0, all.size() - count), all.size());
    }

    /// The oldest first; each revision is of one.
    private static List<Integer> generations(History history) throws IOException {
        var generations = new ArrayList<Integer>();
        for (var revision : history.revisions().reversed()) {
            if (revision.cause().kind() == Cause.Kind.APPLY) {
                var found =
                        history.content(revision).resources().values().stream()
                                .map(kept ->
                                        kept.yaml()
                                                .replaceAll("(?s).*generation: \"?(\\d+).*", "$1"))
                                .distinct()
                                .toList();
                assertThat(found).as("all of one write").hasSize(1);
                generations.add(Integer.valueOf(found.getFirst()));
            }
        }
        return generations;
    }

    /// Applies 20 resources of one generation, then of the next, for ever.
    static final class Writer {
        public static void main(String[] arguments) throws IOException {
            var desk = new TestDesk().open(Path.of(arguments[0]));
            var done = generations(desk.history());
            for (var generation = done.isEmpty() ? 1 : done.getLast() + 1; ; generation++) {
                var yaml = new StringBuilder();
                for (var i = 0; i < 20; i++) {
                    yaml.append(
                            """
                            ---
                            apiVersion: networking.istio.io/v1alpha3
                            kind: WorkloadEntry
                            metadata: {name: n%d, namespace: shop, labels: {generation: "%d"}}
                            spec: {address: 10.0.0.1}
                            """
                                    .formatted(i, generation));
                }
                var outcome =
                        desk.apply(
                                List.of(ConfigFile.read("test.yaml", yaml.toString())),
                                terms(Cause.Kind.APPLY));
                if (!(outcome instanceof Outcome.Accepted)) {
                    throw new IllegalStateException("not accepted: " + outcome);
                }
                System.out.println("applied " + generation + " done");
            }
        }
    }
}
