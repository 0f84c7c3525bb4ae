package dev.quartet.galley.admin;

import dev.quartet.config.Problem;
import dev.quartet.config.ProblemView;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Subject;
import dev.quartet.galley.change.Outcome;
import dev.quartet.galley.history.LoggedRevision;
import dev.quartet.galley.history.ResourceChange;
import dev.quartet.galley.history.RevisionContent;
import dev.quartet.galley.history.RevisionDiff;
import dev.quartet.galley.mcp.SinkStatus;
import dev.quartet.galley.process.ConfigEntry;
import dev.quartet.galley.process.JudgedConfig;
import dev.quartet.galley.source.Origin;
import dev.quartet.galley.status.RevisionStatus;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The JSON of Galley's REST doors. Field names are the components' names; a null stands for what is not known.
final class Views {
    private Views() {}

    static List<ProblemView> problems(List<Problem> problems) {
        return problems.stream().map(ProblemView::of).toList();
    }

    private static List<Subject> subjects(List<ResourceKey> keys) {
        return keys.stream().map(Subject::of).toList();
    }

    /// @param revision in force now, or, for a dry run, what it would be
    /// @param from the revision that was in force before
    /// @param number under which it is recorded; null for a dry run, and when nothing is new
    /// @param deleted only for a delete
    /// @param missing what was to be deleted and is not there
    /// @param uncovered deleted here, but still there in the directory or built in
    /// @param untouched only for a rollback: what is not as it was, and not REST's
    record ChangeView(
            String revision,
            String from,
            @Nullable Long number,
            boolean dryRun,
            List<Subject> created,
            List<Subject> changed,
            List<Subject> unchanged,
            List<Subject> deleted,
            List<Subject> missing,
            List<Subject> uncovered,
            List<UntouchedView> untouched,
            List<ProblemView> warnings) {
        static ChangeView of(Outcome.Accepted accepted, boolean dryRun) {
            var logged = accepted.logged();
            return new ChangeView(
                    accepted.after().revision(),
                    accepted.before().revision(),
                    logged == null ? null : (Long) logged.number(),
                    dryRun,
                    subjects(accepted.created()),
                    subjects(accepted.changed()),
                    subjects(accepted.unchanged()),
                    subjects(accepted.deleted()),
                    subjects(accepted.missing()),
                    subjects(accepted.uncovered()),
                    accepted.untouched().stream().map(UntouchedView::of).toList(),
                    problems(accepted.warnings()));
        }
    }

    /// @param text why, as people read it
    record UntouchedView(Subject resource, String text) {
        static UntouchedView of(Outcome.Untouched untouched) {
            return new UntouchedView(
                    Subject.of(untouched.resource()),
                    "%s is not as it was: %s".formatted(untouched.resource(), untouched.why()));
        }
    }

    /// @param valid it would be let in
    record ValidationView(boolean valid, List<ProblemView> problems) {}

    /// @param origin `kubernetes`, `applied`, `directory` or `built-in`: the source that is in force
    /// @param hidden sources of lower precedence that have the resource too
    record Item(
            String kind,
            String namespace,
            String name,
            String version,
            String origin,
            List<String> hidden,
            String file,
            @Nullable Integer line,
            List<ProblemView> problems) {
        static Item of(ConfigEntry entry, JudgedConfig config) {
            var key = entry.resource().key();
            return new Item(
                    key.kind().label(),
                    key.namespace(),
                    key.name(),
                    entry.resource().version(),
                    entry.origin().label(),
                    entry.hidden().stream().map(Origin::label).toList(),
                    entry.read().position().file(),
                    entry.read().position().lineOrNull(),
                    Views.problems(config.problemsOf(key)));
        }
    }

    record ListView(String revision, List<Item> items) {}

    /// @param change what made it: apply, put, delete, rollback, directory, kubernetes or start
    /// @param author what is proven of who did it: that he held the admin token, the directory, the apiserver, Galley itself
    /// @param claimedAuthor the name that the caller gave himself; nothing proves it
    record RevisionView(
            long number,
            String id,
            Instant at,
            String change,
            String author,
            @Nullable String claimedAuthor,
            @Nullable String message,
            List<Subject> created,
            List<Subject> changed,
            List<Subject> deleted) {
        static RevisionView of(LoggedRevision revision) {
            return new RevisionView(
                    revision.number(),
                    revision.id(),
                    revision.at(),
                    revision.cause().kind().label(),
                    revision.cause().author(),
                    revision.cause().claimedAuthor(),
                    revision.cause().message(),
                    subjects(revision.created()),
                    subjects(revision.changed()),
                    subjects(revision.deleted()));
        }
    }

    /// @param recording whether changes are recorded here
    /// @param inForce the revision in force
    /// @param revisions the newest first
    record RevisionsView(boolean recording, String inForce, List<RevisionView> revisions) {}

