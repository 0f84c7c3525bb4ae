package dev.quartet.galley.change;

import static dev.quartet.galley.TestDocuments.entry;
import static dev.quartet.galley.change.TestDesk.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.quartet.config.Kind;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.history.Cause;
import dev.quartet.galley.history.LoggedRevision;
import dev.quartet.galley.history.RevisionContent;
import dev.quartet.galley.source.ConfigFile;
import dev.quartet.galley.source.Origin;
import dev.quartet.galley.source.SourceContent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class RollbackTest {
    private static final String HANDLER =
            """
            ---
            apiVersion: config.istio.io/v1alpha2
            kind: handler
            metadata: {name: deny, namespace: shop}
            spec:
              compiledAdapter: denier
              params: {status: {code: 7, message: closed}}
            """;
    private static final String RULE =
            """
            ---
            apiVersion: config.istio.io/v1alpha2
            kind: instance
            metadata: {name: nothing, namespace: shop}
            spec: {compiledTemplate: checknothing}
            ---
            apiVersion: config.istio.io/v1alpha2
            kind: rule
            metadata: {name: deny, namespace: shop}
            spec:
              match: destination.labels["app"] == "reviews"
              actions:
              - handler: deny
                instances: [nothing]
            """;

    @TempDir Path state;
    @RegisterExtension final TestDesk desks = new TestDesk();

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

    private static Terms terms(boolean dryRun) {
        return new Terms(
                Cause.rest(Cause.Kind.ROLLBACK, null, "rollback"), new Precondition.None(), dryRun);
    }

    private LoggedRevision apply(String yaml) throws IOException {
        var outcome = desk.apply(List.of(ConfigFile.read("test.yaml", yaml)), terms(false));
        assertThat(outcome).isInstanceOf(Outcome.Accepted.class);
        return desk.history().revisions().getFirst();
    }

    private void edit(String yaml) {
        directory = ConfigFile.read("dir.yaml", yaml);
        desk.refresh(Cause.directory());
    }

    private Outcome rollback(LoggedRevision to, Terms terms) throws IOException {
        return desk.rollback(to, desk.history().content(to), terms);
    }

    private Outcome.Accepted rolledBack(LoggedRevision to) throws IOException {
        var outcome = rollback(to, terms(false));
        assertThat(outcome).isInstanceOf(Outcome.Accepted.class);
        return (Outcome.Accepted) outcome;
    }

    private RevisionContent inForce() {
        return RevisionContent.of(desk.config());
    }

    @Test
    void bringsBackExactlyWhatWasAppliedAndRecordsIt() throws IOException {
        var first = apply(entry("a", "10.0.0.1") + entry("b", "10.0.0.1") + entry("c", "10.0.0.1"));
        apply(entry("a", "10.0.0.2") + entry("d", "10.0.0.1"));
        desk.delete(List.of(key("b")), terms(false));

        var outcome = rolledBack(first);

        assertThat(outcome.changed()).containsExactly(key("a"));
        assertThat(outcome.created()).containsExactly(key("b"));
        assertThat(outcome.deleted()).containsExactly(key("d"));
        assertThat(outcome.unchanged()).isEmpty();
        assertThat(outcome.untouched()).isEmpty();
        assertThat(inForce()).isEqualTo(desk.history().content(first));
        var newest = desk.history().revisions().getFirst();
        assertThat(newest).isEqualTo(outcome.logged());
        assertThat(newest.id()).as("the same content").isEqualTo(first.id());
        assertThat(newest.number()).isEqualTo(first.number() + 3);
        assertThat(newest.cause().kind()).isEqualTo(Cause.Kind.ROLLBACK);
        assertThat(RevisionContent.of(reopen().config())).isEqualTo(inForce());
    }

    @Test
    void theWayBackHasAWayBack() throws IOException {
        var first = apply(entry("a", "10.0.0.1"));
        var second = apply(entry("a", "10.0.0.2"));

        rolledBack(first);
        rolledBack(second);

        assertThat(inForce()).isEqualTo(desk.history().content(second));
    }

    @Test
    void leavesAloneWhatLivesInTheDirectoryNowAndSaysSo() throws IOException {
        var first = apply(entry("moved", "10.0.0.1") + entry("mine", "10.0.0.1"));
        desk.delete(List.of(key("moved")), terms(false));
        edit(entry("moved", "10.0.0.7") + entry("theirs", "10.0.0.7"));
        apply(entry("mine", "10.0.0.2"));

        var outcome = rolledBack(first);

        assertThat(outcome.changed()).containsExactly(key("mine"));
        assertThat(outcome.untouched())
                .containsExactly(
                        new Outcome.Untouched(
                                key("moved"), "it comes from the directory's file dir.yaml:2"),
                        new Outcome.Untouched(
                                key("theirs"), "it comes from the directory's file dir.yaml:7"));
        var entry = desk.config().entries().get(key("moved"));
        assertThat(entry).isNotNull();
        assertThat(entry.origin()).isEqualTo(Origin.DIRECTORY);
    }

    @Test
    void saysWhatTheDirectoryHadAndHasNoMore() throws IOException {
        edit(entry("theirs", "10.0.0.7"));
        var first = apply(entry("mine", "10.0.0.1"));
        edit("");

        assertThat(rolledBack(first).untouched())
                .containsExactly(
                        new Outcome.Untouched(
                                key("theirs"), "it was in the directory, which has it no more"));
    }

    @Test
    void uncoversWhatTheDirectoryHasWhereRestHadNothing() throws IOException {
        edit(entry("a", "10.0.0.7"));
        var first = desk.history().revisions().getFirst();
        apply(entry("a", "10.0.0.1"));

        var outcome = rolledBack(first);

        assertThat(outcome.uncovered()).containsExactly(key("a"));
        assertThat(outcome.untouched()).isEmpty();
        assertThat(inForce()).isEqualTo(desk.history().content(first));
    }

    @Test
    void isJudgedLikeAnyChangeAndRefusedAsAWhole() throws IOException {
        edit(HANDLER);
        var first = apply(RULE + entry("a", "10.0.0.1"));
        desk.delete(
                List.of(
                        new ResourceKey(Kind.RULE, "shop", "deny"),
                        new ResourceKey(Kind.INSTANCE, "shop", "nothing"),
                        key("a")),
                terms(false));
        edit("");
        var before = desk.state();

        var outcome = rollback(first, terms(false));

        assertThat(outcome)
                .asInstanceOf(type(Outcome.Refused.class))
                .satisfies(refused ->
                        assertThat(refused.problems())
                                .anySatisfy(problem -> {
                                    assertThat(problem.reason()).isEqualTo(Reason.UNKNOWN_HANDLER);
                                    assertThat(problem.position())
                                            .asString()
                                            .startsWith("revision " + first.number() + ":");
                                }));
        assertThat(desk.state()).isSameAs(before);
        assertThat(desk.config().entries()).doesNotContainKey(key("a"));
    }

    @Test
    void aDryRunAndAStalePreconditionChangeNothing() throws IOException {
        var first = apply(entry("a", "10.0.0.1"));
        var second = apply(entry("a", "10.0.0.2"));
        var stale =
                new Terms(
                        terms(false).cause(),
                        new Precondition.AtRevision(Set.of(first.id())),
                        false);

        var dry = rollback(first, terms(true));
        var late = rollback(first, stale);

        assertThat(dry)
                .asInstanceOf(type(Outcome.Accepted.class))
                .satisfies(it -> {
                    assertThat(it.changed()).containsExactly(key("a"));
                    assertThat(it.after().revision()).isEqualTo(first.id());
                    assertThat(it.logged()).isNull();
                });
        assertThat(late).isEqualTo(new Outcome.Stale(null, second.id()));
        assertThat(desk.history().revisions()).first().isEqualTo(second);
        assertThat(inForce()).isEqualTo(desk.history().content(second));
    }
}