    /// @param before its YAML; null for a created one
    /// @param after its YAML; null for a deleted one
    /// @param originBefore the source that was in force
    /// @param text of both as a unified diff
    record ResourceDiff(
            Subject key,
            String change,
            @Nullable String originBefore,
            @Nullable String originAfter,
            @Nullable String before,
            @Nullable String after,
            String text) {
        static ResourceDiff of(ResourceChange change, String from, String to) {
            var before = change.before();
            var after = change.after();
            return new ResourceDiff(
                    Subject.of(change.key()),
                    change.kind().label(),
                    before == null ? null : before.origin().label(),
                    after == null ? null : after.origin().label(),
                    before == null ? null : before.yaml(),
                    after == null ? null : after.yaml(),
                    change.text(from, to));
        }
    }

    /// @param from null: nothing at all, before the first revision
    record DiffView(@Nullable RevisionView from, RevisionView to, List<ResourceDiff> changes) {}

    /// What an apply would change.
    ///
    /// @param from the revision in force
    /// @param to what it would be
    record PreviewView(
            String from, String to, List<ResourceDiff> changes, List<ProblemView> warnings) {
        private static final String NOW = "in force";
        private static final String THEN = "as it would be";

        static PreviewView of(Outcome.Accepted accepted) {
            return new PreviewView(
                    accepted.before().revision(),
                    accepted.after().revision(),
                    diff(accepted).changes().stream()
                            .map(change -> ResourceDiff.of(change, NOW, THEN))
                            .toList(),
                    problems(accepted.warnings()));
        }

        static String text(Outcome.Accepted accepted) {
            return diff(accepted).text(NOW, THEN);
        }

        private static RevisionDiff diff(Outcome.Accepted accepted) {
            return RevisionDiff.between(
                    RevisionContent.of(accepted.before().config()),
                    RevisionContent.of(accepted.after().config()));
        }
    }

    /// A problem in a status: `component` says who found it, and `replica` which one.
    record StatusProblem(
            String component,
            @Nullable String replica,
            String reason,
            @Nullable String severity,
            @Nullable Subject resource,
            @Nullable String file,
            @Nullable Integer line,
            String field,
            String fault,
            String fix,
            String text) {}

    /// A collection that a sink could not read; it keeps its last good content.
    record SinkRefusal(String sink, String collection, String error) {
        static List<SinkRefusal> of(List<SinkStatus> sinks) {
            return sinks.stream()
                    .flatMap(sink ->
                            sink.collections().stream()
                                    .filter(it -> it.refusal() != null)
                                    .map(it ->
                                            new SinkRefusal(
                                                    sink.id(),
                                                    it.collection(),
                                                    String.valueOf(it.refusal()))))
                    .toList();
        }
    }

    record StatusView(
            String revision,
            boolean known,
            @Nullable Instant publishedAt,
            String newest,
            boolean inForce,
            RevisionStatus.Proxies proxies,
            String text,
            List<String> waitingFor,
            List<RevisionStatus.ComponentStatus> components,
            List<RevisionStatus.Lagging> lagging,
            List<RevisionStatus.Rejection> rejections,
            List<SinkRefusal> sinkRefusals,
            List<StatusProblem> problems) {
        static StatusView of(RevisionStatus status, JudgedConfig config, List<SinkStatus> sinks) {
            var problems = new LinkedHashSet<StatusProblem>();
            config.problems().stream().map(StatusView::own).forEach(problems::add);
            status.problems().stream().map(StatusView::reported).forEach(problems::add);
            return new StatusView(
                    status.revision(),
                    status.known(),
                    status.publishedAt(),
                    status.newest(),
                    status.inForce(),
                    status.proxies(),
                    status.text(),
                    status.waitingFor(),
                    status.components(),
                    status.lagging(),
                    status.rejections(),
                    SinkRefusal.of(sinks),
                    List.copyOf(problems));
        }

        private static StatusProblem own(Problem problem) {
            var view = ProblemView.of(problem);
            return new StatusProblem(
                    "galley",
                    null,
                    view.reason(),
                    view.severity(),
                    view.resource(),
                    view.file(),
                    view.line(),
                    view.field(),
                    view.fault(),
                    view.fix(),
                    view.text());
        }

        private static StatusProblem reported(RevisionStatus.ReplicaProblem reported) {
            var problem = reported.problem();
            var severity =
                    Arrays.stream(Reason.values())
                            .filter(reason -> reason.label().equals(problem.getReason()))
                            .map(reason -> reason.severity().name())
                            .findFirst()
                            .orElse(null);
            var resource =
                    problem.getName().isEmpty()
                            ? null
                            : new Subject(
                                    problem.getKind(), problem.getNamespace(), problem.getName());
            var place =
                    Stream.of(
                                    problem.getReason(),
                                    resource == null
                                            ? ""
                                            : resource.kind()
                                                    + " "
                                                    + resource.namespace()
                                                    + "/"
                                                    + resource.name(),
                                    problem.getFieldPath())
                            .filter(word -> !word.isEmpty())
                            .toList();
            return new StatusProblem(
                    reported.component(),
                    reported.replica(),
                    problem.getReason(),
                    severity,
                    resource,
                    null,
                    null,
                    problem.getFieldPath(),
                    problem.getFault(),
                    problem.getFix(),
                    String.join(" ", place) + ": " + problem.getFault() + "; " + problem.getFix());
        }
    }

    /// @param reached in force everywhere before the time was up
    record WaitView(boolean reached, double waitedSeconds, StatusView status) {}
}
